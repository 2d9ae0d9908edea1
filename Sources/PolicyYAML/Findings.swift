/// The findings of one file while it is read. Reading goes on after a finding, so that a person
/// sees all of them at once; what was read counts only where `hasErrors` is false.
package final class Findings {
    /// The file as it is named in each finding.
    package let file: String
    /// Whether any error was reported, the ones beyond the bound included.
    package private(set) var hasErrors = false

    private let limit: Int
    private var kept: [Finding] = []
    private var dropped = 0

    /// No findings yet. Beyond `limit` they are counted and not kept.
    package init(file: String, limit: Int = 1_000) {
        self.file = file
        self.limit = limit
    }

    /// Adds a finding at a place of the file.
    package func report(
        _ code: FindingCode, at position: SourcePosition, path: FieldPath = .root,
        _ message: String, fix: String? = nil
    ) {
        if code.severity == .error { hasErrors = true }
        guard kept.count < limit else {
            dropped += 1
            return
        }
        kept.append(Finding(code, file: file, at: position, path: path, message, fix: fix))
    }

    /// Every finding in reading order; where the bound was reached, a last one says how many more
    /// there are.
    package var sorted: [Finding] {
        let ordered = kept.sorted()
        guard dropped > 0, let last = ordered.last else { return ordered }
        return ordered + [
            Finding(
                hasErrors ? .wrongType : last.code, file: file, at: last.position,
                "\(dropped) more findings are not shown",
                fix: "correct these and check again")
        ]
    }
}
