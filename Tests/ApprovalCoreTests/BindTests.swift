import AgentTestKit
import ApprovalCore
import Testing

struct BindTests {
    private let sample: Sample
    private let attributes = [
        "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
    ]

    init() throws { sample = try Sample() }

    private func asked(_ transaction: String = Sample.transactionID) throws -> RequestedApproval {
        RequestedApproval(
            requestID: try Sample.id(Sample.requestID), transactionID: try Sample.id(transaction),
            entityID: sample.payouts.entityID, methodID: try Sample.id(Sample.methodID))
    }

    private func decide(_ policy: Policy, _ transaction: Transaction) throws -> Decision {
        policy.decide(
            Case(transaction: transaction, account: try sample.account(sample.payouts)),
            at: Moment(now: Sample.now), answers: Sample.unused)
    }

    /// The usual withdrawal decided on, changed and bound.
    private func bind(
        _ policy: Policy? = nil, decided: KeyValuePairs<String, JSONValue?> = [:],
        changed: KeyValuePairs<String, JSONValue?> = [:], attributes: [String]? = nil,
        request: KeyValuePairs<String, JSONValue?> = [:]
    ) throws -> Binding {
        let policy = try policy ?? sample.policy()
        let transaction = try sample.transaction(sample.withdrawal(decided))
        let decision = try decide(policy, transaction)
        #expect(decision.action == .allow)
        let current = try sample.transaction(sample.withdrawal(changed.isEmpty ? decided : changed))
        let body = sample.request(attributes: attributes ?? self.attributes, request)
        return policy.bind(
            decision, decided: transaction, current: current,
            request: try ApprovalRequest(bytes: Sample.bytes(body)), asked: try asked())
    }

    @Test func `the usual withdrawal is bound to its seven lines`() throws {
        guard case .sign(let challenge) = try bind() else {
            Issue.record("\(try bind())")
            return
        }
        let lines = [
            "id: \(Sample.transactionID)", "account_id: \(sample.payouts.id)", "type: WITHDRAWAL",
            "amount: -0.40000000", "fee_amount: 0.00050000", "address: \(Sample.exchangeAddress)",
            "reference: payout-1",
        ]
        #expect(String(decoding: challenge.message, as: UTF8.self) == lines.joined(separator: "\n"))
    }

    @Test func `a change of any used or signed field between the two reads is never signed`() throws
    {
        let changes: [(String, JSONValue?)] = [
            ("id", .string("f4342c75f714405d89007ef13ce68688atry")),
            ("account_id", .string(sample.treasury.id.text)),
            ("amount", .string("-0.41000000")), ("amount", .string("-0.4")), ("amount", .null),
            ("amount", nil),
            ("amount", .integer(1)), ("fee_amount", .string("0.0005")), ("fee_amount", nil),
            ("fee_account_id", .string(sample.payouts.id.text)), ("fee_account_id", nil),
            ("fee_account_id", .null),
            ("address", .string(Sample.coldAddress)),
            ("address", .string(Sample.exchangeAddress + " ")), ("address", nil),
            ("reference", .string("payout-2")), ("reference", .string("")),
            ("reference", .array([])),
            ("sender_account_id", .string(sample.treasury.id.text)), ("sender_account_id", .null),
        ]
        for (name, value) in changes {
            let binding = try bind(changed: [name: value])
            #expect(binding == .changed(fields: [name]), "\(name) \(String(describing: value))")
        }
        let retyped = try bind(changed: ["type": .string("TRANSFER_OUTGOING")])
        #expect(retyped == .changed(fields: ["type"]))
    }

    @Test func `a change of composition alone is a change`() throws {
        let binding = try bind(
            decided: ["reference": .string("caf\u{E9}")],
            changed: ["reference": .string("cafe\u{301}")])
        #expect(binding == .changed(fields: ["reference"]))
        let nested = try bind(
            decided: ["reference": .array([.string("\u{E9}")])],
            changed: ["reference": .array([.string("e\u{301}")])])
        #expect(nested == .changed(fields: ["reference"]))
    }

    @Test func `a change of a field that is neither used nor signed does not matter`() throws {
        for name in ["updated_at", "created_at", "end_to_end_id", "something_new"] {
            guard case .sign = try bind(changed: [name: .string("x")]) else {
                Issue.record("\(name)")
                continue
            }
        }
        let signed = try bind(
            changed: ["created_at": .string("x")], attributes: attributes + ["created_at"])
        #expect(signed == .changed(fields: ["created_at"]))
    }

    @Test(arguments: ["APPROVED", "COMPLETED", "FAILED", "CANCELLED", "SETTLING"])
    func `a transaction that is no longer PENDING is not signed`(state: String) throws {
        guard case .hold(let reasons) = try bind(changed: ["state": .string(state)]) else {
            Issue.record("not held")
            return
        }
        #expect(reasons.map(\.code) == ["NOT_PENDING"])
    }

