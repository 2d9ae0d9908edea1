/// Where and how the platform is reached, checked as a whole.
package struct CustodySettings: Hashable, Sendable {
    package let baseURL: BaseURL
    package let keyID: KeyID
    /// From 1 to 600,000 for one exchange, and the same again for the wait for a connection.
    package let requestTimeoutMilliseconds: Int
    /// From 1 to 256; further requests wait.
    package let maxConnections: Int
    /// A PEM bundle that alone is trusted; nil for the system's.
    package let caFile: String?
    /// `sha256//…`, any one of them; empty for none.
    package let pinnedPublicKeys: [String]

    package init(
        baseURL: String, keyID: String, requestTimeoutMilliseconds: Int, maxConnections: Int,
        caFile: String? = nil, pinnedPublicKeys: [String] = []
    ) throws(CustodySettingsError) {
        do { self.baseURL = try BaseURL(baseURL) } catch { throw .baseURL(error) }
        guard let keyID = KeyID(keyID) else { throw .keyID }
        guard (1...600_000).contains(requestTimeoutMilliseconds) else { throw .requestTimeout }
        guard (1...256).contains(maxConnections) else { throw .maxConnections }
        if let caFile, caFile.isEmpty || caFile.utf8.contains(0) { throw .caFile }
        for (index, pin) in pinnedPublicKeys.enumerated() where !Self.isPin(pin) {
            throw .pinnedPublicKey(index: index)
        }
        self.keyID = keyID
        self.requestTimeoutMilliseconds = requestTimeoutMilliseconds
        self.maxConnections = maxConnections
        self.caFile = caFile
        self.pinnedPublicKeys = pinnedPublicKeys
    }

    /// `sha256//` and the 44 characters of a digest's base64.
    private static func isPin(_ text: String) -> Bool {
        let digest = text.utf8.dropFirst(8)
        guard text.utf8.starts(with: "sha256//".utf8), digest.count == 44,
            digest.last == UInt8(ascii: "=")
        else { return false }
        return digest.dropLast().allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
            default: false
            }
        }
    }
}

/// Why the settings were not taken; each says what to write instead.
package enum CustodySettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    case baseURL(BaseURLError)
    case keyID
    case requestTimeout
    case maxConnections
    case caFile
    /// `index` counts from 0.
    case pinnedPublicKey(index: Int)

    package var description: String {
        switch self {
        case .baseURL(let error): error.description
        case .keyID:
            "The API key id is not 1 to 128 printable ASCII characters without quotation mark "
                + "and backslash; write the id that the platform shows for the key."
        case .requestTimeout:
            "The request timeout is not from 1 ms to 10 min; write for instance 10s."
        case .maxConnections:
            "The number of connections is not from 1 to 256; write for instance 8."
        case .caFile: "The CA file's name is empty; write a path, or null for the system's."
        case .pinnedPublicKey(let index):
            "Pinned public key \(index + 1) is not sha256// and 44 characters of base64; write "
                + "the digest of the server's public key in that form."
        }
    }
}
