import AgentTestKit
import ApprovalCore
import CustodyClient
import Foundation
import Testing

/// The parts of Tests/Vectors/solaris.json that are about HTTP.
struct SignatureVectors: Decodable {
    struct DigestHeader: Decodable, Sendable {
        let body_hex: String
        let digest: String
    }

    struct HTTPSignature: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let method: String
        let request_target: String
        let created: Int64
        let body_utf8: String
        let digest: String
        let x_nonce: String
        let key_id: String
        let pub_hex: String
        let signing_string_hex: String
        let prehash: String?
        let signature_b64: String
        let signature_header: String
        let must_verify_as_pure_ed25519: Bool

        var testDescription: String { name }

        var signature: [UInt8] { Data(base64Encoded: signature_b64).map(Array.init) ?? [] }

        func request() throws -> RequestSignature {
            RequestSignature(
                method: try #require(HTTPMethod(rawValue: method)), target: request_target,
                created: created,
                digest: RequestSignature.digest(of: Array(body_utf8.utf8), sha256: TestSHA256.hash),
                nonce: x_nonce)
        }
    }

    let digest_header: [DigestHeader]
    let http_signature: [HTTPSignature]

    static let all: Result<SignatureVectors, any Error> = Result {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/solaris.json")
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }
}

@Suite struct `The signature of a request` {
    @Test func `the digest of every body is the published one`() throws {
        let vectors = try SignatureVectors.all.get().digest_header
        #expect(vectors.count == 5)
        for vector in vectors {
            let body = try #require([UInt8](hex: vector.body_hex))
            #expect(RequestSignature.digest(of: body, sha256: TestSHA256.hash) == vector.digest)
        }
    }

    @Test func `the signed bytes of every request are the published ones, never their hash`() throws
    {
        let vectors = try SignatureVectors.all.get().http_signature
        #expect(vectors.count == 8)
        for vector in vectors {
            let request = try vector.request()
            #expect(request.digest == vector.digest, "\(vector.name)")
            #expect(request.message.hex == vector.signing_string_hex, "\(vector.name)")
        }
    }

    @Test func `the header of every request is the published one`() throws {
        for vector in try SignatureVectors.all.get().http_signature {
            let keyID = try #require(KeyID(vector.key_id))
            let signature = try #require(Signature(vector.signature))
            let header = try vector.request().header(keyID: keyID, signature: signature)
            #expect(header == vector.signature_header, "\(vector.name)")
        }
    }

    @Test(.enabled(if: OpenSSL.isPresent))
    func `openssl accepts six signatures over our bytes and refuses the two with a prehash`() throws
    {
        let directory = try OpenSSL.temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        var refused: [String] = []
        for vector in try SignatureVectors.all.get().http_signature {
            let key = try #require([UInt8](hex: vector.pub_hex))
            let isValid = try OpenSSL.verifies(
                vector.signature, message: vector.request().message, publicKey: key,
                in: directory)
            #expect(isValid == vector.must_verify_as_pure_ed25519, "\(vector.name)")
            if !isValid { refused.append(vector.name) }
        }
        #expect(refused == ["seed_post_foo_bar_AS_PRINTED", "seed_get_foo_AS_PRINTED"])
    }

    @Test func `a key id that could end its quotes is refused`() {
        for text in [
            "", "a\"b", "a\\b", "a\r\nb", "a\u{7F}", "é", String(repeating: "a", count: 129),
        ] {
            #expect(KeyID(text) == nil, "\(text)")
        }
        #expect(KeyID("42d3d5260710fe195bf9c2dfd2d38917akey")?.description.utf8.count == 36)
    }
}
