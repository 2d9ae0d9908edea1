extension String {
    /// The one spelling under which an address is counted: hexadecimal after `0x` and Bech32 in
    /// one case are the same in either case, so they are written in lower case; every other
    /// address is itself.
    package var canonicalAddress: String {
        let bytes = Array(utf8)
        if bytes.count > 2, bytes[0] == 0x30, bytes[1] == 0x78 {
            return bytes.dropFirst(2).allSatisfy(\.isHexDigit) ? lowercasedASCII : self
        }
        guard bytes.contains(where: \.isUpper), !bytes.contains(where: \.isLower),
            Bech32.separator(ofForm: bytes.map(\.folded)) != nil
        else { return self }
        return lowercasedASCII
    }

    /// With A to Z as a to z; every other byte as it is.
    var lowercasedASCII: String {
        String(decoding: utf8.map(\.folded), as: UTF8.self)
    }
}
