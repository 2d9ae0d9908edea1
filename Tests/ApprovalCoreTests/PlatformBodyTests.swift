import AgentTestKit
import ApprovalCore
import Testing

struct TransactionBodyTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    @Test func `a withdrawal and a transfer are read with their evidence`() throws {
        let bytes = try Sample.bytes(sample.withdrawal())
        let withdrawal = try Transaction(bytes: bytes)
        #expect(withdrawal.id.text == Sample.transactionID)
        #expect(withdrawal.accountID == sample.payouts.id)
        #expect(withdrawal.type == .withdrawal && withdrawal.state == .pending)
        #expect(withdrawal.bytes == bytes)
        #expect(withdrawal.field("amount") == .text("-0.40000000"))
        #expect(withdrawal.createdAt == UnixTime(rfc3339: "2026-10-06T08:59:00Z"))
        let transfer = try sample.transaction(sample.transfer())
        #expect(transfer.type == .transferOutgoing)
        #expect(transfer.type.destinationField == "receiver_account_id")
    }

    @Test(
        arguments: [
            ("APPROVED", .approved), ("COMPLETED", .completed), ("FAILED", .failed),
            ("CANCELLED", .cancelled),
            ("PENDING", .pending), ("pending", .unknown), ("", .unknown), ("SETTLING", .unknown),
        ] as [(String, TransactionState)])
    func `a state that the guide does not know is never PENDING`(
        text: String, state: TransactionState
    ) throws {
        #expect(try sample.transaction(sample.withdrawal(["state": .string(text)])).state == state)
    }

    @Test(arguments: [
        "DEPOSIT", "TRANSFER_INCOMING", "WITHDRAWAL_FEE", "TRANSFER", "withdrawal", "WITHDRAWAL ",
        "",
    ])
    func `a type that is not ours is refused`(type: String) {
        #expect(throws: MalformedBody.self) {
            try sample.transaction(sample.withdrawal(["type": .string(type)]))
        }
    }

    @Test(arguments: ["id", "account_id", "type", "state"])
    func `a field that everything hangs on must be text of the right form`(name: String) {
        for value in [nil, .null, .integer(1), .bool(true), .array([]), .object([])] as [JSONValue?]
        {
            let error = #expect(throws: MalformedBody.self) {
                try sample.transaction(sample.withdrawal([name: value]))
            }
            #expect(error?.problem.contains(name) == true)
        }
    }

    @Test(arguments: [
        "", "1", "F4342C75F714405D89007EF13CE68688ATRX", "f4342c75f714405d89007ef13ce6868/atrx",
        "../../../../../../../../../../../../x",
    ])
    func `an id of another form is refused and not repeated`(text: String) {
        for name in ["id", "account_id"] {
            let error = #expect(throws: MalformedBody.self) {
                try sample.transaction(sample.withdrawal([name: .string(text)]))
            }
            #expect(text.isEmpty || text == "1" || error?.problem.contains(text) == false)
        }
    }

    @Test func `every other field stays as it is and says what it holds`() throws {
        let transaction = try sample.transaction(
            sample.withdrawal([
                "amount": .null, "fee_amount": .integer(1), "address": nil,
                "reference": .string(""),
                "linked_tx_ids": .array([.string("a")]), "created_at": .string("yesterday"),
                "something_new": .bool(true),
            ]))
        #expect(transaction.field("amount") == .null)
        #expect(transaction.field("fee_amount") == .otherType)
        #expect(transaction.field("address") == .absent)
        #expect(transaction.field("reference") == .text(""))
        #expect(transaction.field("linked_tx_ids") == .otherType)
        #expect(transaction.createdAt == nil)
        #expect(
            [transaction.field("amount").text, transaction.field("address").text] == [nil, nil])
    }

    @Test(arguments: [
        "", "null", "[]", "\"x\"", "{}", "{\"id\":\"f4342c75f714405d89007ef13ce68688atrx\"}",
        "{\"id\":1,\"id\":1}",
        "not JSON",
    ])
    func `a body that is no transaction is refused`(text: String) {
        #expect(throws: MalformedBody.self) { try Transaction(bytes: Array(text.utf8)) }
    }

    @Test func `a duplicated field refuses the body, spelled with an escape too`() throws {
        let body = String(decoding: try Sample.bytes(sample.withdrawal()), as: UTF8.self)
        for second in ["\"address\":\"x\"", "\"\\u0061ddress\":\"x\""] {
            let text = "{\(second)," + body.dropFirst()
            #expect(throws: MalformedBody.self) { try Transaction(bytes: Array(text.utf8)) }
        }
    }
}

