/// The findings of one file while it is read. Reading goes on after a finding, so that a person
/// sees all of them at once; what was read counts only where `hasErrors` is false.
package final class Findings {
    /// The file as it is named in each finding.
    package let file: String
    /// Whether any error was reported, the ones beyond the bound included.
    package private(set) var hasErrors = false

    /// Of each kind of warning so many are kept, so that they do not crowd out the errors.
    private static let mostWarnings = 100

    private let limit: Int
    private var kept: [Finding] = []
    private var warnings: [FindingCode: (count: Int, last: Finding)] = [:]
    private var dropped = 0

    /// No findings yet. Beyond `limit` they are counted and not kept.
    package init(file: String, limit: Int = 1_000) {
        self.file = file
        self.limit = limit
    }

    /// Adds a finding at a place of the file; of the code's own severity where none is given.
    package func report(
        _ code: FindingCode, severity: Finding.Severity? = nil, at position: SourcePosition,
        path: FieldPath = .root, _ message: String, fix: String? = nil
    ) {
        let finding = Finding(
            code, severity: severity, file: file, at: position, path: path, message, fix: fix)
        switch finding.severity {
        case .error: hasErrors = true
        case .warning:
            let count = (warnings[code]?.count ?? 0) + 1
            warnings[code] = (count, finding)
            guard count <= Self.mostWarnings else { return }
        }
        guard kept.count < limit else {
            dropped += 1
            return
        }
        kept.append(finding)
    }

    /// One finding for each kind of warning of which there are more.
    private var moreWarnings: [Finding] {
        warnings.values.filter { $0.count > Self.mostWarnings }.map { count, last in
            Finding(
                last.code, severity: .warning, file: file, at: last.position,
                "\(count - Self.mostWarnings) more of these, up to here, are not shown",
                fix: "correct those above and check again")
        }
    }

    /// Every finding in reading order; where the bound was reached, a last one says how many more
    /// there are.
    package var sorted: [Finding] {
        let ordered = (kept + moreWarnings).sorted()
        guard dropped > 0, let last = ordered.last else { return ordered }
        return ordered + [
            Finding(
                hasErrors ? .wrongType : last.code, severity: hasErrors ? .error : .warning,
                file: file, at: last.position,
                "\(dropped) more findings are not shown",
                fix: "correct these and check again")
        ]
    }
}
