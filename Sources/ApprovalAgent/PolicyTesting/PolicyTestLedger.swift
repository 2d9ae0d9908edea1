import ApprovalCore

/// The ledger, clock and platform of one case or sequence: approvals in memory, settled at the
/// time of their step.
struct PolicyTestLedger {
    // What a ledger keeps.
    private var approvals: [History.Approval] = []
    private var firstDecisions: [TransactionID: UnixTime] = [:]
    private var lastSeen = UnixTime(milliseconds: .min)

    // What a restart forgets.
    private var policy: Policy
    private var history: History

    private var fresh: FreshNames

    init(_ policy: Policy, fresh: FreshNames) {
        self.policy = policy
        self.fresh = fresh
        history = History(under: policy)
    }

    /// What came of one transaction; no rule is among the matches where none was asked.
    struct Outcome {
        let decision: Decision
        let rules: [Explanation.RuleStanding]
        let moment: Moment
    }

    /// Approves and settles what happened before, whatever the policy says.
    mutating func settle(
        _ approval: PolicyTestApproval, before now: UnixTime
    ) throws(MalformedBody) {
        let time =
            switch approval.time {
            case .before(let milliseconds): now.advanced(byMilliseconds: -milliseconds)
            case .at(let time): time
            }
        let body = approval.transaction.body(at: time, &fresh)
        let transaction = try Transaction(body: body)
        settle(
            History.Approval(
                transactionID: transaction.id, exposure: try transaction.exposure(under: policy),
                settledAt: time))
        lastSeen = max(lastSeen, time)
    }

    /// Decides, binds, and settles what is allowed.
    mutating func decide(_ test: PolicyTestCase) -> Outcome {
        lastSeen = max(lastSeen, test.now)
        let moment = policy.moment(at: lastSeen)
        func held(_ reason: Reason) -> Outcome {
            Outcome(decision: .hold(reason), rules: [], moment: moment)
        }
        let transaction: Transaction
        do throws(MalformedBody) {
            transaction = try Transaction(body: test.transaction.body(at: test.now, &fresh))
        } catch { return held(.malformed(error.problem)) }
        guard let account = policy.account(transaction.accountID) else {
            return held(.accountMismatch("the policy names no such account"))
        }
        guard !approvals.contains(where: { $0.transactionID == transaction.id }) else {
            return held(.alreadyApproved)
        }
        let explanation = policy.explain(
            Case(
                transaction: transaction, account: Account(described: account),
                tier: policy.readsTier ? test.tier : nil),
            at: moment, answers: answer)
        firstDecisions[transaction.id] = firstDecisions[transaction.id] ?? lastSeen
        let decision = bound(explanation.decision, transaction, account, test.attributes)
        if let exposure = decision.exposure {
            settle(
                History.Approval(
                    transactionID: transaction.id, exposure: exposure, settledAt: lastSeen))
        }
        let wasAsked = explanation.decision.action != .hold
        return Outcome(
            decision: decision, rules: wasAsked ? explanation.rules : [], moment: moment)
    }

    /// Forgets everything but what a ledger keeps, and builds it anew from that.
    mutating func restart() {
        policy = Policy(
            metadata: policy.metadata, settings: policy.settings,
            assets: Array(policy.assets.values), accounts: Array(policy.accounts.values),
            groups: Array(policy.groups.values), rules: policy.rules, limits: policy.limits,
            patterns: policy.patterns, guards: policy.guards,
            addressBook: AddressBook(
                id: policy.addressBook.id, revision: policy.addressBook.revision,
                entries: policy.addressBook.entries))
        history = History(under: policy)
        for approval in approvals { history.add(approval) }
    }

    private mutating func settle(_ approval: History.Approval) {
        approvals.append(approval)
        history.add(approval)
    }

    /// All first activations are before everything: every address came with the first policy.
    private func answer(_ questions: Questions) -> Answers {
        Answers(
            usage: history.usage(questions),
            destination: questions.destination.map { _ in
                DestinationAge(activatedAt: UnixTime(milliseconds: .min), isOriginal: true)
            },
            sameReference: history.sameReference(questions),
            firstDecision: firstDecisions[questions.transactionID])
    }

    /// What is left of a decision once an approval request is there: the platform answers as
    /// asked, and shows the same transaction again. Where people are asked nothing is signed here.
    private func bound(
        _ decision: Decision, _ transaction: Transaction, _ account: PolicyAccount,
        _ attributes: [String]?
    ) -> Decision {
        guard decision.action == .allow, decision.quorum == nil else { return decision }
        let names =
            attributes ?? policy.settings.requiredAttributes(for: transaction.type).sorted()
        guard let id = ApprovalRequestID(Self.requestID),
            let method = ApprovalMethodID(Self.methodID)
        else { return decision.turned(to: .hold, because: [.foreignRequest("it has no id")]) }
        let request: ApprovalRequest
        do throws(MalformedBody) {
            request = try ApprovalRequest(
                bytes: Self.request(for: transaction, names).canonicalBytes ?? [])
        } catch {
            return decision.turned(to: .hold, because: [.malformed(error.problem)])
        }
        let asked = RequestedApproval(
            requestID: id, transactionID: transaction.id, entityID: account.entityID,
            methodID: method)
        switch policy.bind(
            decision, decided: transaction, current: transaction, request: request, asked: asked)
        {
        case .sign: return decision
        case .escalate(let reasons): return decision.turned(to: .escalate, because: reasons)
        case .hold(let reasons): return decision.turned(to: .hold, because: reasons)
        case .changed(let fields):
            return decision.turned(to: .hold, because: [.changedUnderUs(fields: fields)])
        }
    }

    private static let requestID = "test0000000000000000000000000000aprq"
    private static let methodID = "test0000000000000000000000000000apmt"

    private static func request(for transaction: Transaction, _ names: [String]) -> JSONValue {
        .object([
            "id": .string(requestID), "resource_id": .string(transaction.id.text),
            "resource_type": .string("TRANSACTION"), "type": .string("DSA_ED25519"),
            "state": .string(ApprovalRequestState.pending.rawValue),
            "challenge": .object(["attrs": .array(names.map(JSONValue.string))]),
        ])
    }
}
