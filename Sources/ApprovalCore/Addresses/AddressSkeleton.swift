/// What people look at when they compare two addresses: the first and the last few characters.
/// Two addresses look alike where their skeletons are equal (policy language, section 3.9).
package struct AddressSkeleton: Hashable, Sendable {
    /// How many of the characters are the beginning.
    private let prefix: Int
    /// The beginning and the end, in lower case.
    private let characters: [UInt8]

    /// Of the address without its `0x`, or without human-readable part, separator and version
    /// where it has the form of Bech32, in whatever case; every other address counts whole. Nil where
    /// less than `prefix` or than `suffix` characters are left, and where none is asked for.
    package init?(of address: String, prefix: Int, suffix: Int) {
        guard prefix >= 0, suffix >= 0, prefix > 0 || suffix > 0 else { return nil }
        var bytes = Array(address.utf8)
        for index in bytes.indices { bytes[index] = bytes[index].folded }
        let start = Self.start(of: bytes)
        guard bytes.count - start >= max(prefix, suffix) else { return nil }
        var characters: [UInt8] = []
        characters.reserveCapacity(prefix + suffix)
        characters += bytes[start..<(start + prefix)]
        characters += bytes[(bytes.count - suffix)...]
        self.prefix = prefix
        self.characters = characters
    }

    /// Where the part begins that tells one address from another.
    private static func start(of folded: [UInt8]) -> Int {
        if folded.count >= 2, folded[0] == 0x30, folded[1] == 0x78 { return 2 }
        guard let separator = Bech32.separator(ofForm: folded) else { return 0 }
        return separator + 2
    }
}
