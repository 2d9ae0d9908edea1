import Crypto
import CustodySandbox
import Foundation
import Testing

/// Ids, keys and the scenario that the tests share.
enum Fixture {
    static let entity = "bda8720b93a2daf3ffac5a6fefaa87aaenty"
    static let account = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
    static let other = "f0cfb103e6c3d4a37c2750a1256862a3acct"
    static let asset = "00000000000000000000000000000001asst"
    static let method = "6d4e8abbaab25847a01908c6f02f8bb0apmt"
    static let transaction = "fc069dcbb6649ad7b5afb7210ef4d9d2atrx"
    static let apiSeed = "f795b212026beba7fb43d0568834b5067829b9ba630cd0cef29e96897f66087d"
    static let approvalSeed = "9d7d82e1a21d87abc328630f7844d8a7054edad004210043e6f2aa7674dbd93c"
    static var list: String { "/v1/entities/\(entity)/accounts/\(account)/transactions" }

    static var scenario: JSON {
        [
            "keys": [
                [
                    "key_id": "partner-1",
                    "pub_key": "2fe1750318f4506827ab3e329d58bf644ede1705850110fe085dddf4e578889f",
                ]
            ],
            "entities": [["id": .string(entity), "type": "PARTNER", "state": "ACTIVE"]],
            "assets": [
                [
                    "id": .string(asset), "code": "BTC", "precision": 8,
                    "tx_min_amount": "0.00001", "withdrawal_fee": "0.0005",
                ]
            ],
            "accounts": [
                [
                    "id": .string(account), "entity_id": .string(entity),
                    "asset_id": .string(asset), "balance": "10",
                ],
                [
                    "id": .string(other), "entity_id": .string(entity),
                    "asset_id": .string(asset),
                ],
            ],
            "approval_methods": [
                [
                    "id": .string(method), "entity_id": .string(entity), "state": "ACTIVATED",
                    "pub_key": "d7be9b9a905185869bf063d36587722646b44e15d6c577e7523187614f79cca9",
                ]
            ],
            "transactions": [
                [
                    "id": .string(transaction), "account_id": .string(account),
                    "type": "WITHDRAWAL", "amount": "-0.40000000",
                    "address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "reference": "first",
                ]
            ],
        ]
    }
}

/// A partner's backend: signs requests and approves.
struct Partner {
    let sandbox: Sandbox
    private let key: Curve25519.Signing.PrivateKey
    private let approvalKey: Curve25519.Signing.PrivateKey

    init(_ sandbox: Sandbox) throws {
        self.sandbox = sandbox
        key = try Self.key(Fixture.apiSeed)
        approvalKey = try Self.key(Fixture.approvalSeed)
    }

    /// A partner of a fresh sandbox with the fixture's scenario.
    static func ofFixture(seed: UInt64 = 1) throws -> Partner {
        let sandbox = Sandbox(seed: seed)
        try sandbox.merge(scenario: Fixture.scenario.bytes)
        return try Partner(sandbox)
    }

    private static func key(_ hex: String) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: bytes(hex))
    }

    static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap {
            UInt8(hex.dropFirst($0).prefix(2), radix: 16)
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static var now: Int { Int(Date().timeIntervalSince1970) }

    func request(
        _ method: String, _ target: String, _ json: JSON? = nil, created: Int = now,
        nonce: String = hex((0..<16).map { _ in UInt8.random(in: 0...255) }),
        keyID: String = "partner-1"
    ) throws -> ReceivedRequest {
        let body = json?.bytes ?? []
        let digest = "SHA-256=\(Data(SHA256.hash(data: body)).base64EncodedString())"
        let lines = [
            "(request-target): \(method.lowercased()) \(target)", "(created): \(created)",
            "digest: \(digest)", "x-nonce: \(nonce)",
        ]
        let signature = try key.signature(for: Array(lines.joined(separator: "\n").utf8))
        let parameters = [
            "keyId=\"\(keyID)\"", "algorithm=\"hs2019\"", "created=\(created)",
            "headers=\"(request-target) (created) digest x-nonce\"",
            "signature=\"\(signature.base64EncodedString())\"",
        ]
        return ReceivedRequest(
            method: method, target: target,
            headers: [
                ("digest", digest), ("x-nonce", nonce),
                ("signature", parameters.joined(separator: ",")),
            ], body: body)
    }

    func call(_ method: String, _ target: String, _ json: JSON? = nil) throws -> Reply {
        sandbox.respond(to: try request(method, target, json))
    }

    func get(_ target: String) throws -> JSON {
        let reply = try call("GET", target)
        try #require(reply.status == 200)
        return try JSON(parsing: reply.body)
    }

    @discardableResult
    func control(_ method: String, _ path: String, _ json: JSON? = nil) -> Reply {
        sandbox.respond(
            to: ReceivedRequest(
                method: method, target: "/sandbox/\(path)", body: json?.bytes ?? []))
    }

    func report(_ name: String) throws -> JSON? {
        try JSON(parsing: control("GET", "report").body)[name]
    }

    /// Creates a request for approval and returns it.
    func ask(_ transaction: String = Fixture.transaction) throws -> JSON {
        let reply = try call(
            "POST", "/v1/approval_requests",
            [
                "approval_method_id": .string(Fixture.method),
                "entity_id": .string(Fixture.entity), "resource_id": .string(transaction),
                "resource_type": "TRANSACTION",
            ])
        try #require(reply.status == 201)
        return try JSON(parsing: reply.body)
    }

    /// The body that approves that message.
    func response(to message: String) throws -> JSON {
        let bytes = Array(message.utf8)
        return [
            "challenge": ["sha256": .string(Self.hex(SHA256.hash(data: bytes)))],
            "response": .string(Self.hex(try approvalKey.signature(for: bytes))),
        ]
    }

    func message(_ asked: JSON, _ transaction: JSON) -> String {
        let attrs = asked["challenge"]?["attrs"]?.elements?.compactMap(\.text) ?? []
        return attrs.map { "\($0): \(transaction[$0]?.text ?? "")" }.joined(separator: "\n")
    }

    /// The whole approval of a transaction as the platform shows it.
    func approve(_ id: String = Fixture.transaction) throws -> Reply {
        let asked = try ask(id)
        let transaction = try get("\(Fixture.list)/\(id)")
        return try answer(asked, message(asked, transaction))
    }

    func answer(_ asked: JSON, _ message: String) throws -> Reply {
        let id = try #require(asked["id"]?.text)
        return try call(
            "POST", "/v1/approval_requests/\(id)/approve", try response(to: message))
    }
}

extension Reply {
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
}