struct ResourceBodyTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    @Test func `an account is read with its entity and asset`() throws {
        let account = try sample.account(sample.payouts)
        #expect(account.id == sample.payouts.id)
        #expect(account.entityID == sample.payouts.entityID)
        #expect(account.assetID == sample.btc.id)
        #expect(!account.bytes.isEmpty)
    }

    @Test(arguments: ["id", "entity_id", "asset_id"])
    func `an account without one of its ids is refused`(missing: String) throws {
        let ids = [
            "id": sample.payouts.id.text, "entity_id": sample.payouts.entityID.text,
            "asset_id": sample.btc.id.text,
        ]
        for replacement in [nil, .null, .integer(5), .string("short")] as [JSONValue?] {
            let members = ids.compactMap { name, text in
                let value = name == missing ? replacement : .string(text)
                return value.map { JSONMember(name, $0) }
            }
            #expect(throws: MalformedBody.self) {
                try Account(bytes: Sample.bytes(.object(members)))
            }
        }
    }

    @Test(arguments: [("8", 8), ("0", 0), ("18", 18), ("255", 255)] as [(String, UInt8)])
    func `an asset's precision is a whole number`(text: String, precision: UInt8) throws {
        let body = "{\"id\":\"\(sample.btc.id)\",\"precision\":\(text),\"code\":\"BTC\"}"
        #expect(try Asset(bytes: Array(body.utf8)).precision == precision)
    }

    @Test(arguments: ["-1", "256", "8.0", "8e0", "\"8\"", "null", "[]", "1234567890123456789012"])
    func `an asset's precision of another form is refused`(text: String) {
        let body = "{\"id\":\"\(sample.btc.id)\",\"precision\":\(text)}"
        #expect(throws: MalformedBody.self) { try Asset(bytes: Array(body.utf8)) }
        #expect(throws: MalformedBody.self) {
            try Asset(bytes: Array("{\"id\":\"\(sample.btc.id)\"}".utf8))
        }
    }

    @Test func `an approval method tells its key in either case, or that it has none`() throws {
        let key = String(repeating: "aB", count: 32)
        func method(_ publicKey: JSONValue?) throws -> ApprovalMethod {
            try ApprovalMethod(
                bytes: Sample.bytes(
                    .object([
                        "id": .string(Sample.methodID), "type": .string("DSA_ED25519"),
                        "entity_id": .string(sample.payouts.entityID.text),
                        "state": .string("ACTIVATED"), "pub_key": publicKey,
                    ])))
        }
        let read = try method(.string(key))
        #expect(read.publicKey?.description == key.lowercased())
        #expect(read.id.text == Sample.methodID && read.entityID == sample.payouts.entityID)
        #expect([read.type, read.state] == ["DSA_ED25519", "ACTIVATED"])
        for none in [nil, .null, .integer(1), .string("abc"), .string(key + "00")] as [JSONValue?] {
            #expect(try method(none).publicKey == nil)
        }
    }

    @Test(arguments: ["id", "entity_id", "type", "state"])
    func `an approval method without its fields is refused`(missing: String) {
        let whole = [
            "id": Sample.methodID, "type": "DSA_ED25519", "entity_id": sample.payouts.entityID.text,
            "state": "ACTIVATED",
        ]
        let members = whole.filter { $0.key != missing }.map {
            JSONMember($0.key, .string($0.value))
        }
        #expect(throws: MalformedBody.self) {
            try ApprovalMethod(bytes: Sample.bytes(.object(members)))
        }
    }
}

