import NIOCore

/// Where a listener stands: one IP address and one TCP port. Never a host name, so that what is
/// opened does not hang on a name service.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The IP address as text, without brackets.
    package let host: String
    /// 0 to 65535; 0 lets the system choose one.
    package let port: Int

    /// Reads `127.0.0.1:8480` or `[::1]:8480`.
    package init(_ text: String) throws(ListenAddressError) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { throw .noPort(text) }
        var host = bytes[..<colon]
        let isBracketed = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard isBracketed == host.contains(UInt8(ascii: ":")) else { throw .brackets(text) }
        self.host = String(decoding: host, as: UTF8.self)
        guard (try? SocketAddress(ipAddress: self.host, port: 0)) != nil else {
            throw .notAnAddress(text)
        }
        let digits = bytes[(colon + 1)...]
        guard let port = Self.port(digits) else { throw .notAPort(text) }
        self.port = port
    }

    init?(_ address: SocketAddress?) {
        guard let host = address?.ipAddress, let port = address?.port else { return nil }
        self.host = host
        self.port = port
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 <= 65_535 ? $0 : nil }
    }

    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Why a text is no ``ListenAddress``. Each case holds the text.
package enum ListenAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no colon.
    case noPort(String)
    /// What follows the last colon is not 0 to 65535 in plain decimal digits.
    case notAPort(String)
    /// What stands before the port is not an IPv4 or IPv6 address.
    case notAnAddress(String)
    /// An IPv6 address has no brackets, or something else has them.
    case brackets(String)

    /// What is wrong, and what to write instead.
    package var description: String {
        switch self {
        case .noPort(let text): "\"\(text)\" has no port: write \"127.0.0.1:8480\""
        case .notAPort(let text): "\"\(text)\" does not end in a port: write 1 to 65535"
        case .notAnAddress(let text):
            "\"\(text)\" does not begin with an IP address: write \"127.0.0.1:8480\", not a name"
        case .brackets(let text):
            "\"\(text)\" needs brackets around an IPv6 address, and only there: "
                + "write \"[::1]:8480\""
        }
    }
}
