/// Where the platform's API is: scheme, host, port and the path before every resource.
///
/// Plaintext is possible to this host only, and the path is one that no HTTP layer rewrites, so
/// what is signed is what is sent.
package struct BaseURL: Hashable, Sendable, CustomStringConvertible {
    /// The two schemes that this client speaks.
    package enum Scheme: String, Hashable, Sendable {
        case http
        case https
    }

    package let scheme: Scheme
    /// A lower-case name, a dotted IPv4 address, or an IPv6 address in brackets.
    package let host: String
    /// Nil for the scheme's own port.
    package let port: UInt16?
    /// Empty, or `/` with plain segments and no slash at the end: it begins every signed target.
    package let path: String

    /// Reads `https://host[:port][/path]`; `http://` is read for a loopback host alone.
    package init(_ text: String) throws(BaseURLError) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .notPlainText }
        let (scheme, rest) = try Self.scheme(of: bytes)
        guard !rest.contains(UInt8(ascii: "?")) else { throw .query }
        guard !rest.contains(UInt8(ascii: "#")) else { throw .fragment }
        guard !rest.contains(UInt8(ascii: "%")) else { throw .percentEncoding }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInformation }
        let (host, port) = try Self.hostAndPort(of: authority)
        guard scheme == .https || Self.isLoopback(host) else { throw .plaintext(host: host) }
        self.scheme = scheme
        self.host = host
        self.port = port == (scheme == .https ? 443 : 80) ? nil : port
        path = try Self.path(of: rest[slash...])
    }

    /// Scheme, host and port, without the path.
    package var origin: String {
        "\(scheme.rawValue)://\(host)" + (port.map { ":\($0)" } ?? "")
    }

    /// Whether the host is this one: `localhost`, `127.0.0.0/8` as four numbers, or `[::1]`.
    package var isLoopback: Bool { Self.isLoopback(host) }

    package var description: String { origin + path }

    private static func scheme(
        of bytes: [UInt8]
    ) throws(BaseURLError) -> (Scheme, ArraySlice<UInt8>) {
        for scheme in [Scheme.https, .http] where bytes.starts(with: "\(scheme)://".utf8) {
            return (scheme, bytes.dropFirst(scheme.rawValue.utf8.count + 3))
        }
        throw .scheme
    }

    private static func path(of bytes: ArraySlice<UInt8>) throws(BaseURLError) -> String {
        var bytes = bytes
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard !bytes.isEmpty else { return "" }
        let segments = bytes.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for segment in segments {
            let isDots = segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") }
            guard !isDots, segment.allSatisfy(RequestTarget.isUnreserved) else { throw .path }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a text is not a base URL; each says what to write instead.
package enum BaseURLError: Error, Hashable, Sendable, CustomStringConvertible {
    case notPlainText
    case scheme
    case query
    case fragment
    case percentEncoding
    case userInformation
    case host
    case port
    case path
    case plaintext(host: String)

    package var description: String {
        switch self {
        case .notPlainText:
            "The base URL holds a space, a control character or a character outside ASCII; "
                + "write it in printable ASCII."
        case .scheme: "The base URL does not begin with https:// in lower case; put it in front."
        case .query: "The base URL has a query; remove the question mark and what follows it."
        case .fragment: "The base URL has a fragment; remove the # and what follows it."
        case .percentEncoding:
            "The base URL has a percent sign; write a path of letters, digits and . _ ~ - only."
        case .userInformation:
            "The base URL names a user; remove all up to the @: requests are signed with the "
                + "API key."
        case .host:
            "The base URL's host is neither a name, nor four decimal numbers with dots, nor an "
                + "IPv6 address in brackets; correct the host."
        case .port: "The base URL's port is not a number from 1 to 65535; correct or remove it."
        case .path:
            "The base URL's path has an empty segment, . or .., or a character other than "
                + "letters, digits and . _ ~ -; correct the path."
        case .plaintext(let host):
            "The base URL is plaintext to \(host); write https://, or use a loopback address."
        }
    }
}
