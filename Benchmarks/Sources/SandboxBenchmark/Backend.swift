import ApprovalAgent
import ApprovalCore
import Foundation
import SodiumKeys

/// The partner's keys: signs requests and approvals.
struct Backend {
    private let apiKey: SodiumSigner
    private let approvalKey: SodiumSigner

    init() throws {
        try Sodium.start()
        apiKey = SodiumSigner(try SecretKey.random())
        approvalKey = SodiumSigner(try SecretKey.random())
    }

    var apiPublicKey: String { Self.hex(apiKey.publicKey.bytes) }

    var approvalPublicKey: String { Self.hex(approvalKey.publicKey.bytes) }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// The bytes of a signed request.
    func request(_ method: String, _ target: String, _ body: String = "") throws -> [UInt8] {
        let (nonceText, created) = (Self.hex(Sodium.randomBytes(count: 16)), time(nil))
        let digest = "SHA-256=" + Data(Sodium.sha256(Array(body.utf8)).bytes).base64EncodedString()
        let text = """
            (request-target): \(method.lowercased()) \(target)
            (created): \(created)
            digest: \(digest)
            x-nonce: \(nonceText)
            """
        let signature = Data(try apiKey.sign(Array(text.utf8)).bytes).base64EncodedString()
        let head = [
            "\(method) \(target) HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
            "Digest: \(digest)", "X-Nonce: \(nonceText)",
            "Signature: keyId=\"benchmark\",algorithm=\"hs2019\",created=\(created),"
                + "headers=\"(request-target) (created) digest x-nonce\",signature=\"\(signature)\"",
            "Content-Length: \(body.utf8.count)", "", body,
        ]
        return Array(head.joined(separator: "\r\n").utf8)
    }

    /// The body that approves a challenge.
    func approval(of message: String) throws -> String {
        let bytes = Array(message.utf8)
        let hash = Self.hex(Sodium.sha256(bytes).bytes)
        let response = Self.hex(try approvalKey.sign(bytes).bytes)
        return "{\"challenge\":{\"sha256\":\"\(hash)\"},\"response\":\"\(response)\"}"
    }
}
