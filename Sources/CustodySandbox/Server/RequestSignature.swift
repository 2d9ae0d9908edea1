import Crypto
import Foundation

/// Why a request is not authentic.
package enum SignatureFailure: Error, Sendable, Equatable {
    /// A header that must be there is not.
    case missingHeader(String)
    /// The digest is not that of the body.
    case wrongDigest
    /// Longer than 32 characters, or empty.
    case nonceLength
    /// The key used this nonce before.
    case nonceReused
    /// The `Signature` header cannot be read; says what about it.
    case malformed(String)
    /// `created` lies in the future.
    case createdInFuture
    /// `created` is too old.
    case createdTooOld
    /// No key of this id is registered.
    case unknownKey
    /// The signature does not belong to the signing string and the key.
    case wrongSignature

    /// For the reply and the recording.
    package var message: String {
        switch self {
        case .missingHeader(let name): "header \(name) is missing"
        case .wrongDigest: "the Digest does not belong to the body"
        case .nonceLength: "X-Nonce must have 1 to 32 characters"
        case .nonceReused: "X-Nonce was used before"
        case .malformed(let what): "the Signature header is malformed: \(what)"
        case .createdInFuture: "created lies in the future"
        case .createdTooOld: "created is too old"
        case .unknownKey: "keyId is unknown"
        case .wrongSignature: "the signature does not verify"
        }
    }
}

/// The parsed `Signature` header of draft-cavage-http-signatures-11 as the guide restricts it.
package struct RequestSignature: Sendable {
    /// Which key.
    package let keyID: String
    /// The nonce of `X-Nonce`.
    package let nonce: String
    /// Unix seconds.
    package let created: Int
    private let headers: [String]
    private let signature: [UInt8]

    private static let required = ["(request-target)", "(created)", "digest", "x-nonce"]

    /// Reads the three authentication headers and checks their form; no key is needed yet.
    package init(_ request: ReceivedRequest) throws(SignatureFailure) {
        guard request.header("digest") != nil else { throw .missingHeader("Digest") }
        guard let nonce = request.header("x-nonce") else { throw .missingHeader("X-Nonce") }
        guard let header = request.header("signature") else { throw .missingHeader("Signature") }
        guard (1...32).contains(nonce.count) else { throw .nonceLength }
        let parameters = try Self.parameters(header)
        guard let key = parameters["keyId"]?.quoted else { throw .malformed("keyId") }
        guard parameters["algorithm"]?.quoted == "hs2019" else {
            throw .malformed("algorithm must be \"hs2019\"")
        }
        guard let created = parameters["created"]?.bare, let seconds = Int(created),
            created.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .malformed("created must be an integer") }
        guard let list = parameters["headers"]?.quoted else { throw .malformed("headers") }
        let names = list.split(separator: " ").map { $0.lowercased() }
        for name in Self.required where !names.contains(name) {
            throw .malformed("headers lacks \(name)")
        }
        guard let encoded = parameters["signature"]?.quoted,
            let bytes = Data(base64Encoded: encoded), bytes.count == 64
        else { throw .malformed("signature must be 64 bytes in Base64") }
        self.keyID = key
        self.nonce = nonce
        self.created = seconds
        self.headers = names
        self.signature = Array(bytes)
    }

    /// Checks digest, age and signature; whether the nonce is new is the platform's to know.
    package func verify(
        _ request: ReceivedRequest, publicKey: [UInt8]?, now: UnixTime, maxAge: Int,
        maxAhead: Int
    ) throws(SignatureFailure) {
        let digest = Data(SHA256.hash(data: request.body)).base64EncodedString()
        guard request.header("digest") == "SHA-256=\(digest)" else { throw .wrongDigest }
        if created > now.seconds + maxAhead { throw .createdInFuture }
        if created < now.seconds - maxAge { throw .createdTooOld }
        guard let publicKey else { throw .unknownKey }
        let text = try signingString(request)
        guard Ed25519.verifies(signature, over: Array(text.utf8), by: publicKey) else {
            throw .wrongSignature
        }
    }

    private func signingString(
        _ request: ReceivedRequest
    ) throws(SignatureFailure) -> String {
        var lines: [String] = []
        for name in headers {
            switch name {
            case "(request-target)":
                lines.append("(request-target): \(request.method.lowercased()) \(request.target)")
            case "(created)": lines.append("(created): \(created)")
            default:
                guard let value = request.header(name) else { throw .missingHeader(name) }
                lines.append("\(name): \(value)")
            }
        }
        return lines.joined(separator: "\n")
    }

    private struct Parameter {
        var quoted: String?
        var bare: String?
    }

    /// Splits at commas outside quotes; a repeated parameter is refused.
    private static func parameters(
        _ header: String
    ) throws(SignatureFailure) -> [String: Parameter] {
        var found: [String: Parameter] = [:]
        var rest = Substring(header).utf8
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else {
                throw .malformed("no '='")
            }
            let name = trimmed(rest[..<equals])
            rest = rest[equals...].dropFirst()
            var parameter = Parameter()
            if rest.first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                    throw .malformed("open quote")
                }
                parameter.quoted = String(Substring(rest[..<end]))
                rest = rest[end...].dropFirst()
                guard rest.isEmpty || rest.first == UInt8(ascii: ",") else {
                    throw .malformed("no comma")
                }
            } else {
                let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
                parameter.bare = trimmed(rest[..<end])
                rest = rest[end...]
            }
            rest = rest.dropFirst()
            if found.updateValue(parameter, forKey: name) != nil {
                throw .malformed("\(name) is repeated")
            }
        }
        return found
    }

    /// Without spaces and tabs at either end.
    private static func trimmed(_ text: Substring.UTF8View) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text = text.dropLast() }
        return String(Substring(text))
    }
}

/// Pure Ed25519, no prehash.
enum Ed25519 {
    static func verifies(_ signature: [UInt8], over message: [UInt8], by key: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else {
            return false
        }
        return key.isValidSignature(signature, for: message)
    }

    static func sha256(_ bytes: some Sequence<UInt8>) -> String {
        Hex.text(SHA256.hash(data: Array(bytes)))
    }
}
