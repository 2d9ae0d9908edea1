import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Synchronization
import Testing

/// Signs anything with the same 64 bytes, and keeps what it was asked to sign.
final class RecordingSigner: Signer {
    let publicKey: PublicKey
    private let signature: Signature
    private let recorded = Mutex<[[UInt8]]>([])

    init() throws {
        publicKey = try #require(PublicKey([UInt8](repeating: 7, count: 32)))
        signature = try #require(Signature([UInt8](repeating: 9, count: 64)))
    }

    var messages: [[UInt8]] { recorded.withLock { $0 } }

    func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        recorded.withLock { $0.append(message) }
        return signature
    }
}

/// Has no key.
struct RefusingSigner: Signer {
    let publicKey: PublicKey

    init() throws { publicKey = try #require(PublicKey([UInt8](repeating: 7, count: 32))) }

    func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        throw .unusable("the key file is gone")
    }
}

/// Knows the signatures of a few messages and no others.
struct KnownSigner: Signer {
    let publicKey: PublicKey
    let signatures: [[UInt8]: Signature]

    func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        guard let signature = signatures[message] else { throw .unusable("another message") }
        return signature
    }
}

/// One identifier of each kind, and replies to go with them.
enum Sample {
    static func id<Resource>(_ suffix: String) throws -> Identifier<Resource> {
        try #require(Identifier(String(repeating: "0", count: 36 - suffix.count) + suffix))
    }

    static func account() throws -> PolicyAccount {
        PolicyAccount(
            name: "treasury", id: try id("acct"), entityID: try id("enty"),
            asset: PolicyAsset(name: "BTC", id: try id("asst"), precision: 8))
    }

    static let asset = #"{"id":"00000000000000000000000000000000asst","precision":8}"#

    static func reply(
        _ status: String = "200 OK", _ headers: [String] = ["Content-Type: application/json"],
        _ body: String = asset
    ) -> String {
        let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)"]
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}

/// A client with the given settings; `body` runs, then the client is shut down.
func withCustody(
    _ url: String, timeout: Int = 10_000, connections: Int = 8, caFile: String? = nil,
    pins: [String] = [], key: (any Signer)? = nil,
    now: @escaping @Sendable () -> UnixTime = { UnixTime(milliseconds: 1_700_000_000_999) },
    random: @escaping @Sendable (Int) -> [UInt8] = { count in
        (0..<count).map { _ in UInt8.random(in: 0...255) }
    },
    onDate: @escaping @Sendable (UnixTime?, UnixTime) -> Void = { _, _ in },
    _ body: (CurlCustody) async throws -> Void
) async throws {
    let settings = try CustodySettings(
        baseURL: url, keyID: "foobar", requestTimeoutMilliseconds: timeout,
        maxConnections: connections, caFile: caFile, pinnedPublicKeys: pins)
    let custody = CurlCustody(
        settings: settings, key: try key ?? RecordingSigner(), sha256: TestSHA256.hash,
        randomBytes: random, now: now, onDate: onDate)
    do { try await body(custody) } catch {
        await custody.shutdown()
        throw error
    }
    await custody.shutdown()
}

/// How a call ended, without the words.
enum Ending: Hashable, Sendable {
    case done
    case notSent
    case ambiguous
    case throttled(Int, Int64?)
    case refused(Int)
    case malformed
}

/// The words of an ending are for people; the tests compare its kind.
func ending<Value>(_ call: () async throws(CustodyError) -> Value) async -> Ending {
    do {
        _ = try await call()
        return .done
    } catch {
        switch error {
        case .notSent: return .notSent
        case .ambiguous: return .ambiguous
        case .throttled(let status, let wait): return .throttled(status, wait)
        case .refused(let status): return .refused(status)
        case .malformed: return .malformed
        }
    }
}
