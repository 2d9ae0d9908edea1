/// A place in a text file: line and column start at 1, and a column counts Unicode scalars.
package struct SourcePosition: Equatable, Hashable, Comparable, Sendable {
    /// The line; the first is 1.
    package let line: Int
    /// The column in Unicode scalars, as editors count them; the first is 1.
    package let column: Int

    /// A place at `line` and `column`, both counted from 1.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Where a file begins; findings about the file as a whole stand here.
    package static let start = SourcePosition(line: 1, column: 1)

    /// Reading order.
    package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The way from the top of a document to a field, such as `rules[2].amount.up_to`. Places in a
/// list are counted from 0.
package struct FieldPath: Equatable, Sendable, CustomStringConvertible {
    /// The path as it is printed; empty for the document itself.
    package let description: String

    /// The document itself.
    package static let root = FieldPath(description: "")

    private init(description: String) {
        self.description = description
    }

    /// The path of the value under `key` of this mapping. A key of other than letters, digits,
    /// `_`, `-` and `$` is shown in quotes.
    package func key(_ key: String) -> FieldPath {
        let isWord = !key.isEmpty && key.utf8.count <= 64 && key.utf8.allSatisfy(Self.isWordByte)
        guard isWord else { return FieldPath(description: "\(description)[\(Shown.quoted(key))]") }
        return FieldPath(description: description.isEmpty ? key : "\(description).\(key)")
    }

    /// The path of the item at `index` of this list, counted from 0.
    package func index(_ index: Int) -> FieldPath {
        FieldPath(description: "\(description)[\(index)]")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "$")
        }
    }
}
