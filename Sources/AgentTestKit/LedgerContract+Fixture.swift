package import ApprovalAgent
package import ApprovalCore

/// Small things to say to a ledger, for its contract and for other tests of it.
package enum LedgerFixture {
    package static let hour: Int64 = 3_600_000
    /// 2026-10-02T09:00:00Z.
    package static let start = UnixTime(milliseconds: 1_790_931_600_000)
    /// What everything here counts in, unless a test says otherwise.
    package static let question = WindowQuestion(
        limit: "payouts-day", window: .rolling(milliseconds: 24 * hour))

    /// What can be asked of one account of one limit, at any time.
    package struct WindowQuestion: Sendable {
        package let limit: String
        package let key: String
        package let window: Window
        package let scale: UInt8
        /// The greatest use that leaves room.
        package var fittingAmount: Amount?
        /// The same in number.
        package var fittingCount: Int64?

        package init(
            limit: String, key: String = "all", window: Window, scale: UInt8 = 8,
            fittingAmount: Amount? = nil, fittingCount: Int64? = nil
        ) {
            self.limit = limit
            self.key = key
            self.window = window
            self.scale = scale
            self.fittingAmount = fittingAmount
            self.fittingCount = fittingCount
        }

        /// The question at a moment. A calendar window of a moment without a zone begins with
        /// time.
        package func at(_ moment: Moment) -> LimitQuestion {
            let since = window.start(at: moment) ?? nil
            let after =
                switch window {
                case .rolling: since
                case .calendar, .total: since?.advanced(byMilliseconds: -1)
                }
            return LimitQuestion(
                limit: limit, key: key, since: since,
                after: after ?? UnixTime(milliseconds: .min), scale: scale,
                fittingAmount: fittingAmount, fittingCount: fittingCount)
        }
    }

    /// So many hours, and milliseconds, after ``start``.
    package static func time(_ hours: Int64, _ milliseconds: Int64 = 0) -> UnixTime {
        start.advanced(byMilliseconds: hours * hour + milliseconds)
    }

    /// A trusted reading so many hours after ``start``.
    package static func reading(_ hours: Int64, isTrusted: Bool = true) -> Reading {
        Reading(time: time(hours), isTrusted: isTrusted)
    }

    /// 32 times the same byte.
    package static func digest(_ number: UInt8) -> Digest {
        Digest([UInt8](repeating: number, count: 32)) ?? digest(number)
    }

    /// An amount from its units.
    package static func amount(_ units: Int128, scale: UInt8 = 8) -> Amount {
        Amount(units: units, scale: scale) ?? .zero(scale: scale)
    }

    /// An id of 36 characters that ends in its number and kind.
    package static func text(_ number: Int, _ suffix: String) -> String {
        let digits = String(number)
        let zeros = String(repeating: "0", count: 36 - digits.utf8.count - suffix.utf8.count)
        return zeros + digits + suffix
    }

    /// A transaction's id.
    package static func transaction(_ number: Int) throws -> TransactionID {
        try made(TransactionID(text(number, "atrx")))
    }

    /// An account's id.
    package static func account(_ number: Int = 1) throws -> AccountID {
        try made(AccountID(text(number, "acct")))
    }

    /// An approval request's id.
    package static func request(_ number: Int) throws -> ApprovalRequestID {
        try made(ApprovalRequestID(text(number, "apreq")))
    }

    /// What was signed, told apart by its number.
    package static func challenge(_ number: UInt8) -> ChallengeRecord {
        ChallengeRecord(
            message: [number, 0, 10, 255], digest: digest(number), signatureDigest: digest(99))
    }

    /// Two of two people, asked by the request of this number; the first of them by `part`.
    package static func asking(_ request: Int, part: Int? = nil) throws -> Asking {
        let members = try ["ceo", "cfo"].enumerated().map { number, name in
            GroupMember(
                name: name, entityID: try made(EntityID(text(number + 2, "enty"))),
                methodID: try made(ApprovalMethodID(text(number + 2, "apmt"))))
        }
        let group = PolicyGroup(
            name: "board", methodID: try made(ApprovalMethodID(text(1, "apmt"))),
            groupID: text(1, "apgr"), quorum: 2, members: members)
        let quorum = Quorum(
            group: group, minApprovals: 2, ask: members, order: .sequential,
            expiresAfter: hour, onExpiry: .cancel)
        var asking = Asking(
            quorum, of: try made(EntityID(text(1, "enty"))), by: try self.request(request),
            since: start)
        if let part {
            asking.members[0].begun = 1
            asking.members[0].requests = [try self.request(part)]
        }
        return asking
    }

    /// A transaction to be settled.
    package static func proposal(
        _ number: Int, body: [UInt8] = Array("{}".utf8)
    ) throws -> Proposal {
        Proposal(
            transactionID: try transaction(number), accountID: try account(), body: body)
    }

    /// An exposure of so many units at 8 digits, without a fee.
    package static func exposure(
        _ units: Int128, to destination: String = "bc1qexample", reference: String? = nil,
        provenance: Provenance? = nil
    ) throws -> Exposure {
        Exposure(
            type: .withdrawal, accountID: try account(), destination: destination,
            sent: amount(units), fee: .zero(scale: 8), feeAccount: try account().text,
            reference: reference, provenance: provenance)
    }

    /// Allows, and lets so many units count where ``question`` asks.
    package static func allow(
        _ units: Int128, memberships: [LimitMembership]? = nil, entry: [JSONMember] = [],
        to destination: String = "bc1qexample", reference: String? = nil,
        provenance: Provenance? = nil
    ) throws -> Judgement {
        let exposure = try exposure(
            units, to: destination, reference: reference, provenance: provenance)
        let counted = [LimitMembership(limit: "payouts-day", key: "all", amount: amount(units))]
        return Judgement(
            decision: Decision(
                action: .allow, reasons: [.ruleAllow(rule: "payouts")], exposure: exposure),
            entry: entry, fingerprint: digest(1),
            reservation: Reservation(exposure: exposure, memberships: memberships ?? counted))
    }

    /// A decision that reserves nothing.
    package static func refuse(
        _ action: Decision.Action = .block, fingerprint: UInt8 = 2, entry: [JSONMember] = []
    ) -> Judgement {
        Judgement(
            decision: Decision(action: action, reasons: [.ruleBlock(rule: "none")]), entry: entry,
            fingerprint: digest(fingerprint), reservation: nil)
    }

    /// A policy that counts everything of one account in `payouts-day` and in `more`.
    package static func policy(
        revision: Int64, digest number: UInt8, more: [Limit] = [], patterns: [Pattern] = [],
        bookRevision: Int64 = 1, entries: [AddressBook.Entry] = [], zone: ZoneRules? = nil,
        files: [PolicyFile] = []
    ) throws -> LoadedPolicy {
        let asset = PolicyAsset(name: "BTC", id: try made(AssetID(text(1, "asst"))), precision: 8)
        let account = PolicyAccount(
            name: "treasury", id: try account(), entityID: try made(EntityID(text(1, "enty"))),
            asset: asset)
        let limit = Limit(
            id: "payouts-day", window: .rolling(milliseconds: 24 * hour), maxAmount: amount(1_000))
        let policy = Policy(
            metadata: Metadata(id: "test", revision: revision),
            settings: Settings(defaultAction: .block, zone: zone), assets: [asset],
            accounts: [account],
            rules: [], limits: [limit] + more, patterns: patterns,
            addressBook: AddressBook(id: "book", revision: bookRevision, entries: entries))
        return LoadedPolicy(policy: policy, digest: digest(number), files: files)
    }

    static func made<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw ContractViolation(description: "the fixture is wrong") }
        return value
    }
}

