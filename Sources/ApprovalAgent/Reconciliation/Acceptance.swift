package import ApprovalCore

/// Counts approvals that the ledger does not explain as spent, by a person's word.
///
/// Each part is one transaction of the ledger with one `reconciled` entry. What was accepted is
/// explained from then on: after a crash the same again goes on where it ended.
package struct Acceptance: Sendable {
    /// Transactions in one entry: so many always fit into 65,535 bytes.
    package static let mostAtOnce = 200
    /// In Unicode scalars.
    package static let longestReason = 500

    /// What a person said.
    package struct Word: Hashable, Sendable {
        package let by: String
        package let why: String

        package init(by: String, why: String) {
            self.by = String(by.unicodeScalars.prefix(Acceptance.longestReason))
            self.why = String(why.unicodeScalars.prefix(Acceptance.longestReason))
        }

        /// `by` and `why`.
        package var members: [JSONMember] {
            [JSONMember("by", .string(by)), JSONMember("why", .string(why))]
        }
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package fileprivate(set) var report: ReconcileReport
        /// Transactions that were accepted.
        package fileprivate(set) var accepted = 0
        /// Of these, those that no limit could count: the policy does not know their asset or
        /// account, or they cannot be read.
        package fileprivate(set) var uncounted: [TransactionID] = []
        /// After a loss: what was not accepted, for nothing could count it.
        fileprivate var leftOut: [String] = []
        /// The classes of what was accepted.
        fileprivate var classes: [TransactionID: ApprovalClass] = [:]

        /// The report as it is once all of that is accepted.
        package var remaining: ReconcileReport { report.without(accepted: classes) }
    }

    private let reconciliation: Reconciliation
    private let ledger: any Ledger
    private let policy: LoadedPolicy
    private let word: Word
    private let sha256: SHA256
    /// Whether the ledger lost entries: what people seem to have approved counts too.
    private let isAfterLoss: Bool

    /// `policy` is the one that the ledger counts under.
    package init(
        _ reconciliation: Reconciliation, ledger: any Ledger, policy: LoadedPolicy, word: Word,
        isAfterLoss: Bool, sha256: @escaping SHA256
    ) {
        self.reconciliation = reconciliation
        self.ledger = ledger
        self.policy = policy
        self.word = word
        self.isAfterLoss = isAfterLoss
        self.sha256 = sha256
    }

    /// Looks at everything and accepts what is to be accepted. Where something could not be read,
    /// the report says so, and what could be read is accepted all the same.
    package func run() async throws(LedgerError) -> Outcome {
        var waiting: [Reconciliation.Approval] = []
        var outcome = Outcome(
            report: ReconcileReport(.everything, startedAt: UnixTime(milliseconds: 0)))
        outcome.report = try await reconciliation.run(.everything) {
            approval throws(LedgerError) in
            guard approval.classed.counts(afterLoss: isAfterLoss) else { return }
            waiting.append(approval)
            guard waiting.count >= Self.mostAtOnce else { return }
            try await accept(waiting, &outcome)
            waiting = []
        }
        try await accept(waiting, &outcome)
        for problem in outcome.leftOut { outcome.report.note(problem) }
        return outcome
    }

    private func accept(
        _ approvals: [Reconciliation.Approval], _ outcome: inout Outcome
    ) async throws(LedgerError) {
        guard !approvals.isEmpty else { return }
        var (spent, told): ([Spent], [JSONValue]) = ([], [])
        for approval in approvals {
            let transaction = await reconciliation.evidence(of: approval)
            let body =
                transaction.bytes.isEmpty
                ? transaction.body.canonicalBytes ?? [] : transaction.bytes
            let exposure = policy.policy.spent(by: transaction)
            // What is accepted is never looked at again: nothing that our own lost entries may
            // have spent is accepted uncounted.
            if isAfterLoss, exposure == nil || transaction.bytes.isEmpty {
                outcome.leftOut.append(
                    "\(transaction.id): it cannot be read by itself, or not be counted, and stays "
                        + "open; mend the policy or ask the platform")
                continue
            }
            outcome.classes[transaction.id] = approval.classed
            if exposure == nil { outcome.uncounted.append(transaction.id) }
            spent.append(
                Spent(
                    transactionID: transaction.id, accountID: transaction.accountID,
                    body: body.count <= Self.largestBody ? body : [],
                    reservation: exposure.map {
                        Reservation(
                            exposure: $0, memberships: policy.policy.memberships(of: $0))
                    }))
            told.append(self.told(approval, transaction, sha256(body), isCounted: exposure != nil))
        }
        guard !spent.isEmpty else { return }
        let entry =
            [
                JSONMember("trigger", .string("accept")), JSONMember("policy", policy.json),
                JSONMember("after_loss", .bool(isAfterLoss)),
                JSONMember("accepted", .array(told)),
            ] + word.members
        try await ledger.accept(spent, entry: entry, now: reconciliation.clock.now())
        outcome.accepted += spent.count
    }

    /// What a ledger keeps of a body at most.
    private static let largestBody = 16_384

    private func told(
        _ approval: Reconciliation.Approval, _ transaction: Transaction, _ digest: Digest,
        isCounted: Bool
    ) -> JSONValue {
        .object([
            JSONMember("transaction_id", .string(transaction.id.text)),
            JSONMember("account_id", .string(transaction.accountID.text)),
            JSONMember("class", .string(approval.classed.rawValue)),
            JSONMember("state", .string(transaction.state.rawValue)),
            JSONMember("transaction_sha256", .string(digest.description)),
            JSONMember("counted", .bool(isCounted)),
        ])
    }
}

extension Reconciliation {
    /// The transaction as it is shown by itself, with its bytes; as it was listed where it cannot
    /// be read or is shown as another.
    fileprivate func evidence(of approval: Approval) async -> Transaction {
        let listed = approval.transaction
        guard listed.bytes.isEmpty else { return listed }
        do throws(CancellationError) { try await clock.wait(milliseconds: Self.pause) } catch {
            return listed
        }
        guard let shown = try? await history.transaction(listed.id, of: approval.account),
            shown.id == listed.id, shown.accountID == listed.accountID
        else { return listed }
        return shown
    }
}
