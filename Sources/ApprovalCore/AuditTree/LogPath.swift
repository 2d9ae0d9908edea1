/// The place of a tile of hashes or of a bundle of entries below a log's directory
/// (c2sp.org/tlog-tiles).
package enum LogPath: Hashable, Sendable {
    /// `width` hashes of `level`, from number `index` · 256 on; each is over 256^level entries.
    case tile(level: Int, index: Int64, width: Int)
    /// `width` entries, from number `index` · 256 on.
    case entries(index: Int64, width: Int)

    /// The number of hashes in a full tile, and of entries in a full bundle.
    package static let fullWidth = 256
    /// Above it no tree of 2^63 entries has a tile.
    package static let maximumLevel = 7

    /// `tile/<level>/<index>`, with `.p/<width>` where it is partial.
    package var text: String {
        switch self {
        case .tile(let level, let index, let width):
            "tile/\(level)/" + Self.place(index, width)
        case .entries(let index, let width): "tile/entries/" + Self.place(index, width)
        }
    }

    /// Reads a path; nil for everything that is not exactly what ``text`` gives.
    package init?(_ text: String) {
        var parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count >= 3, parts.removeFirst() == "tile" else { return nil }
        let kind = parts.removeFirst()
        var width = Self.fullWidth
        if parts.count > 1, parts[parts.count - 2].utf8.suffix(2).elementsEqual(".p".utf8) {
            guard let partial = Int(parts.removeLast()), (1..<Self.fullWidth).contains(partial)
            else { return nil }
            width = partial
            parts[parts.count - 1].removeLast(2)
        }
        let digits = parts.flatMap { $0.utf8.filter { $0 != UInt8(ascii: "x") } }
        guard let index = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        if kind == "entries" {
            self = .entries(index: index, width: width)
        } else if let level = Int(kind), (0...Self.maximumLevel).contains(level) {
            self = .tile(level: level, index: index, width: width)
        } else {
            return nil
        }
        guard self.text.isVerbatim(text) else { return nil }
    }

    /// The number in groups of three digits, all but the last marked with an `x`.
    private static func place(_ index: Int64, _ width: Int) -> String {
        var rest = index
        var groups: [String] = []
        repeat {
            let digits = String(rest % 1000)
            groups.append(String(repeating: "0", count: 3 - digits.utf8.count) + digits)
            rest /= 1000
        } while rest > 0
        let marked = groups.enumerated().reversed().map { $0 == 0 ? $1 : "x\($1)" }
        return marked.joined(separator: "/") + (width < fullWidth ? ".p/\(width)" : "")
    }
}
