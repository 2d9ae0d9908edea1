/// One thing that is wrong, or doubtful, in a policy or configuration file.
package struct Finding: Equatable, Sendable {
    /// How much a finding weighs.
    package enum Severity: String, Equatable, Sendable {
        /// The file is refused.
        case error
        /// The file is accepted; a strict check refuses it.
        case warning
    }

    /// What is wrong.
    package let code: FindingCode
    /// Error or warning: as the code's first letter says, but for what a policy turns into a
    /// warning itself.
    package let severity: Severity
    /// The file as it was named when it was read.
    package let file: String
    /// Where in the file.
    package let position: SourcePosition
    /// The field, where there is one.
    package let path: FieldPath
    /// What is wrong, in one sentence without a full stop.
    package let message: String
    /// What to do about it; nil where the message says it already.
    package let fix: String?

    /// A finding at a place of `file`; of the code's own severity where none is given.
    package init(
        _ code: FindingCode, severity: Severity? = nil, file: String,
        at position: SourcePosition, path: FieldPath = .root, _ message: String,
        fix: String? = nil
    ) {
        self.code = code
        self.severity = severity ?? code.severity
        self.file = file
        self.position = position
        self.path = path
        self.message = message
        self.fix = fix
    }
}

extension Finding: CustomStringConvertible {
    /// One line for people: place, severity, code, message, what to do, and the field's path.
    package var description: String {
        let place = "\(file):\(position.line):\(position.column)"
        let advice = fix.map { "; \($0)" } ?? ""
        let field = path == .root ? "" : " (\(path))"
        return "\(place): \(severity) \(code.rawValue): \(message)\(advice)\(field)"
    }
}

extension Finding: Comparable {
    /// Reading order: file, line, column, then code and message.
    package static func < (left: Finding, right: Finding) -> Bool {
        if left.file != right.file { return left.file < right.file }
        if left.position != right.position { return left.position < right.position }
        return (left.code.rawValue, left.message) < (right.code.rawValue, right.message)
    }
}
