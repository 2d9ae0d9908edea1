/// Why bytes are not strict JSON, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong. Never holds a value from the text.
    package enum Problem: String, Hashable, Sendable {
        case byteOrderMark = "byte order mark"
        case invalidUTF8 = "invalid UTF-8"
        case empty = "no value"
        case unexpectedEnd = "unexpected end"
        case unexpectedByte = "unexpected character"
        case invalidNumber = "invalid number"
        case invalidEscape = "invalid escape"
        case loneSurrogate = "lone surrogate"
        case controlCharacter = "control character in a string"
        case duplicateName = "duplicate name"
        case tooDeep = "nested too deeply"
        case trailingBytes = "something after the value"
    }

    package let problem: Problem
    /// Offset of the first byte that is wrong, from 0.
    package let offset: Int
    /// Line of that byte, from 1.
    package let line: Int
    /// Column of that byte, from 1, in bytes.
    package let column: Int

    init(_ problem: Problem, at offset: Int, in bytes: [UInt8]) {
        self.problem = problem
        self.offset = offset
        let before = bytes.prefix(offset)
        line = 1 + before.count { $0 == 0x0A }
        column = offset - (before.lastIndex(of: 0x0A) ?? -1)
    }

    package var description: String {
        "\(problem.rawValue) at line \(line), column \(column)"
    }
}
