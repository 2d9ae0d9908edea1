package import ApprovalCore

/// What holding the platform's approvals against the ledger gave.
package struct ReconcileReport: Hashable, Sendable {
    /// What is told one by one at most, of each kind; beyond it there are counts.
    package static let mostFindings = 10_000

    /// How far back was looked.
    package enum Scope: Hashable, Sendable {
        case everything
        /// What was created at this time or later.
        case since(UnixTime)
    }

    /// An approval that somebody must look at.
    package struct Finding: Hashable, Sendable {
        package let transactionID: TransactionID
        package let account: PolicyAccount
        package let classed: ApprovalClass
        /// As the platform shows it.
        package let state: TransactionState
        /// As the platform shows them; nil where it shows no text.
        package let amount: String?
        package let destination: String?
        /// The last verdict while it was PENDING; nil where there was none.
        package let verdict: Decision.Action?
        /// Of ``ApprovalClass/changed``, what is shown otherwise than it was signed.
        package let fields: [String]
    }

    /// Something that was signed here and is not approved there.
    package struct Unapproved: Hashable, Sendable {
        package let transactionID: TransactionID
        package let account: PolicyAccount
        /// As the platform shows it; nil where it does not know it (404).
        package let state: TransactionState?
        /// Milliseconds since it was signed.
        package let age: Int64
        /// Whether it should have been resolved by now: see ``Reconciliation/grace``.
        package let isLate: Bool
    }

    /// An account that the approval key could approve for, and that no policy covers.
    package struct Uncovered: Hashable, Sendable {
        package let accountID: String
        package let entityID: EntityID
    }

    package let scope: Scope
    package let startedAt: UnixTime
    /// Outgoing transactions that were listed, in whatever state.
    package internal(set) var listed = 0
    /// Approvals, by class.
    package internal(set) var approvals: [ApprovalClass: Int] = [:]
    /// Unexplained approvals, at most ``mostFindings``.
    package internal(set) var findings: [Finding] = []
    /// Signed here and not approved there, at most ``mostFindings``.
    package internal(set) var unapproved: [Unapproved] = []
    /// Those that are late, all of them.
    package internal(set) var late = 0
    /// Signed here, and ended by the platform as FAILED or CANCELLED, as the ledger has it.
    package internal(set) var failed = 0
    /// At most ``mostFindings``.
    package internal(set) var uncovered: [Uncovered] = []
    package internal(set) var uncoveredInAll = 0
    /// Why it is not complete; empty where it is. At most 128.
    package internal(set) var problems: [String] = []
    /// Since when the next look must list again; nil where that must be everything.
    package internal(set) var horizon: UnixTime?

    /// Nothing was looked at yet.
    package init(_ scope: Scope, startedAt: UnixTime) {
        self.scope = scope
        self.startedAt = startedAt
    }

    /// Approvals that somebody must look at, all of them.
    package var unexplained: Int {
        approvals.reduce(0) { $0 + ($1.key.isUnexplained ? $1.value : 0) }
    }

    /// Whether everything was read.
    package var isComplete: Bool { problems.isEmpty }

    /// This one once these approvals are accepted.
    func without(accepted classes: [TransactionID: ApprovalClass]) -> ReconcileReport {
        var report = self
        report.findings.removeAll { classes[$0.transactionID] != nil }
        for classed in classes.values { report.approvals[classed, default: 0] -= 1 }
        report.approvals[.accepted, default: 0] += classes.count
        report.approvals = report.approvals.filter { $0.value != 0 }
        return report
    }

    /// Items that cannot be read are told up to a bound; so are lists, beyond it.
    mutating func note(_ problem: String, isOfList: Bool = false) {
        if problems.count < Self.mostProblems * (isOfList ? 2 : 1) { problems.append(problem) }
    }

    static let mostProblems = 64
}

// As entries, `status` and the command show it.
extension ReconcileReport {
    /// How many are told one by one in an entry: so many always fit.
    private static let mostInEntry = 100

