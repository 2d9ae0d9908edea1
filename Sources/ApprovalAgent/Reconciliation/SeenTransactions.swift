package import ApprovalCore

/// Which transactions a list held, in 8 MiB, however many they are. It never says that one was
/// missing which was there; of those that were missing it may overlook one in a thousand where the
/// list held some millions.
package struct SeenTransactions: Sendable {
    private static let bits: UInt64 = 1 << 26
    private static let hashes: UInt64 = 4

    private var words = [UInt64](repeating: 0, count: Int(bits / 64))

    package init() {}

    /// Remembers it.
    package mutating func insert(_ id: TransactionID) {
        for place in Self.places(id) { words[Int(place >> 6)] |= 1 << (place & 63) }
    }

    /// False where it was surely not inserted.
    package func mayContain(_ id: TransactionID) -> Bool {
        Self.places(id).allSatisfy { words[Int($0 >> 6)] & (1 << ($0 & 63)) != 0 }
    }

    /// The seed is the process's own: nobody can choose ids that hide others.
    private static func places(_ id: TransactionID) -> [UInt64] {
        (0..<hashes).map { number in
            var hasher = Hasher()
            hasher.combine(number)
            hasher.combine(id)
            return UInt64(bitPattern: Int64(hasher.finalize())) % bits
        }
    }
}
