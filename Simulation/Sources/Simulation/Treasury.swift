import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// The accounts and the policy of every seed: withdrawals of up to 1 BTC to the exchange, transfers
/// from the treasury, 2 BTC in 24 hours and four in one hour.
struct Treasury: Sendable {
    let payouts: PolicyAccount
    let treasury: PolicyAccount
    let methodID: ApprovalMethodID
    let policy: LoadedPolicy

    static let day: Int64 = 86_400_000
    static let hour: Int64 = 3_600_000
    /// In units of 10⁻⁸.
    static let mostPerDay: Int64 = 200_000_000
    static let mostPerHour = 4
    static let most: Int64 = 100_000_000
    /// An entity that nobody approves for here.
    static let stranger = "880bbac68a34add190786b9c74f4c82fenty"

    init() throws {
        let sample = try Sample()
        payouts = sample.payouts
        treasury = sample.treasury
        methodID = try Sample.id(Sample.methodID)
        let policy = Policy(
            metadata: Metadata(id: "simulated", revision: 1),
            settings: Settings(
                defaultAction: .block, maxRequestAge: 90 * Self.day,
                acceptUnsigned: ["fee_account_id"]),
            assets: [sample.btc], accounts: [payouts, treasury], rules: try Self.rules(sample),
            limits: [
                Limit(
                    id: "day", window: .rolling(milliseconds: Self.day),
                    maxAmount: try sample.amount("2.00000000")),
                Limit(
                    id: "hour", window: .rolling(milliseconds: Self.hour),
                    maxCount: Int64(Self.mostPerHour)),
            ],
            guards: Guards(duplicateReference: .init(action: .escalate)),
            addressBook: sample.book)
        self.policy = LoadedPolicy(
            policy: policy, digest: ModelKey.hash(Array("policy 1".utf8)), files: [])
    }

    private static func rules(_ sample: Sample) throws -> [Rule] {
        let most = try sample.amount("1.00000000")
        return [
            Rule(
                id: "frozen", action: .block, conditions: [.destination(.init(tags: ["blocked"]))]),
            Rule(
                id: "payouts", action: .allow,
                conditions: [
                    .type(.init([.withdrawal])), .source(.init(accounts: [sample.payouts.id])),
                    .destination(.init(tags: ["exchange"])), .asset(.init([sample.btc.name])),
                    .amount(.init(upTo: most)), .fee(.init(upTo: try sample.amount("0.002"))),
                ]),
            Rule(
                id: "transfers", action: .allow,
                conditions: [
                    .type(.init([.transferOutgoing])),
                    .source(.init(accounts: [sample.treasury.id])),
                    .destination(.init(accounts: [sample.payouts.id])),
                    .asset(.init([sample.btc.name])), .amount(.init(upTo: most)),
                ]),
        ]
    }
}

/// What a transaction of a seed is like.
struct Deal: Sendable {
    enum Kind: Sendable, CaseIterable {
        /// The policy allows it.
        case payout, transfer
        /// Two with one reference: the policy allows one of them.
        case twin
        /// Never allowed.
        case large, frozen
        /// Its body lacks what a decision needs.
        case broken
        /// It is listed, and cannot be read.
        case unreadable
    }

    let number: Int
    let id: TransactionID
    let kind: Kind
    let account: AccountID
    /// In units of 10⁻⁸.
    let amount: Int64
    let bornAt: Int64
    var members: [JSONMember]
    var state = "PENDING"
    /// Something was said of it that nobody can mend: it need not come to its end.
    var isTainted = false
    /// The body as it is now, parsed once.
    var shown: Transaction?

    /// Whether an honest run approves it.
    var isAllowed: Bool {
        switch kind {
        case .payout, .transfer, .twin: true
        case .large, .frozen, .broken, .unreadable: false
        }
    }

    /// A number of 10⁻⁸ units as the platform writes it.
    static func text(_ units: Int64) -> String {
        let fraction = String(units % 100_000_000)
        let zeros = String(repeating: "0", count: 8 - fraction.utf8.count)
        return "\(units / 100_000_000).\(zeros)\(fraction)"
    }

    /// The transactions of a seed.
    static func chosen(_ fate: Fate, _ treasury: Treasury) -> [Deal] {
        let count = 3 + fate.below(4)
        let kinds: [Kind] = [
            .payout, .payout, .payout, .payout, .transfer, .twin, .large, .frozen, .broken,
            .unreadable,
        ]
        return (1...count).compactMap { number in
            let kind = number < 3 ? .payout : fate.pick(kinds)
            let delays: [Int64] = [0, 0, 0, 60_000, 1_800_000, 10_800_000]
            let bornAt = World.start + (number < 3 ? 0 : fate.pick(delays))
            let amount = fate.pick([30_000_000, 50_000_000, 70_000_000, 90_000_000, Treasury.most])
            return Deal(
                number, kind, kind == .large ? amount + Treasury.most : amount, bornAt, treasury)
        }
    }

    private init?(
        _ number: Int, _ kind: Kind, _ amount: Int64, _ bornAt: Int64, _ treasury: Treasury
    ) {
        let digits = String(number)
        let padding = String(repeating: "0", count: 8 - digits.utf8.count)
        guard let id = TransactionID("f4342c75f714405d89007ef1" + padding + digits + "atrx")
        else { return nil }
        (self.number, self.id, self.kind, self.amount) = (number, id, kind, amount)
        self.bornAt = bornAt
        let isTransfer = kind == .transfer
        account = isTransfer ? treasury.treasury.id : treasury.payouts.id
        let payer = isTransfer ? treasury.payouts.id : treasury.treasury.id
        let created = UnixTime(milliseconds: bornAt - 60_000 + Int64(number) * 1_000)
        members = [
            JSONMember("id", .string(id.text)), JSONMember("account_id", .string(account.text)),
            JSONMember("type", .string(isTransfer ? "TRANSFER_OUTGOING" : "WITHDRAWAL")),
            JSONMember("amount", .string("-" + Self.text(amount))),
            JSONMember("fee_amount", .string("0.00010000")),
            JSONMember("fee_account_id", .string(payer.text)),
            JSONMember("reference", .string(kind == .twin ? "twins" : "order \(number)")),
            JSONMember("created_at", .string(created.description)),
        ]
        if isTransfer {
            members += [
                JSONMember("sender_account_id", .string(account.text)),
                JSONMember("receiver_account_id", .string(treasury.payouts.id.text)),
            ]
        } else {
            let address = kind == .frozen ? Sample.blockedAddress : Sample.exchangeAddress
            members.append(JSONMember("address", .string(address)))
        }
        if kind == .broken { members.removeAll { $0.name == "account_id" } }
    }

    func text(_ name: String) -> String? {
        if name == "state" { return state }
        return members.first { $0.name == name }?.value.text
    }
}
