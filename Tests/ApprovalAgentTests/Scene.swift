import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A platform, a ledger, a policy and an agent over them. The policy lets withdrawals of up to
/// 1 BTC go to the exchange, 2 BTC a day in all.
final class Scene: Sendable {
    let custody: ScriptedCustody
    let ledger = BookLedger()
    let clock = ManualClock()
    let clockWatch = ClockWatch()
    let halt = FixedHalt()
    let groupSwitch = FixedGroupSwitch()
    let stop = StopSwitch()
    let signer: HashingSigner
    let account: PolicyAccount
    let treasury: PolicyAccount
    let methodID: ApprovalMethodID
    let reports = Gathered<ItemReport>()
    /// Approvals that reached the platform without a durable record of signing.
    let unrecorded = Gathered<TransactionID>()

    static let exchange = "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"
    static let frozen = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"

    init() throws {
        let signer = try #require(HashingSigner(seed: "approval key"))
        self.signer = signer
        custody = ScriptedCustody { signer.signature(of: $0) == $1 }
        let btc = PolicyAsset(
            name: "BTC", id: try #require(AssetID("00000000000000000000000000000001asst")),
            precision: 8)
        let entity = try #require(EntityID("bda8720b93a2daf3ffac5a6fefaa87aaenty"))
        account = PolicyAccount(
            name: "payouts", id: try #require(AccountID("9c41ec8a82fb99b57cb5078ae0a8b569acct")),
            entityID: entity, asset: btc)
        treasury = PolicyAccount(
            name: "treasury",
            id: try #require(AccountID("f52b22a8256cd2b0ad21f3c2cc2c5875acct")),
            entityID: entity, asset: btc)
        methodID = try #require(ApprovalMethodID("6d4e8abbaab25847a01908c6f02f8bb0apmt"))
        custody.add(account)
        custody.add(treasury)
        var script = custody.script
        script.publicKey = signer.publicKey
        script.before = { [clock, clockWatch, ledger, unrecorded, weak custody] _, call in
            clockWatch.observe(platform: clock.now(), local: clock.now())
            guard case .approve(let request) = call else { return }
            guard let id = custody?.transaction(of: request) else { return }
            if await !ledger.kinds(of: id).contains(.signed) {
                unrecorded.add(id)
            }
        }
        custody.script = script
    }

    // The transactions.

