import AgentTestKit
import ApprovalCore
import Testing

/// INVARIANT: I5. What was approved counts as it was known then, and as it is known now.
struct ProvenanceTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func policy(
        accounts: [PolicyAccount]? = nil, entries: [AddressBook.Entry], _ limits: [Limit]
    ) throws -> Policy {
        Policy(
            metadata: Metadata(id: "sample", revision: 1),
            settings: Settings(defaultAction: .block, acceptUnsigned: ["fee_account_id"]),
            assets: [sample.btc], accounts: accounts ?? [sample.payouts, sample.treasury],
            rules: [], limits: limits,
            addressBook: AddressBook(id: "book", revision: 1, entries: entries))
    }

    private func exposure(_ provenance: Provenance?, to destination: String = "addr-1") throws
        -> Exposure
    {
        Exposure(
            type: .withdrawal, accountID: sample.payouts.id, destination: destination,
            sent: try sample.amount("1"), fee: try sample.amount("0"),
            feeAccount: sample.payouts.id.text, provenance: provenance)
    }

    private func entry(_ address: String, _ tags: Set<String>) -> AddressBook.Entry {
        AddressBook.Entry(label: "Known", assets: ["BTC"], address: address, tags: tags)
    }

    private let tagged = Limit(
        id: "tagged", scope: [.destination(.init(tags: ["exchange"]))], per: [.source],
        window: .total, maxCount: 1)

    @Test(arguments: [("addr-1", "cold"), ("addr-2", "exchange"), ("addr-3", "cold")])
    func `an address that left the book or lost its tag counts on`(
        address: String, tag: String
    ) throws {
        let known = Provenance(source: sample.payouts, label: "Known", tags: ["exchange"])
        let policy = try policy(entries: [entry(address, [tag])], [tagged])
        #expect(try policy.memberships(of: exposure(known)).map(\.key) == ["btc-payouts"])
        #expect(try policy.memberships(of: exposure(nil)).isEmpty)
    }

    @Test func `what the book says today counts too, and once`() throws {
        let known = Provenance(source: sample.payouts, label: "Known", tags: ["cold"])
        let policy = try policy(entries: [entry("addr-1", ["exchange"])], [tagged])
        #expect(try policy.memberships(of: exposure(known)).count == 1)
        let same = Provenance(source: sample.payouts, label: "Known", tags: ["exchange"])
        #expect(try policy.memberships(of: exposure(same)).count == 1)
    }

    @Test func `an account that the policy no longer names counts on`() throws {
        let all = Limit(
            id: "all", scope: [.asset(.init(["BTC"]))], window: .total,
            maxAmount: try sample.amount("2"))
        let policy = try policy(accounts: [sample.treasury], entries: [], [all, tagged])
        let known = Provenance(source: sample.payouts, label: "Known", tags: ["exchange"])
        #expect(
            try policy.memberships(of: exposure(known)).map { "\($0.limit) \($0.key)" }
                == ["all all", "tagged btc-payouts"])
    }

    @Test func `an asset that the policy no longer has counts on`() throws {
        let gone = PolicyAccount(
            name: "gone", id: sample.payouts.id, entityID: sample.payouts.entityID,
            asset: PolicyAsset(
                name: "TST", id: try Sample.id("00000000000000000000000000000009asst"),
                precision: 8))
        let each = Limit(id: "each", per: [.entity], window: .total, maxCount: 2)
        let policy = try policy(accounts: [sample.treasury], entries: [], [each])
        let known = try exposure(Provenance(source: gone, label: "Known", tags: []))
        #expect(policy.memberships(of: known).map(\.limit) == ["each"])
    }

    @Test func `a receiving account that the policy no longer names counts on`() throws {
        let internalOnes = Limit(
            id: "internal", scope: [.destination(.init(kind: .account))], window: .total,
            maxCount: 1)
        let policy = try policy(accounts: [sample.payouts], entries: [], [internalOnes])
        let exposure = Exposure(
            type: .transferOutgoing, accountID: sample.payouts.id,
            destination: sample.treasury.id.text, sent: try sample.amount("1"),
            fee: try sample.amount("0"), feeAccount: sample.payouts.id.text,
            provenance: Provenance(source: sample.payouts, receiver: sample.treasury))
        #expect(policy.memberships(of: exposure).map(\.limit) == ["internal"])
    }

    @Test func `it is read as it was written`() throws {
        for known in [
            Provenance(source: sample.payouts),
            Provenance(source: sample.payouts, label: "Kraken", tags: ["b", "a"]),
            Provenance(source: sample.payouts, receiver: sample.treasury),
        ] {
            #expect(Provenance(json: known.json) == known)
        }
        #expect(Provenance(json: .object([])) == nil)
    }

    @Test(
        arguments: [
            ("0xABcd", "0xabcd"), ("0Xabcd", "0Xabcd"), ("0xABxy", "0xABxy"),
            (
                "BC1QVYQ0CC6RAHYVSAZFDJE0TWL7EZ82NDMUAC2LHV",
                "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv"
            ), ("Bc1Qvyq0cc6rahyvsazfdje", "Bc1Qvyq0cc6rahyvsazfdje"),
            (Sample.exchangeAddress, Sample.exchangeAddress), ("", ""),
        ])
    func `an address is counted under one spelling, whatever the book says`(
        text: String, canonical: String
    ) {
        #expect(text.canonicalAddress == canonical)
    }
}

