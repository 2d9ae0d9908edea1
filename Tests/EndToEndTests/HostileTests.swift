import Foundation
import ProgramTestKit
import Testing

/// INVARIANT: I2, I9. Each transaction meets one lie; the others go through in the same pass.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HostileTests {
    /// One lie about one transaction, and what must come of it.
    struct Lie {
        let name: String
        /// Rules of the sandbox, without `transaction_id`.
        let rules: [[String: Any]]
        let subject: [String: Any]
        /// A code that must stand in the line; nil where the lie is harmless and it is approved.
        let code: String?
        var action = "escalate"
        /// Whether it is approved once the platform tells the truth again.
        var isMended = true

        init(
            _ name: String, _ rules: [[String: Any]], _ code: String?,
            _ action: String = "escalate",
            isMended: Bool = true, subject: [String: Any] = AgentFolder.withdrawal("-0.01000000")
        ) {
            (self.name, self.rules, self.subject) = (name, rules, subject)
            (self.code, self.action, self.isMended) = (code, action, isMended)
        }
    }

    @Test(arguments: [0, 1])
    func `no lie is signed, each refusal has its code, and the others go through`(
        creatingReads: Int
    ) async throws {
        let lies =
            Self.changes + Self.challenges + Self.fields + Self.bodies
            + Self.requests
        try await Scene.play(
            policy: Scene.unlimited, settings: ["creating_reads": creatingReads]
        ) { scene in
            let ids = try await scene.create(lies.map(\.subject))
            let honest = try await scene.create((1...20).map { _ in AgentFolder.withdrawal() })
            for (lie, id) in zip(lies, ids) {
                try await scene.add(
                    lie.rules.map { $0.merging(["transaction_id": id]) { $1 } }, to: "hostile")
            }
            let pass = try await scene.once()
            #expect(pass.code == 4 || pass.code == 1, "\(pass.errors)")
            for (lie, id) in zip(lies, ids) { Self.judge(lie, pass.item(id)) }
            for id in honest { #expect(pass.item(id)?.outcome == "confirmed") }
            let good = Set(honest + zip(lies, ids).filter { $0.0.code == nil }.map(\.1))
            #expect(try await scene.approved() == good)
            #expect(try await Referee.problems(scene, .init(limit: nil)) == [])

            try await scene.clear("hostile")
            _ = try await scene.once()
            let mended = zip(lies, ids).filter { $0.0.isMended }.map(\.1)
            let missing = Set(mended).subtracting(try await scene.approved())
            #expect(zip(lies, ids).filter { missing.contains($0.1) }.map(\.0.name) == [])
            let all = try await scene.approved()
            #expect(all == good.union(mended))
            #expect(try await Referee.problems(scene, .init(limit: nil)) == [])
            print("\(lies.count) lies, \(all.count) approvals")
        }
    }

    private static func judge(_ lie: Lie, _ item: Pass.Item?) {
        let name = Comment(rawValue: lie.name)
        guard let item else {
            Issue.record("no line: \(lie.name)")
            return
        }
        guard let code = lie.code else {
            #expect(item.outcome == "confirmed", "\(lie.name): \(item)")
            return
        }
        #expect(item.codes.contains(code), "\(lie.name): \(item)")
        #expect(item.action == lie.action, "\(lie.name): \(item)")
        #expect(item.outcome != "confirmed", name)
    }
}

extension HostileTests {
    private static func change(_ field: String, _ value: Any, _ more: [String: Any] = [:])
        -> [String: Any]
    {
        ["kind": "change_on_read", "field": field, "value": value].merging(more) { $1 }
    }