    /// The n-th transaction's id.
    func id(_ n: Int) throws -> TransactionID {
        let digits = String(n)
        let padding = String(repeating: "0", count: 8 - digits.utf8.count)
        return try #require(
            TransactionID("f4342c75f714405d89007ef1" + padding + digits + "atrx"))
    }

    /// Adds a PENDING withdrawal, created n seconds after the first.
    @discardableResult
    func withdrawal(
        _ n: Int, amount: String = "0.40000000", address: String = Scene.exchange
    ) throws -> TransactionID {
        let id = try id(n)
        let created = clock.now().advanced(byMilliseconds: Int64(n) * 1_000 - 3_600_000)
        custody.add(
            id,
            [
                JSONMember("id", .string(id.text)),
                JSONMember("account_id", .string(account.id.text)),
                JSONMember("type", .string("WITHDRAWAL")),
                JSONMember("state", .string("PENDING")),
                JSONMember("amount", .string("-" + amount)),
                JSONMember("fee_amount", .string("0.00010000")),
                JSONMember("fee_account_id", .string(treasury.id.text)),
                JSONMember("address", .string(address)),
                JSONMember("reference", .string("order \(n)")),
                JSONMember("created_at", .string(created.description)),
            ])
        return id
    }

    // The policy.

    static func amount(_ text: String) throws -> Amount { try Amount(text, precision: 8) }

    func policy(
        dayLimit: String = "2.00000000", upTo: String = "1.00000000", revision: Int64 = 1,
        blocksExchange: Bool = false, acceptUnsigned: Set<String> = ["fee_account_id"],
        rules: [Rule]? = nil, accounts: [PolicyAccount]? = nil,
        onBlock: Settings.OnBlock = .leave, effectiveFrom: UnixTime? = nil,
        maxRequestAge: Int64 = Settings.defaultMaxRequestAge,
        maxClockSkew: Int64 = Settings.defaultMaxClockSkew, guards: Guards = Guards()
    ) throws -> LoadedPolicy {
        let book = AddressBook(
            id: "book", revision: 1,
            entries: [
                .init(
                    label: "Exchange", assets: ["BTC"], address: Self.exchange,
                    tags: blocksExchange ? ["exchange", "blocked"] : ["exchange"]),
                .init(label: "Frozen", assets: ["BTC"], address: Self.frozen, tags: ["blocked"]),
            ])
        let policy = Policy(
            metadata: Metadata(id: "scene", revision: revision, effectiveFrom: effectiveFrom),
            settings: Settings(
                defaultAction: .block, maxRequestAge: maxRequestAge, maxClockSkew: maxClockSkew,
                onBlock: onBlock, acceptUnsigned: acceptUnsigned),
            assets: [account.asset], accounts: accounts ?? [account, treasury],
            rules: try rules ?? usualRules(upTo: upTo),
            limits: [
                Limit(
                    id: "day", window: .rolling(milliseconds: 86_400_000),
                    maxAmount: try Self.amount(dayLimit))
            ],
            guards: guards, addressBook: book)
        let bytes = Array("\(revision) \(dayLimit) \(upTo) \(blocksExchange) \(onBlock)".utf8)
        return LoadedPolicy(policy: policy, digest: TestSHA256.hash(bytes), files: [])
    }

    private func usualRules(upTo: String) throws -> [Rule] {
        [
            Rule(
                id: "never-to-blocked", action: .block,
                conditions: [.destination(DestinationCondition(tags: ["blocked"]))]),
            Rule(
                id: "payouts", action: .allow,
                conditions: [
                    .type(TypeCondition([.withdrawal])),
                    .source(SourceCondition(accounts: [account.id])),
                    .destination(DestinationCondition(tags: ["exchange"])),
                    .asset(AssetCondition(["BTC"])),
                    .amount(AmountCondition(upTo: try Self.amount(upTo))),
                ]),
        ]
    }

    // The agent.

    func approver(
        ledger: (any Ledger)? = nil, custody: (any Custody)? = nil, signer: (any Signer)? = nil,
        policy: LoadedPolicy? = nil, stop: StopSwitch? = nil, clock: (any WallClock)? = nil,
        hasSigner: Bool = true, brake: Brake = Brake(), figures: Figures = Figures(),
        entityStates: Set<String> = Approver.Identity.defaultEntityStates
    ) throws -> Approver {
        let identity = Approver.Identity(
            methodID: methodID, signer: hasSigner ? signer ?? self.signer : nil,
            entityStates: entityStates)
        return Approver(
            custody: custody ?? self.custody, ledger: ledger ?? self.ledger,
            clock: clock ?? self.clock, clockWatch: clockWatch, haltSwitch: halt,
            groupSwitch: groupSwitch,
            stopSwitch: stop ?? self.stop,
            identities: [account.entityID: identity],
            policies: ActivePolicy(try policy ?? self.policy()), brake: brake, figures: figures,
            sha256: TestSHA256.hash)
    }

    /// One pass as `run --once` makes it; what it reported stands in ``reports``.
    @discardableResult
    func pass(
        _ approver: Approver? = nil, concurrency: Int = 1, isDryRun: Bool = false,
        ignoresBackOff: Bool = true
    ) async throws -> PassSummary {
        reports.clear()
        return try await Pass(
            try approver ?? self.approver(), concurrency: concurrency, isDryRun: isDryRun,
            ignoresBackOff: ignoresBackOff
        ) { [reports] report in reports.add(report) }.run()
    }

    /// The last pass's report of a transaction.
    func report(of id: TransactionID) throws -> ItemReport {
        try #require(reports.all.last { $0.transactionID == id.text })
    }

    /// The reason codes of the last pass's report of a transaction.
    func codes(of id: TransactionID) throws -> [String] {
        try report(of: id).decision.reasons.map(\.code)
    }

    /// What must hold at the platform, whatever happened.
    func expectSafe(
        limit: String = "2.00000000", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for (id, digests) in custody.posted {
            #expect(digests.count <= 1, "\(id)", sourceLocation: sourceLocation)
        }
        let approved = custody.approvals.map(\.transaction)
        #expect(Set(approved).count == approved.count, sourceLocation: sourceLocation)
        #expect(unrecorded.all == [], sourceLocation: sourceLocation)
        var sum = Amount.zero(scale: 8)
        for id in approved {
            let text = try #require(custody.member(id, "amount"))
            let amount = try #require(try Self.amount(text).negated)
            sum = try #require(sum.adding(amount))
        }
        let bound = try Self.amount(limit)
        #expect(sum.isAtMost(bound) == true, sourceLocation: sourceLocation)
        for peak in await ledger.peak.values {
            #expect(peak.isAtMost(bound) == true, sourceLocation: sourceLocation)
        }
    }
}
