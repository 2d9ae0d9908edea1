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
    /// Put into words only where a finding needs it: most fields have none.
    private indirect enum Way: Sendable {
        case root
        case key(Way, String)
        case index(Way, Int)
    }

    private let way: Way

    /// The document itself.
    package static let root = FieldPath(way: .root)

    private init(way: Way) {
        self.way = way
    }

    /// The path as it is printed; empty for the document itself. A key of other than letters,
    /// digits, `_`, `-` and `$` is shown in quotes.
    package var description: String { Self.description(way) }

    package static func == (left: FieldPath, right: FieldPath) -> Bool {
        left.description == right.description
    }

    /// The path of the value under `key` of this mapping.
    package func key(_ key: String) -> FieldPath {
        FieldPath(way: .key(way, key))
    }

    /// The path of the item at `index` of this list, counted from 0.
    package func index(_ index: Int) -> FieldPath {
        FieldPath(way: .index(way, index))
    }

    private static func description(_ way: Way) -> String {
        switch way {
        case .root: return ""
        case .index(let above, let index): return "\(description(above))[\(index)]"
        case .key(let above, let key):
            let isWord = !key.isEmpty && key.utf8.count <= 64 && key.utf8.allSatisfy(isWordByte)
            let before = description(above)
            guard isWord else { return "\(before)[\(Shown.quoted(key))]" }
            return before.isEmpty ? key : "\(before).\(key)"
        }
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
