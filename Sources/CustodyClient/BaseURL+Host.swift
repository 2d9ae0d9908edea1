extension BaseURL {
    static func hostAndPort(
        of authority: ArraySlice<UInt8>
    ) throws(BaseURLError) -> (String, UInt16?) {
        let isBracketed = authority.first == UInt8(ascii: "[")
        let hostEnd: Int?
        if isBracketed {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .host }
            hostEnd = close + 1
        } else {
            hostEnd = authority.firstIndex(of: UInt8(ascii: ":"))
        }
        let end = hostEnd ?? authority.endIndex
        let host = authority[..<end].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        guard isBracketed ? isIPv6(host.dropFirst().dropLast()) : isNameOrIPv4(host) else {
            throw .host
        }
        let after = authority[end...]
        guard !after.isEmpty else { return (String(decoding: host, as: UTF8.self), nil) }
        guard after.first == UInt8(ascii: ":") else { throw .host }
        guard let port = number(after.dropFirst(), upTo: 65_535), port > 0 else { throw .port }
        return (String(decoding: host, as: UTF8.self), UInt16(port))
    }

    static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "[::1]"].contains(host) { return true }
        return isIPv4(Array(host.utf8)) && host.utf8.starts(with: "127.".utf8)
    }

    /// A name whose last label begins with a digit would be read as a number by some resolvers
    /// (`127.1`, `0x7f000001`, `2130706433`): only the dotted form is taken for an address.
    private static func isNameOrIPv4(_ host: [UInt8]) -> Bool {
        if isIPv4(host) { return true }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard host.count <= 253, let first = labels.last?.first, !isDigit(first) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isIPv4(_ host: [UInt8]) -> Bool {
        let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { number($0, upTo: 255) != nil }
    }

    /// Groups of one to four hexadecimal digits, eight of them or fewer around one `::`.
    private static func isIPv6(_ host: ArraySlice<UInt8>) -> Bool {
        let colon = UInt8(ascii: ":")
        var groups = host.split(separator: colon, omittingEmptySubsequences: false)[...]
        if host.first == colon {
            guard host.starts(with: [colon, colon]) else { return false }
            groups.removeFirst()
        }
        if host.last == colon {
            guard host.suffix(2).elementsEqual([colon, colon]) else { return false }
            groups.removeLast()
        }
        let gaps = groups.filter(\.isEmpty).count
        guard host.count >= 2, gaps == 0 ? groups.count == 8 : gaps == 1 && groups.count <= 8 else {
            return false
        }
        return groups.allSatisfy { group in
            group.count <= 4
                && group.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
        }
    }

    /// A decimal number without a leading zero.
    private static func number(_ digits: ArraySlice<UInt8>, upTo bound: Int) -> Int? {
        guard (1...5).contains(digits.count), digits.allSatisfy(isDigit),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return value <= bound ? value : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}
