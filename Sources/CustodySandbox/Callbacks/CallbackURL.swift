/// Where callbacks go: an `http` address on loopback.
struct CallbackURL: Sendable, Equatable {
    let text: String
    let host: String
    let port: Int
    let path: String

    /// Reads `http://127.x.x.x:PORT/PATH`, with `localhost` or `[::1]` too; nil for all else.
    init?(_ text: String) {
        let scheme = "http://"
        guard text.hasPrefix(scheme), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        var host = authority
        port =
            if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
                Int(authority[authority.index(after: colon)...]) ?? 0
            } else { 80 }
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = Loopback.address(String(host)), (1...65_535).contains(port) else {
            return nil
        }
        self.text = text
        self.host = address
        path = rest.count > authority.count ? String(rest.dropFirst(authority.count)) : "/"
    }
}

/// The addresses that stay on this host.
enum Loopback {
    /// The address of 127.x.x.x, ::1 or localhost; nil for every other host.
    static func address(_ host: String) -> String? {
        let address = host == "localhost" ? "127.0.0.1" : host
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 =
            parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return isIPv4 || address == "::1" ? address : nil
    }
}
