package import ApprovalCore

/// What authenticates one request (guide, "Authentication"; draft-cavage-http-signatures-11):
/// exactly the four recommended components, in their order, and pure Ed25519 over them.
package struct RequestSignature: Hashable, Sendable {
    /// Upper case, as sent; the signature covers it in lower case.
    package let method: HTTPMethod
    package let target: String
    /// Unix seconds; the platform refuses a moment that it has not reached.
    package let created: Int64
    /// The value of `Digest`.
    package let digest: String
    /// The value of `X-Nonce`: at most 32 characters, never used twice.
    package let nonce: String

    package init(
        method: HTTPMethod, target: String, created: Int64, digest: String, nonce: String
    ) {
        self.method = method
        self.target = target
        self.created = created
        self.digest = digest
        self.nonce = nonce
    }

    /// The bytes to sign: no hash before, no line break at the end.
    package var message: [UInt8] {
        let lines = [
            "(request-target): \(method.lowerCase) \(target)",
            "(created): \(created)",
            "digest: \(digest)",
            "x-nonce: \(nonce)",
        ]
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The value of `Signature`.
    package func header(keyID: KeyID, signature: Signature) -> String {
        "keyId=\"\(keyID)\",algorithm=\"hs2019\",created=\(created),"
            + "headers=\"(request-target) (created) digest x-nonce\","
            + "signature=\"\(signature.bytes.base64)\""
    }

    /// The value of `Digest` (RFC 3230) over the bytes of a body; a GET has the empty one.
    package static func digest(of body: [UInt8], sha256: SHA256) -> String {
        "SHA-256=\(sha256(body).bytes.base64)"
    }
}

/// The two methods that the agent uses.
package enum HTTPMethod: String, Hashable, Sendable {
    case get = "GET"
    case post = "POST"

    var lowerCase: String {
        switch self {
        case .get: "get"
        case .post: "post"
        }
    }
}

/// The name of the API key at the platform, safe inside a quoted parameter.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil unless `text` is 1 to 128 printable ASCII characters without `"` and `\`.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count),
            bytes.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        else { return nil }
        description = text
    }
}
