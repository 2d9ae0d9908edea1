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
    /// Whether the platform shows it CANCELLED because a block rule asked for that.
    package var isCancelled = false
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
        let cancelled = isCancelled ? [JSONMember("cancelled", .bool(true))] : []
        return .object(
            [
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
            ] + cancelled)
    }
}
