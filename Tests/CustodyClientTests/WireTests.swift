import AgentTestKit
import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct `What goes over the wire` {
    private let base = "/v1/entities/00000000000000000000000000000000enty"
    private let listTarget =
        "/v1/entities/00000000000000000000000000000000enty"
        + "/accounts/00000000000000000000000000000000acct/transactions"
        + "?filter%5Bstate%5D=PENDING&filter%5Btype%5D%5B%5D=WITHDRAWAL"
        + "&filter%5Btype%5D%5B%5D=TRANSFER_OUTGOING&sort%5B%5D=created_at%20asc"
        + "&pagination%5Bpage%5D=1&pagination%5Bsize%5D=64"

    @Test func `the target that was signed is the target that is sent, for every endpoint`()
        async throws
    {
        let server = try LoopbackServer { _ in .reply(Sample.reply("200 OK", [], "{}")) }
        defer { server.stop() }
        let key = try RecordingSigner()
        let account = try Sample.account()
        try await withCustody("http://127.0.0.1:\(server.port)/v1", key: key) { custody in
            try await callEveryEndpoint(custody, account)
        }
        let expected = [
            "GET \(listTarget)",
            "GET \(base)/accounts/00000000000000000000000000000000acct",
            "GET \(base)/accounts/00000000000000000000000000000000acct/transactions/"
                + "00000000000000000000000000000000atrx",
            "GET /v1/assets/00000000000000000000000000000000asst",
            "GET \(base)/approval_methods/00000000000000000000000000000000apmt",
            "POST /v1/approval_requests",
            "GET /v1/approval_requests/00000000000000000000000000000000aprq",
            "POST \(base)/accounts/00000000000000000000000000000000acct/transactions/"
                + "00000000000000000000000000000000atrx/cancel",
            "GET \(base)/approval_methods", "GET \(base)", "GET \(base)/tier",
        ]
        #expect(server.requests.map { $0.lines[0] } == expected.map { "\($0) HTTP/1.1" })
        let signed = key.messages.map { String(decoding: $0, as: UTF8.self) }
        for (request, message) in zip(server.requests, signed) {
            let method = request.lines[0].hasPrefix("GET ") ? "get" : "post"
            #expect(message.hasPrefix("(request-target): \(method) \(request.target)\n"))
        }
        #expect(signed.count == expected.count)
    }

    /// Each once, whatever comes of it.
    private func callEveryEndpoint(
        _ custody: CurlCustody, _ account: PolicyAccount
    ) async throws {
        let request: ApprovalRequestID = try Sample.id("aprq")
        _ = await ending { () async throws(CustodyError) in
            try await custody.transactions(of: account, page: 1, size: 64)
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.account(account)
        }
        let transaction: TransactionID = try Sample.id("atrx")
        _ = await ending { () async throws(CustodyError) in
            try await custody.transaction(transaction, of: account)
        }
        let asset: AssetID = try Sample.id("asst")
        _ = await ending { () async throws(CustodyError) in try await custody.asset(asset) }
        let method: ApprovalMethodID = try Sample.id("apmt")
        _ = await ending { () async throws(CustodyError) in
            try await custody.approvalMethod(method, of: account.entityID)
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.createApprovalRequest(
                for: .transaction(transaction), entity: account.entityID, method: method,
                mayStill: { true })
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.approvalRequest(request)
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.cancel(transaction, of: account, mayStill: { true })
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.approvalMethods(of: account.entityID)
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.entity(account.entityID)
        }
        _ = await ending { () async throws(CustodyError) in
            try await custody.tier(of: account.entityID)
        }
    }

    @Test func `a GET has these headers and no others`() async throws {
        let request = try await oneRequest { custody throws(CustodyError) in
            _ = try await custody.asset(try Self.assetID())
        }
        let names = request.lines.dropFirst().map { $0.prefix { $0 != ":" } }
        #expect(
            names.sorted() == [
                "Accept", "Digest", "Host", "Signature", "User-Agent", "X-Nonce",
            ])
        #expect(request.header("Accept") == "application/json")
        #expect(request.header("User-Agent") == "countersign")
        #expect(
            request.header("Digest") == "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        #expect(request.body.isEmpty)
    }

    @Test func `a member is asked about a request, and a group is read as it is shown`()
        async throws
    {
        let zeros = String(repeating: "0", count: 32)
        let group = #""approval_group":{"id":"g","quorum":2,"members":["\#(zeros)enty"]}"#
        let method =
            #"{"id":"\#(zeros)apmt","entity_id":"\#(zeros)enty","type":"GROUP","#
            + #""state":"ACTIVATED",\#(group)}"#
        let server = try LoopbackServer { request in
            let body =
                switch request.target.split(separator: "/").last {
                case "approval_methods": #"{"items":[\#(method)],"next":null}"#
                case "tier": #"{"id":"\#(zeros)tier","send_limit":"10000.00"}"#
                case "approval_requests":
                    #"{"id":"\#(zeros)aprr","resource_id":"\#(zeros)aprq","resource_type":"#
                        + #""APPROVAL_REQUEST","type":"SMS","state":"CREATING"}"#
                default: #"{"id":"\#(zeros)enty","type":"BUSINESS","state":"ACTIVE"}"#
                }
            return .reply(Sample.reply("200 OK", [], body))
        }
        defer { server.stop() }
        let entity: EntityID = try Sample.id("enty")
        try await withCustody("http://127.0.0.1:\(server.port)/v1") { custody in
            let methods = try await custody.approvalMethods(of: entity)
            #expect(methods.map(\.type) == ["GROUP"])
            #expect(methods.first?.group?.quorum == 2)
            #expect(methods.first?.group?.members == [entity])
            #expect(try await custody.entity(entity).state == "ACTIVE")
            #expect(try await custody.tier(of: entity).sendLimit == "10000.00")
            let request = try await custody.createApprovalRequest(
                for: .approvalRequest(try Sample.id("aprq")), entity: entity,
                method: try Sample.id("apmt"), mayStill: { true })
            #expect(request.resourceType == "APPROVAL_REQUEST")
        }
        let body =
            "{\"approval_method_id\":\"\(zeros)apmt\",\"entity_id\":\"\(zeros)enty\","
            + "\"resource_id\":\"\(zeros)aprq\",\"resource_type\":\"APPROVAL_REQUEST\"}"
        #expect(server.requests.last.map { String(decoding: $0.body, as: UTF8.self) } == body)
    }

    @Test func `a POST carries its exact body, its digest and its type`() async throws {
        let request = try await oneRequest { custody throws(CustodyError) in
            let account = try Self.orNotSent { try Sample.account() }
            _ = try await custody.createApprovalRequest(
                for: .transaction(try Self.orNotSent { try Sample.id("atrx") }),
                entity: account.entityID,
                method: try Self.orNotSent { try Sample.id("apmt") }, mayStill: { true })
        }
        let names = request.lines.dropFirst().map { $0.prefix { $0 != ":" } }
        #expect(
            names.sorted() == [
                "Accept", "Content-Length", "Content-Type", "Digest", "Host", "Signature",
                "User-Agent", "X-Nonce",
            ])
        #expect(request.header("Content-Type") == "application/json")
        let zeros = String(repeating: "0", count: 32)
        let body =
            "{\"approval_method_id\":\"\(zeros)apmt\",\"entity_id\":\"\(zeros)enty\","
            + "\"resource_id\":\"\(zeros)atrx\",\"resource_type\":\"TRANSACTION\"}"
        #expect(String(decoding: request.body, as: UTF8.self) == body)
        let digest = RequestSignature.digest(of: request.body, sha256: TestSHA256.hash)
        #expect(request.header("Digest") == digest)
    }

    @Test func `a cancellation is a POST of an empty object and its digest`() async throws {
        let request = try await oneRequest { custody throws(CustodyError) in
            try await custody.cancel(
                try Self.orNotSent { try Sample.id("atrx") },
                of: try Self.orNotSent { try Sample.account() }, mayStill: { true })
        }
        let path = base.dropFirst("/v1".utf8.count)
        #expect(
            request.lines[0]
                == "POST \(path)/accounts/00000000000000000000000000000000acct/transactions/"
                + "00000000000000000000000000000000atrx/cancel HTTP/1.1")
        #expect(String(decoding: request.body, as: UTF8.self) == "{}")
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("Content-Length") == "2")
        #expect(
            request.header("Digest") == "SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=")
    }

    @Test func `an approval is sent as in the published vector, byte for byte`() async throws {
        let vectors = try SignatureVectors.all.get().http_signature
        let vector = try #require(vectors.first { $0.name == "approve_post" })
        let key = KnownSigner(
            publicKey: try #require(PublicKey(hex: vector.pub_hex)),
            signatures: [
                try #require([UInt8](hex: vector.signing_string_hex)):
                    try #require(Signature(vector.signature))
            ])
        let parts = vector.body_utf8.split(separator: "\"").map(String.init)
        let challenge = try #require(parts.compactMap(Digest.init(hex:)).first)
        let response = try #require(
            parts.compactMap { [UInt8](hex: $0) }.compactMap(Signature.init).first)
        let id = try #require(ApprovalRequestID("ba9e224ba82ea200114803e5ce3ee839aprq"))
        let server = try LoopbackServer { _ in .reply("HTTP/1.1 204 No Content\r\n\r\n") }
        defer { server.stop() }
        let nonce = try #require([UInt8](hex: vector.x_nonce))
        try await withCustody(
            "http://127.0.0.1:\(server.port)/v1", key: key, random: { _ in nonce }
        ) { custody in
            try await custody.approve(
                id, challenge: challenge, response: response, mayStill: { true })
        }
        let request = try #require(server.requests.first)
        #expect(request.lines[0] == "POST \(vector.request_target) HTTP/1.1")
        #expect(String(decoding: request.body, as: UTF8.self) == vector.body_utf8)
        #expect(request.header("Digest") == vector.digest)
        #expect(request.header("X-Nonce") == vector.x_nonce)
        #expect(request.header("Signature") == vector.signature_header)
    }

    @Test func `created is the whole second before now, never after`() async throws {
        let request = try await oneRequest { custody throws(CustodyError) in
            _ = try await custody.asset(try Self.assetID())
        }
        let signature = try #require(request.header("Signature"))
        #expect(signature.contains(",created=1700000000,"))
    }

    @Test func `a proxy of the environment is not used`() async throws {
        let request = try await oneRequest { custody throws(CustodyError) in
            _ = try await custody.asset(try Self.assetID())
        }
        let proxy = ProcessInfo.processInfo.environment["http_proxy"]
        #expect(proxy == LoopbackServer.hostileProxy)
        #expect(request.lines[0].hasPrefix("GET /"))
    }

    private static func assetID() throws(CustodyError) -> AssetID {
        try orNotSent { try Sample.id("asst") }
    }

    private static func orNotSent<Value>(
        _ make: () throws -> Value
    ) throws(CustodyError) -> Value {
        do { return try make() } catch { throw .notSent("\(error)") }
    }

    private func oneRequest(
        _ call: (CurlCustody) async throws(CustodyError) -> Void
    ) async throws -> LoopbackServer.Request {
        let server = try LoopbackServer { request in
            .reply(request.body.isEmpty ? Sample.reply() : Sample.reply("200 OK", [], "{}"))
        }
        defer { server.stop() }
        try await withCustody("http://127.0.0.1:\(server.port)") { custody in
            _ = await ending { () async throws(CustodyError) in try await call(custody) }
        }
        #expect(server.requests.count == 1)
        return try #require(server.requests.first)
    }
}
