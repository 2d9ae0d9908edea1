package import ApprovalCore

/// What came of one transaction in one pass: a line of `run --once`.
package struct ItemReport: Hashable, Sendable {
    /// How the approval ended.
    package enum Outcome: String, Hashable, Sendable {
        case confirmed, failed, conflict, quarantined, pending
    }

    /// The id under which it was listed, as text; nil where it had none that could be read.
    package var transactionID: String?
    package var accountID: AccountID
    package var type: TransactionType?
    package var amount: String?
    package var feeAmount: String?
    package var destination: String?
    package var decision: Decision
    package var requestID: ApprovalRequestID?
    package var challengeDigest: Digest?
    /// nil for block, escalate and a hold that was not begun.
    package var outcome: Outcome?
    package var isDryRun = false

    /// A report of an item that could not be read.
    package init(
        unreadable id: String?, account: AccountID, reason: Reason, outcome: Outcome? = .quarantined
    ) {
        transactionID = id
        accountID = account
        decision = .hold(reason)
        self.outcome = outcome
    }

    /// A report of a transaction that was read.
    package init(_ transaction: Transaction, _ decision: Decision, outcome: Outcome? = nil) {
        transactionID = transaction.id.text
        accountID = transaction.accountID
        type = transaction.type
        amount = transaction.field("amount").text
        feeAmount = transaction.field("fee_amount").text
        destination = transaction.field(transaction.type.destinationField).text
        self.decision = decision
        self.outcome = outcome
    }

    /// The line of `--format json`.
    package var json: JSONValue {
        .object([
            JSONMember("transaction_id", .optional(transactionID)),
            JSONMember("account_id", .string(accountID.text)),
            JSONMember("type", .optional(type?.rawValue)),
            JSONMember("amount", .optional(amount)),
            JSONMember("fee_amount", .optional(feeAmount)),
            JSONMember("destination", .optional(destination)),
            JSONMember("action", .string(decision.action.rawValue)),
            JSONMember("rules", .array(decision.rules.map { .string($0.id) })),
            JSONMember("limits", .array(decision.limits.map(\.json))),
            JSONMember("reasons", .array(decision.reasons.map(\.json))),
            JSONMember("approval_request_id", .optional(requestID?.text)),
            JSONMember("challenge_sha256", .optional(challengeDigest?.description)),
            JSONMember("outcome", .optional(outcome?.rawValue)),
            JSONMember("dry_run", .bool(isDryRun)),
        ])
    }
}

/// The counts of one pass, and what they mean for an exit code.
package struct PassSummary: Hashable, Sendable {
    package private(set) var seen = 0
    package private(set) var actions: [Decision.Action: Int] = [:]
    package private(set) var outcomes: [ItemReport.Outcome: Int] = [:]
    package let isDryRun: Bool
    /// Why the pass could not be completed; empty where it was.
    package var incomplete: [String] = []

    package init(isDryRun: Bool) { self.isDryRun = isDryRun }

    /// Counts one item.
    package mutating func add(_ report: ItemReport) {
        seen += 1
        actions[report.decision.action, default: 0] += 1
        if let outcome = report.outcome { outcomes[outcome, default: 0] += 1 }
    }

    /// 1 where the pass is not complete or an item is failed or pending; else 4 where one is
    /// hold, conflict or quarantined; else 0.
    package var exitCode: Int32 {
        func has(_ outcome: ItemReport.Outcome) -> Bool { outcomes[outcome] != nil }
        if !incomplete.isEmpty || has(.failed) || has(.pending) { return 1 }
        if actions[.hold] != nil || has(.conflict) || has(.quarantined) { return 4 }
        return 0
    }

    /// `{"summary":{…}}`.
    package var json: JSONValue {
        func count(_ action: Decision.Action) -> JSONValue { .integer(actions[action] ?? 0) }
        func count(_ outcome: ItemReport.Outcome) -> JSONValue {
            .integer(outcomes[outcome] ?? 0)
        }
        let summary: JSONValue = .object([
            JSONMember("seen", .integer(seen)),
            JSONMember("allow", count(Decision.Action.allow)),
            JSONMember("escalate", count(Decision.Action.escalate)),
            JSONMember("block", count(Decision.Action.block)),
            JSONMember("hold", count(Decision.Action.hold)),
            JSONMember("confirmed", count(ItemReport.Outcome.confirmed)),
            JSONMember("failed", count(ItemReport.Outcome.failed)),
            JSONMember("pending", count(ItemReport.Outcome.pending)),
            JSONMember("conflict", count(ItemReport.Outcome.conflict)),
            JSONMember("quarantined", count(ItemReport.Outcome.quarantined)),
            JSONMember("dry_run", .bool(isDryRun)),
        ])
        return .object([JSONMember("summary", summary)])
    }
}
