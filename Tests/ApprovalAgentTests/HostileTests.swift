import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// The same members with one set, or taken out where `value` is nil.
func replace(
    _ members: [JSONMember], _ name: String, _ value: JSONValue?
) -> [JSONMember] {
    members.filter { $0.name != name } + (value.map { [JSONMember(name, $0)] } ?? [])
}

/// A platform that lies. Nothing but what was decided is ever signed.
@Suite struct HostileTests {
    @Test(arguments: [
        ("amount", "-0.50000000"), ("fee_amount", "0.00020000"),
        ("fee_account_id", "f52b22a8256cd2b0ad21f3c2cc2c5876acct"),
        ("address", Scene.exchange + "x"), ("reference", "another order"),
    ])
    func `I2: a used or signed field that changes once is decided again, and then signed as it is`(
        name: String, value: String
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let original = try #require(scene.custody.member(id, name))
        // The decision reads another value than the platform means to execute.
        scene.custody.script.transaction = { _, read, members in
            read == 1 ? replace(members, name, .string(value)) : members
        }
        try await scene.pass()
        let kinds = await scene.ledger.kinds(of: id)
        if name == "address" {
            // What was read first is on no list.
            #expect(kinds == [.decided])
        } else {
            #expect(
                kinds == [
                    .decided, .requested, .released, .decided, .requested, .signed, .delivered,
                    .confirmed,
                ])
            #expect(try scene.report(of: id).outcome == .confirmed)
        }
        let signed = scene.signer.signed.map { String(decoding: $0, as: UTF8.self) }
        #expect(signed.allSatisfy { $0.contains(original) || name == "fee_account_id" })
        #expect(signed.allSatisfy { !$0.contains(value) || name == "address" })
        try await scene.expectSafe()
    }

    @Test func `a transaction that always changes is decided three times, then CHANGED_UNDER_US`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.transaction = { _, read, members in
            replace(members, "reference", .string("read \(read)"))
        }
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["CHANGED_UNDER_US"])
        #expect(try scene.report(of: id).decision.action == .escalate)
        #expect(await scene.ledger.entries(of: id, .decided).count == 3)
        #expect(await scene.ledger.entries(of: id, .released).count == 3)
        #expect(scene.signer.signed == [])
        #expect(scene.custody.requests(of: id).count == 1)
        let open = try await scene.ledger.unfinished()
        #expect(open == [])
    }

    @Test(arguments: [
        (["id", "account_id", "type", "amount", "address", "reference"], "ATTR_NOT_SIGNED"),
        (["id", "account_id", "type", "amount", "fee_amount", "reference"], "ATTR_NOT_SIGNED"),
        (ScriptedCustody.attributes + ["amount"], "DUPLICATE_ATTR"),
        (ScriptedCustody.attributes + ["colour"], "UNKNOWN_ATTR"),
        (ScriptedCustody.attributes + ["Amount"], "UNKNOWN_ATTR"),
        (ScriptedCustody.attributes + ["amount\u{0}"], "UNKNOWN_ATTR"),
        (ScriptedCustody.attributes + ["blockchain_txid"], "VALUE_NOT_SIGNABLE"),
        ([], "ATTR_NOT_SIGNED"),
    ])
    func `attributes that do not bind what was decided are escalated and never signed`(
        attributes: [String], code: String
    ) async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.attributes = { _ in attributes }
        try await scene.pass()
        #expect(try scene.codes(of: id).contains(code))
        #expect(try scene.report(of: id).decision.action == .escalate)
        #expect(scene.signer.signed == [])
        #expect(await scene.ledger.kinds(of: id) == [.decided, .requested, .released])
    }

    @Test func `the order of the attributes is the platform's to choose`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.attributes = { _ in ScriptedCustody.attributes.reversed() }
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
        let message = String(decoding: try #require(scene.signer.signed.first), as: UTF8.self)
        #expect(message.hasPrefix("reference: order 1\naddress: "))
    }

    @Test(arguments: [
        JSONValue.null, .number("7"), .string(""), .string("a\namount: -0.1"), .string("naïve"),
        .bool(true), .string("tab\there"),
    ])
    func `a value that is not plain text is escalated and never signed`(value: JSONValue)
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.set(id, "reference", value)
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["VALUE_NOT_SIGNABLE"])
        #expect(scene.signer.signed == [])
    }

    @Test(arguments: [
        ("id", JSONValue.string("99999999999999999999999999999999aprq")),
        ("resource_id", .string("f4342c75f714405d89007ef100000002atrx")),
        ("resource_type", .string("TRADE")), ("type", .string("GROUP")),
        ("state", .string("EXPIRED")),
        ("entity_id", .string("880bbac68a34add190786b9c74f4c82fenty")), ("entity_id", .null),
        ("approval_method_id", .string("1b2046aec77bdd03dc0db46e57e0a72bapmt")),
        ("challenge", .null),
    ])
    func `a request that is not what was asked for is never answered`(
        name: String, value: JSONValue
    ) async throws {
        // Read 0 is the answer to the creation, read 1 the one after CREATING.
        // What the creation answers is the id by which it is known.
        for lyingRead in name == "id" ? [1] : [0, 1] {
            let scene = try Scene()
            let id = try scene.withdrawal(1)
            try scene.withdrawal(3)
            scene.custody.script.request = { request, read, members in
                guard request.text.hasSuffix("1aprq") else { return members }
                if lyingRead == 1, read == 0 {
                    return replace(members, "state", .string("CREATING"))
                }
                return read == lyingRead ? replace(members, name, value) : members
            }
            try await scene.pass()
            let codes = try scene.codes(of: id)
            #expect(codes == ["FOREIGN_REQUEST"], "\(name), read \(lyingRead)")
            #expect(try scene.report(of: id).decision.action == .hold)
            #expect(try scene.report(of: try scene.id(3)).outcome == .confirmed)
            #expect(scene.custody.posted[id] == nil, "\(name), read \(lyingRead)")
            let signed = scene.signer.signed.map { String(decoding: $0, as: UTF8.self) }
            #expect(signed.allSatisfy { !$0.contains(id.text) })
        }
    }

    @Test func `I9: a creation that answers with another transaction's request stops no other`()
        async throws
    {
        let scene = try Scene()
        let first = try scene.withdrawal(1)
        let second = try scene.withdrawal(2)
        let third = try scene.withdrawal(3)
        let requests = Gathered<[JSONMember]>()
        scene.custody.script.request = { request, read, members in
            if request.text.hasSuffix("1aprq") { requests.add(members) }
            let other = requests.all.first ?? members
            return request.text.hasSuffix("2aprq") && read == 0 ? other : members
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes == [.confirmed: 2, .quarantined: 1])
        #expect(try scene.codes(of: second) == ["FOREIGN_REQUEST"])
        #expect(Set(scene.custody.approvals.map(\.transaction)) == [first, third])
        // What was not ours is not remembered as ours: the next pass asks anew.
        try await scene.pass()
        #expect(try scene.report(of: second).outcome == .confirmed)
    }

    @Test func `a request that is APPROVED without us is a conflict that keeps its reservation`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1, amount: "0.90000000")
        try scene.withdrawal(2, amount: "0.90000000")
        try scene.withdrawal(3, amount: "0.90000000")
        scene.custody.script.request = { request, _, members in
            request.text.hasSuffix("1aprq")
                ? replace(members, "state", .string("APPROVED")) : members
        }
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .conflict)
        #expect(try scene.codes(of: id) == ["FOREIGN_REQUEST"])
        #expect(await scene.ledger.kinds(of: id) == [.decided, .requested, .conflict])
        #expect(try scene.report(of: try scene.id(2)).outcome == .confirmed)
        #expect(try scene.codes(of: try scene.id(3)) == ["LIMIT_EXCEEDED"])
        let again = try await scene.pass()
        #expect(again.outcomes[.conflict] == 1)
        #expect(again.exitCode == 4)
    }

    @Test func `I4: a confirmed transaction that is shown PENDING again is never signed again`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        try await scene.pass()
        #expect(scene.signer.signed.count == 1)
        try scene.withdrawal(1, amount: "0.10000000")
        for _ in 1...3 { try await scene.pass() }
        #expect(try scene.codes(of: id) == ["ALREADY_APPROVED"])
        #expect(try scene.report(of: id).decision.action == .hold)
        #expect(scene.signer.signed.count == 1)
        #expect(scene.custody.approvals.count == 1)
    }

    @Test func `I4: a second, different challenge is a conflict, recorded and refused`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let refusing = ConflictingLedger(ledger: scene.ledger)
        try await scene.pass(try scene.approver(ledger: refusing))
        #expect(try scene.codes(of: id) == ["CONFLICTING_CHALLENGE"])
        #expect(try scene.report(of: id).outcome == .conflict)
        #expect(await scene.ledger.kinds(of: id) == [.decided, .requested, .conflict])
        #expect(scene.custody.posted[id] == nil)
    }

    @Test func `a transaction that is read under another id than it was listed is quarantined`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let other = try scene.withdrawal(2)
        scene.custody.script.transaction = { asked, _, members in
            asked == id ? replace(members, "id", .string(other.text)) : members
        }
        let summary = try await scene.pass()
        #expect(try scene.codes(of: id) == ["MALFORMED"])
        #expect(try scene.report(of: id).outcome == .quarantined)
        #expect(await scene.ledger.kinds(of: id) == [.quarantined])
        #expect(summary.outcomes == [.confirmed: 1, .quarantined: 1])
        #expect(scene.custody.approvals.map(\.transaction) == [other])
    }

    @Test(arguments: ["entity_id", "asset_id"])
    func `an account that is not the policy's is held with ACCOUNT_MISMATCH`(name: String)
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.account = { _, members in
            members.map { member in
                member.name == name
                    ? JSONMember(name, .string("99999999999999999999999999999999aaaa")) : member
            }
        }
        let summary = try await scene.pass()
        #expect(try scene.codes(of: id) == ["ACCOUNT_MISMATCH"])
        #expect(summary.actions == [.hold: 1])
        #expect(summary.exitCode == 4)
        #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
    }

    @Test func `a transaction that ends while it is being approved is not signed`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.transaction = { _, read, members in
            read == 1 ? members : replace(members, "state", .string("CANCELLED"))
        }
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["NOT_PENDING"])
        #expect(scene.signer.signed == [])
    }

    @Test func `I9: attribute names without end quarantine their item and stop nothing else`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        let other = try scene.withdrawal(2)
        scene.custody.script.attributes = { asked in
            asked == id
                ? ScriptedCustody.attributes + (0..<3_000).map { "made_up_\($0)" }
                : ScriptedCustody.attributes
        }
        let summary = try await scene.pass()
        #expect(summary.outcomes[.confirmed] == 1)
        #expect(scene.custody.approvals.map(\.transaction) == [other])
        #expect(try scene.report(of: id).decision.action == .hold)
        #expect(try scene.codes(of: id) == ["MALFORMED"])
        #expect(await scene.ledger.kinds(of: id) == [.decided, .released])
    }
}

/// A ledger that has already seen another message signed for every transaction.
struct ConflictingLedger: ForwardingLedger {
    let ledger: any Ledger

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {
        if case .signed = step { throw .conflictingChallenge }
        try await ledger.advance(id, step, entry: entry, evidence: evidence, now: now)
    }
}