    /// The members of a `reconciled` entry; `trigger` is `start`, `schedule` or `command`.
    package func entry(trigger: String, under policy: LoadedPolicy) -> [JSONMember] {
        [
            JSONMember("trigger", .string(trigger)), JSONMember("policy", policy.json),
        ] + members(most: Self.mostInEntry)
    }

    /// Whether another entry would tell the same: times and explained approvals apart.
    package func tellsAsMuch(as other: ReconcileReport) -> Bool {
        func told(_ report: ReconcileReport) -> [JSONMember] {
            let quiet: Set<String> = ["scope", "since", "listed", "approvals"]
            return report.members(most: Self.mostInEntry, withAges: false)
                .filter { !quiet.contains($0.name) }
        }
        return told(self) == told(other)
            && approvals.filter(\.key.isUnexplained) == other.approvals.filter(\.key.isUnexplained)
    }

    /// Counts, and of everything that somebody must look at the first.
    package func members(most: Int, withAges: Bool = true) -> [JSONMember] {
        let late = unapproved.filter(\.isLate)
        let since: UnixTime? =
            switch scope {
            case .everything: nil
            case .since(let time): time
            }
        return [
            JSONMember("scope", .string(since == nil ? "everything" : "since")),
            JSONMember("since", .optional(since?.description)),
            JSONMember("complete", .bool(isComplete)),
            JSONMember("listed", .integer(listed)),
            JSONMember(
                "approvals",
                .object(
                    ApprovalClass.allCases.map {
                        JSONMember($0.rawValue, .integer(approvals[$0] ?? 0))
                    })),
            JSONMember("unexplained", .array(findings.prefix(most).map(\.brief))),
            JSONMember("unexplained_in_all", .integer(unexplained)),
            JSONMember(
                "not_approved", .array(late.prefix(most).map { $0.brief(withAge: withAges) })),
            JSONMember("not_approved_in_all", .integer(self.late)),
            JSONMember("failed", .integer(failed)),
            JSONMember("accounts_not_covered", .integer(uncoveredInAll)),
        ]
    }
}

extension ReconcileReport.Finding {
    fileprivate var brief: JSONValue {
        .object([
            JSONMember("transaction_id", .string(transactionID.text)),
            JSONMember("account_id", .string(account.id.text)),
            JSONMember("class", .string(classed.rawValue)),
            JSONMember("verdict", .optional(verdict?.rawValue)),
        ])
    }

    /// Everything that is known of it.
    package var json: JSONValue {
        .object([
            JSONMember("transaction_id", .string(transactionID.text)),
            JSONMember("account_id", .string(account.id.text)),
            JSONMember("account", .string(account.name)),
            JSONMember("class", .string(classed.rawValue)),
            JSONMember("verdict", .optional(verdict?.rawValue)),
            JSONMember("state", .string(state.rawValue)),
            JSONMember("amount", .optional(amount)),
            JSONMember("destination", .optional(destination)),
            JSONMember("fields", .array(fields.map(JSONValue.string))),
            JSONMember("remedy", .string(classed.remedy)),
        ])
    }
}

extension ReconcileReport.Unapproved {
    fileprivate func brief(withAge: Bool) -> JSONValue {
        .object(
            [
                JSONMember("transaction_id", .string(transactionID.text)),
                JSONMember("account_id", .string(account.id.text)),
                JSONMember("state", .string(shownState)),
            ] + (withAge ? [JSONMember("seconds", .integer(age / 1_000))] : []))
    }

    /// The platform's word; `absent` where it does not know it.
    package var shownState: String { state?.rawValue ?? "absent" }

    /// Everything that is known of it.
    package var json: JSONValue {
        .object([
            JSONMember("transaction_id", .string(transactionID.text)),
            JSONMember("account_id", .string(account.id.text)),
            JSONMember("account", .string(account.name)),
            JSONMember("class", .string("not_approved")),
            JSONMember("state", .string(shownState)),
            JSONMember("seconds", .integer(age / 1_000)),
            JSONMember("late", .bool(isLate)),
        ])
    }
}
