/// The check of a file's bytes before they are read as YAML. It reports what may not stand in the
/// file and hands on a text in which those places are harmless, so that the rest can be checked.
struct CharacterScan {
    /// How many lines are reported for one kind of character; the others are counted.
    private static let linesPerKind = 20

    private let findings: Findings
    private var line = 1
    private var column = 1
    private var clean: [UInt8] = []
    private var lines: [RefusedCharacter: (count: Int, last: Int)] = [:]

    /// Whether a tab stood before the first other character of a line: the structure of what
    /// follows cannot be known.
    private(set) var hasTabIndent = false

    /// Whether text that is not in normalization form C stands in the file itself.
    private(set) var hasBadForm = false

    init(findings: Findings) {
        self.findings = findings
    }

    /// The bytes that can be read on, or nil where the text is not UTF-8.
    mutating func check(_ bytes: [UInt8]) -> [UInt8]? {
        var rest = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            findings.report(
                .wrongType, at: .start, "the file begins with a byte order mark",
                fix: "save it as UTF-8 without one")
            rest = bytes.dropFirst(3)
        }
        if rest.allSatisfy(Self.isPlain) { return Array(rest) }
        guard let text = String(validating: rest, as: UTF8.self) else {
            reportInvalid(rest)
            return nil
        }
        clean.reserveCapacity(rest.count)
        scan(text)
        reportRest()
        checkForm(clean)
        return clean
    }

    /// A line feed or printable ASCII. Most files have nothing else, and are not looked at again.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte == 0x0A || (0x20...0x7E).contains(byte)
    }

    private mutating func scan(_ text: String) {
        var afterReturn = false
        var inIndent = true
        for scalar in text.unicodeScalars {
            if afterReturn, scalar != "\n" { refuse(.lineBreak, "\r") }
            afterReturn = scalar == "\r"
            if afterReturn { continue }
            if scalar == "\n" {
                (line, column, inIndent) = (line + 1, 1, true)
                clean.append(UInt8(ascii: "\n"))
            } else if let refused = RefusedCharacter(inValue: scalar) {
                if refused == .tab, inIndent { hasTabIndent = true }
                refuse(refused, scalar)
            } else {
                inIndent = inIndent && scalar == " "
                append(scalar)
                column += 1
            }
        }
        if afterReturn { refuse(.lineBreak, "\r") }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            clean.append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            clean.append(contentsOf: UTF8.encode(scalar) ?? .init())
        }
    }

    private mutating func refuse(_ refused: RefusedCharacter, _ scalar: Unicode.Scalar) {
        let position = SourcePosition(line: line, column: column)
        clean.append(refused.replacement)
        column += 1
        var seen = lines[refused] ?? (count: 0, last: 0)
        guard seen.last != line else { return }
        seen = (seen.count + 1, line)
        lines[refused] = seen
        guard seen.count <= Self.linesPerKind else { return }
        findings.report(.wrongType, at: position, refused.message(scalar), fix: refused.fix)
    }

    private func reportRest() {
        for (refused, seen) in lines where seen.count > Self.linesPerKind {
            findings.report(
                .wrongType, at: SourcePosition(line: seen.last, column: 1),
                "\(seen.count - Self.linesPerKind) more lines up to here have the same fault",
                fix: refused.fix)
        }
    }

    private mutating func checkForm(_ clean: [UInt8]) {
        var reported = 0
        for (index, line) in clean.split(separator: 0x0A, omittingEmptySubsequences: false)
            .enumerated()
        where line.contains(where: { $0 >= 0xCC }) {
            let text = String(decoding: line, as: UTF8.self)
            guard let place = NormalForm.firstDeparture(in: text) else { continue }
            reported += 1
            hasBadForm = true
            guard reported <= Self.linesPerKind else { return }
            findings.report(
                .wrongType, at: SourcePosition(line: index + 1, column: place + 1),
                "the text is not in Unicode normalization form C",
                fix: "type the accented letter as one character")
        }
    }

    /// The place of the first byte that is not UTF-8.
    private func reportInvalid(_ bytes: ArraySlice<UInt8>) {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var (line, column) = (1, 1)
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue("\n"): (line, column) = (line + 1, 1)
            case .scalarValue: column += 1
            case .emptyInput, .error: break decoding
            }
        }
        findings.report(
            .wrongType, at: SourcePosition(line: line, column: column),
            "the file is not valid UTF-8 from here on, and was not read",
            fix: "save it as UTF-8")
    }
}