extension Ledger {
    /// Settles a proposal by a fixed judgement; whether it was judged.
    @discardableResult
    package func judge(
        _ proposal: Proposal, _ judgement: Judgement, at hours: Int64 = 0
    ) async throws -> Bool {
        let settlement = try await settle(proposal, now: LedgerFixture.reading(hours)) { _, _ in
            judgement
        }
        switch settlement {
        case .judged: return true
        case .occupied: return false
        }
    }

    /// Takes a transaction from nothing through these steps, all at one time.
    package func take(
        _ number: Int, _ units: Int128 = 100, _ steps: [Step] = [], at hours: Int64 = 0
    ) async throws {
        try await judge(
            LedgerFixture.proposal(number), LedgerFixture.allow(units), at: hours)
        for step in steps {
            try await advance(
                LedgerFixture.transaction(number), step, entry: [],
                now: LedgerFixture.time(hours))
        }
    }

    /// Makes a policy active, and waits for nobody.
    package func activate(_ policy: LoadedPolicy, now: UnixTime) async throws {
        try await activate(policy, now: now) {}
    }
}

extension LedgerReading {
    /// What counts at so many hours after the start, for a transaction that holds nothing itself.
    package func used(
        at hours: Int64, _ milliseconds: Int64 = 0,
        _ question: LedgerFixture.WindowQuestion = LedgerFixture.question, asking number: Int = 999
    ) async throws -> LimitUsage {
        let now = try await effective(LedgerFixture.time(hours, milliseconds))
        let questions = Questions(
            transactionID: try LedgerFixture.transaction(number),
            limits: [question.at(Moment(now: now))])
        guard let usage = try await answers(questions).usage.first else {
            throw ContractViolation(description: "a question got no answer")
        }
        return usage
    }
}