    /// The transaction becomes another between the decision's read and the one after the request.
    static var changes: [Lie] {
        let flapping = (2...9).map { change("reference", "r\($0)", ["read": $0]) }
        return [
            Lie(
                "amount beyond the rule", [change("amount", "-0.90000000")], "RULE_ESCALATE",
                isMended: false),
            Lie("amount within the rule", [change("amount", "-0.02000000")], nil),
            Lie(
                "amount upwards", [change("amount", "0.01000000")], "AMOUNT_INVALID",
                isMended: false),
            Lie("another good address", [change("address", AgentFolder.ID.coldWallet)], nil),
            Lie(
                "a blocked address", [change("address", AgentFolder.ID.blocked)], "RULE_BLOCK",
                "block", isMended: false),
            Lie(
                "an unknown address", [change("address", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")],
                "NO_RULE_MATCHED", "block", isMended: false),
            Lie(
                "fee beyond the rule", [change("fee_amount", "0.00300000")], "NO_RULE_MATCHED",
                "block", isMended: false),
            Lie("another reference", [change("reference", "another")], nil),
            Lie("a reference that never stands still", flapping, "CHANGED_UNDER_US"),
            Lie(
                "amount for one read only",
                [change("amount", "-0.40000000", ["persist": false, "times": 1])], nil),
            Lie(
                "type", [change("type", "TRANSFER_OUTGOING")], "FIELD_UNKNOWN", "block",
                isMended: false),
            Lie(
                "receiver", [change("receiver_account_id", "f0cfb103e6c3d4a37c2750a1256862a3acct")],
                "NO_RULE_MATCHED", "block", isMended: false, subject: AgentFolder.transfer()),
            Lie(
                "account", [change("account_id", AgentFolder.ID.treasury, ["persist": false])],
                "ACCOUNT_MISMATCH", "hold"),
            Lie("state", [change("state", "CANCELLED", ["persist": false])], "NOT_PENDING", "hold"),
        ]
    }

    /// The challenge names other attributes than the decision read. The request keeps them as long
    /// as it is PENDING, and it is read again rather than replaced.
    static var challenges: [Lie] {
        let required = [
            "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
        ]
        return required.map {
            Lie(
                "without \($0)", [["kind": "omit_attr", "name": $0]], "ATTR_NOT_SIGNED",
                isMended: false)
        } + [
            Lie(
                "transfer without its receiver",
                [["kind": "omit_attr", "name": "receiver_account_id"]], "ATTR_NOT_SIGNED",
                isMended: false,
                subject: AgentFolder.transfer()),
            Lie(
                "an unknown attribute", [["kind": "add_attr", "name": "approver"]], "UNKNOWN_ATTR",
                isMended: false),
            Lie(
                "an attribute with a colon",
                [["kind": "add_attr", "name": "amount: -0.01000000\nid"]], "UNKNOWN_ATTR",
                isMended: false),
            Lie(
                "one more known attribute",
                [["kind": "add_attr", "name": "end_to_end_id", "position": 0]], nil),
            Lie("another order", [["kind": "reorder_attrs"]], nil),
            Lie(
                "amount twice", [["kind": "duplicate_attr", "name": "amount"]], "DUPLICATE_ATTR",
                isMended: false),
            Lie("no attributes", [["kind": "empty_attrs"]], "ATTR_NOT_SIGNED", isMended: false),
            Lie(
                "the id alone", [["kind": "set_attrs", "attrs": ["id"]]], "ATTR_NOT_SIGNED",
                isMended: false),
        ]
    }

    /// A field is not what can be signed or compared.
    static var fields: [Lie] {
        func reference(_ value: String) -> [[String: Any]] {
            [["kind": "field_value", "field": "reference", "value": value]]
        }
        return [
            Lie("amount null", [["kind": "field_null", "field": "amount"]], "AMOUNT_INVALID"),
            Lie(
                "amount missing", [["kind": "field_missing", "field": "amount"]], "AMOUNT_INVALID"),
            Lie("fee null", [["kind": "field_null", "field": "fee_amount"]], "AMOUNT_INVALID"),
            Lie(
                "address null", [["kind": "field_null", "field": "address"]], "FIELD_UNKNOWN",
                "block"),
            Lie(
                "reference null", [["kind": "field_null", "field": "reference"]],
                "VALUE_NOT_SIGNABLE"),
            Lie(
                "reference missing", [["kind": "field_missing", "field": "reference"]],
                "VALUE_NOT_SIGNABLE"),
            Lie(
                "amount a number",
                [["kind": "field_number", "field": "amount", "value": "-0.01000000"]],
                "AMOUNT_INVALID"),
            Lie(
                "amount an exponent",
                [["kind": "field_value", "field": "amount", "value": "-1e-2"]], "AMOUNT_INVALID"),
            Lie(
                "reference a number",
                [["kind": "field_number", "field": "reference", "value": "7"]],
                "VALUE_NOT_SIGNABLE"),
            Lie(
                "address with a line end",
                [
                    [
                        "kind": "field_value", "field": "address",
                        "value": AgentFolder.ID.exchange + "\namount: -0.01000000",
                    ]
                ], "NO_RULE_MATCHED", "block"),
            Lie("line feed", reference("a\namount: -9"), "VALUE_NOT_SIGNABLE"),
            Lie("CRLF", reference("a\r\nb"), "VALUE_NOT_SIGNABLE"),
            Lie("carriage return", reference("a\rb"), "VALUE_NOT_SIGNABLE"),
            Lie("NUL", reference("a\u{0}b"), "VALUE_NOT_SIGNABLE"),
            Lie("non-ASCII", reference("zażółć"), "VALUE_NOT_SIGNABLE"),
        ]
    }

    /// A body that two readers would read differently, or none.
    static var bodies: [Lie] {
        func twice(_ position: String, _ field: String, _ value: String) -> [[String: Any]] {
            [
                [
                    "kind": "duplicate_key", "field": field, "value": value, "position": position,
                    "endpoint": "transaction",
                ]
            ]
        }
        let broken = ["trailing_comma", "bom", "nan", "truncated"].map {
            Lie(
                "\($0) in the transaction",
                [["kind": "bad_json", "fault": $0, "endpoint": "transaction"]], "MALFORMED", "hold")
        }
        return broken + [
            Lie(
                "amount twice, the first smaller", twice("first", "amount", "-0.00100000"),
                "MALFORMED", "hold"),
            Lie(
                "amount twice, the last smaller", twice("last", "amount", "-0.00100000"),
                "MALFORMED", "hold"),
            Lie(
                "address twice", twice("last", "address", AgentFolder.ID.blocked), "MALFORMED",
                "hold"),
            Lie(
                "a path for an id", [["kind": "bad_id", "endpoint": "transaction"]], "MALFORMED",
                "hold"),
            Lie(
                "another's id",
                [
                    [
                        "kind": "bad_id", "endpoint": "transaction",
                        "value": "00000000000000000000000000000000atrx",
                    ]
                ], "MALFORMED", "hold"),
            Lie(
                "an upper-case id",
                [
                    [
                        "kind": "bad_id", "endpoint": "transaction",
                        "value": "ABCDEF00000000000000000000000000atrx",
                    ]
                ], "MALFORMED", "hold"),
        ]
    }

    /// The approval request is not what was asked for.
    static var requests: [Lie] {
        func foreign(_ field: String, _ value: Any) -> [[String: Any]] {
            [["kind": "foreign_request", "field": field, "value": value]]
        }
        return [
            Lie(
                "for another transaction",
                foreign("resource_id", "00000000000000000000000000000000atrx"), "FOREIGN_REQUEST",
                "hold"),
            Lie(
                "for another kind of resource", foreign("resource_type", "ACCOUNT"),
                "FOREIGN_REQUEST", "hold"),
            Lie(
                "of another entity",
                foreign("entity_id", "00000000000000000000000000000000enty"), "FOREIGN_REQUEST",
                "hold"),
            Lie(
                "of another method",
                foreign("approval_method_id", "00000000000000000000000000000000apmt"),
                "FOREIGN_REQUEST", "hold"),
            Lie("of another type", foreign("type", "GROUP"), "FOREIGN_REQUEST", "hold"),
            Lie(
                "in a state that nobody knows", foreign("state", "PARTLY"), "FOREIGN_REQUEST",
                "hold"),
            Lie(
                "approved from the start", foreign("state", "APPROVED"), "FOREIGN_REQUEST", "hold",
                isMended: false),
            Lie(
                "cancelled from the start", foreign("state", "CANCELLED"), "REQUEST_FAILED",
                "hold"),
            Lie("without a challenge", foreign("challenge", NSNull()), "FOREIGN_REQUEST", "hold"),
            Lie(
                "with the transaction's id",
                [["kind": "request_id_equals_resource_id", "endpoint": "create_request"]],
                "FOREIGN_REQUEST", "hold"),
        ]
    }
}