struct ApprovalRequestBodyTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func request(_ changes: KeyValuePairs<String, JSONValue?>) throws -> ApprovalRequest {
        try ApprovalRequest(
            bytes: Sample.bytes(sample.request(attributes: ["id", "type"], changes)))
    }

    @Test func `an approval request keeps names and order of the attributes`() throws {
        let request = try request([:])
        #expect(request.challengeAttributes == ["id", "type"])
        #expect(request.state == .pending)
        #expect(request.resourceID == Sample.transactionID)
        #expect(request.entityID == .text(sample.payouts.entityID.text))
    }

    @Test(
        arguments: [
            ("CREATING", .creating), ("PENDING", .pending), ("APPROVED", .approved),
            ("CANCELLED", .cancelled),
            ("FAILED", .failed), ("EXPIRED", .unknown), ("unknown", .unknown), ("", .unknown),
        ] as [(String, ApprovalRequestState)])
    func `a state that is not documented is unknown`(text: String, state: ApprovalRequestState)
        throws
    {
        #expect(try request(["state": .string(text)]).state == state)
    }

    @Test func `a request without a challenge has none, and absent fields say so`() throws {
        #expect(try request(["challenge": nil]).challengeAttributes == nil)
        #expect(try request(["challenge": .null]).challengeAttributes == nil)
        #expect(try request(["challenge": .object([])]).challengeAttributes == nil)
        #expect(try request(["challenge": .object(["attrs": .null])]).challengeAttributes == nil)
        let bare = try request(["entity_id": nil, "approval_method_id": .null])
        #expect(bare.entityID == .absent && bare.approvalMethodID == .null)
    }

    @Test func `a challenge of another form is refused`() {
        let forms: [JSONValue] = [
            .object(["attrs": .string("id")]), .object(["attrs": .array([.string("id"), .null])]),
            .object(["attrs": .array([.integer(1)])]),
            .object(["attrs": .array([.array([.string("id")])])]),
        ]
        for form in forms + [.string("id"), .array([.string("id")])] {
            #expect(throws: MalformedBody.self) { try request(["challenge": form]) }
        }
    }

    @Test(arguments: ["id", "resource_id", "resource_type", "type", "state"])
    func `a request without one of its fields is refused`(name: String) {
        for value in [nil, .null, .integer(1)] as [JSONValue?] {
            #expect(throws: MalformedBody.self) { try request([name: value]) }
        }
    }
}

struct TransactionPageTests {
    private func page(_ text: String) throws -> TransactionPage {
        try TransactionPage(bytes: Array(text.utf8))
    }

    @Test func `null is the only end of a list`() throws {
        let last = try page(#"{"items":[{"id":"x"},1],"pagination":{"prev":1,"next":null}}"#)
        #expect(last.next == nil && last.items.count == 2)
        #expect(try page(#"{"items":[],"pagination":{"next":2}}"#).next == 2)
    }

    @Test(arguments: [
        "[]", "{}", #"{"items":[]}"#, #"{"items":[],"pagination":null}"#,
        #"{"items":[],"pagination":{}}"#,
        #"{"items":[],"pagination":[]}"#, #"{"items":[],"pagination":{"next":"2"}}"#,
        #"{"items":[],"pagination":{"next":2.0}}"#,
        #"{"items":[],"pagination":{"next":false}}"#,
        #"{"items":[],"pagination":{"next":99999999999999999999}}"#,
        #"{"items":null,"pagination":{"next":null}}"#, #"{"items":{},"pagination":{"next":null}}"#,
        #"{"pagination":{"next":null}}"#, #"{"items":[],"pagination":{"next":null},"items":[]}"#,
        #"{"items":[1,],"pagination":{"next":null}}"#,
    ])
    func `a page of another form is refused`(text: String) {
        #expect(throws: MalformedBody.self) { try page(text) }
    }
}