    @Test func `a request that is not what was asked for is held`() throws {
        let foreign: [(String, JSONValue?)] = [
            ("id", .string("8a3b1c9d5e7f4a6b8c0d2e4f6a8b0c1daprq")),
            ("resource_id", .string("e4342c75f714405d89007ef13ce68688atrx")),
            ("resource_id", .string(Sample.requestID)), ("resource_id", .string("")),
            ("resource_id", .string(Sample.transactionID + "\u{0}")),
            ("resource_type", .string("TRADE")), ("resource_type", .string("APPROVAL_REQUEST")),
            ("resource_type", .string("transaction")),
            ("type", .string("GROUP")), ("type", .string("SMS")), ("type", .string("AUTHY_PUSH")),
            ("type", .string("DSA_ED25519 ")),
            ("entity_id", .string("980bbac68a34add190786b9c74f4c82fenty")), ("entity_id", .null),
            ("entity_id", .integer(1)),
            ("approval_method_id", .string("7d4e8abbaab25847a01908c6f02f8bb0apmt")),
            ("approval_method_id", .null),
            ("state", .string("CREATING")), ("state", .string("APPROVED")),
            ("state", .string("CANCELLED")),
            ("state", .string("FAILED")), ("state", .string("EXPIRED")),
            ("state", .string("pending")),
            ("challenge", nil), ("challenge", .null),
        ]
        for (name, value) in foreign {
            guard case .hold(let reasons) = try bind(request: [name: value]) else {
                Issue.record("\(name) \(String(describing: value)) is not held")
                continue
            }
            #expect(reasons.map(\.code) == ["FOREIGN_REQUEST"], "\(name)")
        }
    }

    @Test func `entity and method may be absent, as in the guide`() throws {
        guard case .sign = try bind(request: ["entity_id": nil, "approval_method_id": nil]) else {
            Issue.record("refused")
            return
        }
    }

    @Test func `a request asked for another transaction than the decided one is held`() throws {
        let policy = try sample.policy()
        let transaction = try sample.transaction(sample.withdrawal())
        let other = "e4342c75f714405d89007ef13ce68688atrx"
        let request = try ApprovalRequest(
            bytes: Sample.bytes(
                sample.request(attributes: attributes, ["resource_id": .string(other)])))
        let binding = policy.bind(
            try decide(policy, transaction), decided: transaction, current: transaction,
            request: request, asked: try asked(other))
        guard case .hold(let reasons) = binding else {
            Issue.record("\(binding)")
            return
        }
        #expect(reasons.map(\.code) == ["FOREIGN_REQUEST"])
    }

    @Test(arguments: [Decision.Action.block, .escalate, .hold])
    func `nothing but an allow is ever signed`(action: Decision.Action) throws {
        let policy = try sample.policy()
        let transaction = try sample.transaction(sample.withdrawal())
        let decision = try decide(policy, transaction).turned(to: action, because: [.halted])
        let request = try ApprovalRequest(
            bytes: Sample.bytes(sample.request(attributes: attributes)))
        let binding = policy.bind(
            decision, decided: transaction, current: transaction, request: request,
            asked: try asked())
        #expect(binding == .escalate([.halted]) || binding == .hold([.halted]))
    }

    @Test func `a used field must be signed unless the policy accepts it unsigned`() throws {
        let strict = try sample.policy(settings: Settings(defaultAction: .block))
        #expect(try bind(strict) == .escalate([.attributeNotSigned("fee_account_id")]))
        guard case .sign = try bind(strict, attributes: attributes + ["fee_account_id"]) else {
            Issue.record("refused though signed")
            return
        }
        guard case .sign(let challenge) = try bind(attributes: attributes + ["fee_account_id"])
        else {
            Issue.record("refused though accepted and signed")
            return
        }
        #expect(challenge.attributes.last == "fee_account_id")
        #expect(try bind(changed: ["fee_account_id": nil]) == .changed(fields: ["fee_account_id"]))
    }

    @Test func `what the settings do not require must still be signed where a rule read it`() throws
    {
        let settings = Settings(
            defaultAction: .block, requiredAttributes: [], acceptUnsigned: ["fee_account_id"])
        let policy = try sample.policy(settings: settings)
        let short = attributes.filter { $0 != "reference" }
        guard case .sign = try bind(policy, attributes: short) else {
            Issue.record("reference is neither required nor read")
            return
        }
        for name in short {
            let fewer = short.filter { $0 != name }
            #expect(try bind(policy, attributes: fewer) == .escalate([.attributeNotSigned(name)]))
        }
    }

    @Test func `an extra attribute of the server is signed with its value or not at all`() throws {
        guard case .sign = try bind(attributes: attributes + ["state", "created_at"]) else {
            Issue.record("refused")
            return
        }
        #expect(
            try bind(attributes: attributes + ["end_to_end_id"])
                == .escalate([.valueNotSignable("end_to_end_id")]))
        #expect(
            try bind(attributes: attributes + ["receiver_account_id"])
                == .escalate([.valueNotSignable("receiver_account_id")]))
    }

    @Test func `a rehearsal says what the required attributes alone would leave unsigned`() throws {
        let transaction = try sample.transaction(sample.withdrawal())
        let accepting = try sample.policy()
        #expect(
            accepting.rehearseBinding(try decide(accepting, transaction), of: transaction).isEmpty)
        let strict = try sample.policy(settings: Settings(defaultAction: .block))
        #expect(
            strict.rehearseBinding(try decide(strict, transaction), of: transaction) == [
                .attributeNotSigned("fee_account_id")
            ])
        let odd = try sample.transaction(sample.withdrawal(["reference": .null]))
        #expect(
            accepting.rehearseBinding(try decide(accepting, odd), of: odd) == [
                .valueNotSignable("reference")
            ])
    }

    @Test func `the same inputs give the same binding`() throws {
        #expect(try bind() == bind())
        #expect(
            try bind(attributes: ["memo", "id", "id"]) == bind(attributes: ["memo", "id", "id"]))
    }
}
