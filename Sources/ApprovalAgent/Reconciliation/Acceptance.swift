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
        /// What lost entries signed or asked for, and is not approved there: accepted too, so that
        /// it is never signed again.
        package fileprivate(set) var recalled: [TransactionID] = []
        /// Of what lost entries asked for, what no account shows any more: nothing can be kept of
        /// it.
        package internal(set) var unplaced: [TransactionID] = []
        /// After a loss: what was not accepted, for nothing could count it.
        var leftOut: [String] = []
        /// The classes of what was accepted.
        fileprivate var classes: [TransactionID: ApprovalClass] = [:]

        /// The report as it is once all of that is accepted.
        package var remaining: ReconcileReport { report.without(accepted: classes) }
    }

    let reconciliation: Reconciliation
    private let ledger: any Ledger
    let policy: LoadedPolicy
    private let word: Word
    private let sha256: SHA256
    /// Whether the ledger lost entries: what people seem to have approved counts too.
    private let isAfterLoss: Bool
    /// What was published of them.
    let lost: LostEntries

    /// What is to be accepted.
    enum Subject {
        /// Approved there, and of this class.
        case approval(Transaction, PolicyAccount, ApprovalClass)
        /// Lost entries signed it or asked for it, and it is not approved there.
        case recalled(Transaction, PolicyAccount)
        /// The same of something that is not shown any more.
        case vanished(TransactionID, AccountID)
    }

    /// `policy` is the one that the ledger counts under; `lost` is what was published of entries
    /// that it lost.
    package init(
        _ reconciliation: Reconciliation, ledger: any Ledger, policy: LoadedPolicy, word: Word,
        isAfterLoss: Bool, lost: LostEntries = LostEntries(), sha256: @escaping SHA256
    ) {
        self.lost = lost
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
        var waiting: [Subject] = []
        var outcome = Outcome(
            report: ReconcileReport(.everything, startedAt: UnixTime(milliseconds: 0)))
        var recall = Recall(lost)
        outcome.report = try await reconciliation.run(.everything) {
            listed throws(LedgerError) in
            recall.sees(listed)
            guard let classed = listed.classed, classed.counts(afterLoss: isAfterLoss) else {
                return
            }
            waiting.append(.approval(listed.transaction, listed.account, classed))
            guard waiting.count >= Self.mostAtOnce else { return }
            try await accept(waiting, &outcome)
            waiting = []
        }
        try await accept(waiting, &outcome)
        let subjects = try await subjects(recall, &outcome)
        for start in stride(from: 0, to: subjects.count, by: Self.mostAtOnce) {
            let end = min(start + Self.mostAtOnce, subjects.count)
            try await accept(Array(subjects[start..<end]), &outcome)
        }
        for problem in outcome.leftOut { outcome.report.note(problem) }
        return outcome
    }

    private func accept(
        _ subjects: [Subject], _ outcome: inout Outcome
    ) async throws(LedgerError) {
        var (parts, recalled): ([Part], [TransactionID]) = ([], [])
        for subject in subjects {
            let part = await part(of: subject)
            // What is accepted is never looked at again: nothing that our own lost entries may
            // have spent is accepted uncounted.
            if isAfterLoss, part.isOpen {
                outcome.leftOut.append(
                    "\(part.spent.transactionID): it cannot be read by itself, or not be counted, "
                        + "and stays open; mend the policy or ask the platform")
                continue
            }
            if case .approval(_, _, let classed) = subject {
                outcome.classes[part.spent.transactionID] = classed
            } else {
                recalled.append(part.spent.transactionID)
            }
            if part.spent.reservation == nil {
                outcome.uncounted.append(part.spent.transactionID)
            }
            parts.append(part)
        }
        guard !parts.isEmpty else { return }
        let entry =
            [
                JSONMember("trigger", .string("accept")), JSONMember("policy", policy.json),
                JSONMember("after_loss", .bool(isAfterLoss)),
                JSONMember("accepted", .array(parts.map(\.told))),
            ] + word.members
        try await ledger.accept(
            parts.map(\.spent), entry: entry, now: reconciliation.clock.now())
        outcome.accepted += parts.count - recalled.count
        outcome.recalled += recalled
    }

    /// What the ledger is told of one of them.
    private struct Part {
        let spent: Spent
        let told: JSONValue
        /// Whether it must stay open after a loss: it could not be read by itself, or nothing
        /// counts an approval.
        let isOpen: Bool
    }

    private func part(of subject: Subject) async -> Part {
        let (listed, account, classed): (Transaction, PolicyAccount, ApprovalClass?)
        switch subject {
        case .approval(let transaction, let home, let word):
            (listed, account, classed) = (transaction, home, word)
        case .recalled(let transaction, let home):
            (listed, account, classed) = (transaction, home, nil)
        case .vanished(let id, let account):
            let spent = Spent(transactionID: id, accountID: account, body: [], reservation: nil)
            return Part(
                spent: spent, told: told(spent, Self.recalled, "absent", sha256([])), isOpen: false)
        }
        let transaction = await reconciliation.evidence(of: listed, account)
        let body =
            transaction.bytes.isEmpty
            ? transaction.body.canonicalBytes ?? [] : transaction.bytes
        let exposure = policy.policy.spent(by: transaction)
        let spent = Spent(
            transactionID: transaction.id, accountID: transaction.accountID,
            body: body.count <= Self.largestBody ? body : [],
            reservation: exposure.map {
                Reservation(exposure: $0, memberships: policy.policy.memberships(of: $0))
            })
        return Part(
            spent: spent,
            told: told(
                spent, classed?.rawValue ?? Self.recalled, transaction.state.rawValue,
                sha256(body)),
            isOpen: transaction.bytes.isEmpty || classed != nil && exposure == nil)
    }

    /// The class of what only lost entries tell of.
    private static let recalled = "lost"

    /// What a ledger keeps of a body at most.
    private static let largestBody = 16_384

    private func told(
        _ spent: Spent, _ classed: String, _ state: String, _ digest: Digest
    ) -> JSONValue {
        .object([
            JSONMember("transaction_id", .string(spent.transactionID.text)),
            JSONMember("account_id", .string(spent.accountID.text)),
            JSONMember("class", .string(classed)),
            JSONMember("state", .string(state)),
            JSONMember("transaction_sha256", .string(digest.description)),
            JSONMember("counted", .bool(spent.reservation != nil)),
        ])
    }
}

extension Reconciliation {
    /// The transaction as it is shown by itself, with its bytes; as it was listed where it cannot
    /// be read or is shown as another.
    fileprivate func evidence(
        of listed: Transaction, _ account: PolicyAccount
    ) async -> Transaction {
        guard listed.bytes.isEmpty else { return listed }
        do throws(CancellationError) { try await clock.wait(milliseconds: Self.pause) } catch {
            return listed
        }
        guard let shown = try? await history.transaction(listed.id, of: account),
            shown.id == listed.id, shown.accountID == listed.accountID
        else { return listed }
        return shown
    }
}