/// A fee is in the asset of whoever pays it.
struct ForeignFeeTests {
    private let sample: Sample
    private let ether: PolicyAccount

    init() throws {
        sample = try Sample()
        ether = PolicyAccount(
            name: "gas", id: try Sample.id("000000000000000000000000000000e1acct"),
            entityID: sample.payouts.entityID,
            asset: PolicyAsset(
                name: "ETH", id: try Sample.id("00000000000000000000000000000002asst"),
                precision: 18))
    }

    private func decide(fee: FeeCondition?, paid: String = "0.1") throws -> Decision {
        let rule = Rule(
            id: "small", action: .allow,
            conditions: [
                .type(.init([.withdrawal])), .source(.init(accounts: [sample.payouts.id])),
                .destination(.init(kind: .allowlisted)), .asset(.init(["BTC"])),
                .amount(.init(upTo: try sample.amount("1"))),
            ] + (fee.map { [.fee($0)] } ?? []))
        let policy = Policy(
            metadata: Metadata(id: "sample", revision: 1),
            settings: Settings(defaultAction: .block, amountBasis: .amount),
            assets: [sample.btc, ether.asset], accounts: [sample.payouts, ether], rules: [rule],
            limits: [], addressBook: sample.book)
        let transaction = try sample.transaction(
            sample.withdrawal([
                "fee_account_id": .string(ether.id.text), "fee_amount": .string(paid),
            ]))
        let subject = Case(
            transaction: transaction, account: try sample.account(sample.payouts))
        return policy.decide(subject, at: Moment(now: Sample.now), answers: Sample.unused)
    }

    @Test func `it is never held against a bound in another asset`() throws {
        let bound = FeeCondition(upTo: try sample.amount("0.2"))
        for fee in [nil, bound, FeeCondition(accounts: [ether.id])] {
            let decision = try decide(fee: fee)
            #expect(decision.action == .block)
            #expect(decision.exposure == nil)
        }
    }

    @Test func `where its payer is named, the bound is in the payer's asset`() throws {
        let bound = try Amount("0.100000000000000001", precision: 18)
        let fee = FeeCondition(upTo: bound, accounts: [ether.id])
        #expect(try decide(fee: fee, paid: "0.100000000000000001").action == .allow)
        #expect(try decide(fee: fee, paid: "0.100000000000000002").action == .block)
    }

    @Test func `who pays must be signed where there is more than one asset`() throws {
        #expect(try decide(fee: nil).fields.contains("fee_account_id"))
    }
}

/// A time of creation that is still to come says nothing of an age.
struct CreatedAheadTests {
    @Test(arguments: [(Int64(0), Decision.Action.allow), (60_000, .allow), (60_001, .escalate)])
    func `a transaction from further ahead than the clocks may differ is for a person`(
        ahead: Int64, action: Decision.Action
    ) throws {
        let sample = try Sample()
        let created = Sample.now.advanced(byMilliseconds: ahead)
        let transaction = try sample.transaction(
            sample.withdrawal(["created_at": .string(created.description)]))
        let policy = try sample.policy()
        let subject = Case(
            transaction: transaction, account: try sample.account(sample.payouts))
        let decision = policy.decide(
            subject, at: Moment(now: Sample.now), answers: Sample.unused)
        #expect(decision.action == action)
        #expect(policy.isTooOld(transaction, at: Sample.now) == (action == .escalate))
        if action == .escalate {
            #expect(decision.reasons == [.createdAhead(createdAt: created)])
        }
    }
}
