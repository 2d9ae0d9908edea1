import ApprovalCore

/// Reconciling beside the agent: at its start, each hour, and over the whole history each day.
///
/// It holds no approval up: what it finds is told and recorded, and stops nothing.
package struct Reconciling: Sendable {
    /// Milliseconds from one look to the next.
    package static let interval: Int64 = 3_600_000
    /// Milliseconds to the next look after one that could not read a list to its end; twice as
    /// long each time, and at most ``interval``.
    package static let retryInterval: Int64 = 300_000
    /// Milliseconds between looks at the whole history; those between list what was created since
    /// the oldest transaction that was open then. What an end by the platform is not an end for is
    /// found by these alone.
    package static let everything: Int64 = 86_400_000

    /// What it tells.
    package enum Event: Sendable {
        /// How the platform and the ledger stand to each other, all in all.
        case reconciled(ReconcileReport)
        /// It could not be looked at all.
        case failed(String)
    }

    private let approver: Approver
    private let history: any CustodyHistory
    private let records: any ApprovalRecords
    private let tell: @Sendable (Event) -> Void

    /// `records` are the ledger's own, read beside the agent.
    package init(
        _ approver: Approver, history: any CustodyHistory, records: any ApprovalRecords,
        tell: @escaping @Sendable (Event) -> Void
    ) {
        self.approver = approver
        self.history = history
        self.records = records
        self.tell = tell
    }

    /// Runs until the stop switch is thrown or the task is cancelled; throws where the process
    /// must start over.
    package func run() async throws(Stop) {
        var standing = Standing()
        var trigger = "start"
        var failures: Int64 = 0
        while !approver.stopSwitch.isStopped, !Task.isCancelled {
            failures = try await look(&standing, trigger) ? 0 : min(failures + 1, 5)
            trigger = "schedule"
            let wait =
                failures == 0
                ? Self.interval : min(Self.interval, Self.retryInterval << (failures - 1))
            guard await approver.paused(milliseconds: wait) else { return }
        }
    }

    /// What was found so far.
    private struct Standing {
        /// The last look at everything, with what was found since.
        var report: ReconcileReport?
        /// What stands in the ledger.
        var written: ReconcileReport?
        /// The policy whose accounts were looked at.
        var policy: Digest?
        /// Unexplained approvals that were counted: at most as many as a report tells.
        var counted: Set<TransactionID> = []
    }

    /// Whether it came to the end of each list.
    private func look(_ standing: inout Standing, _ trigger: String) async throws(Stop) -> Bool {
        let policy = approver.policies.current
        let reconciliation = Reconciliation(
            history: history, records: records, clock: approver.clock, policy: policy.policy,
            entities: approver.identities.keys.sorted())
        let found: ReconcileReport
        do throws(LedgerError) {
            found = try await reconciliation.run(scope(standing, policy))
        } catch {
            if case .corrupt = error { throw Stop(error) }
            tell(.failed(Stop(error).why))
            return false
        }
        guard !approver.stopSwitch.isStopped, !Task.isCancelled else { return false }
        let report = standing.report.map(found.following) ?? found
        standing.report = report
        standing.policy = policy.digest
        count(report, &standing)
        if found.isComplete { approver.figures.reconciled(at: approver.clock.now()) }
        if standing.written?.tellsAsMuch(as: report) != true {
            do throws(LedgerError) {
                try await approver.ledger.append(
                    .reconciled, about: nil, entry: report.entry(trigger: trigger, under: policy),
                    now: approver.clock.now())
            } catch { throw Stop(error) }
            standing.written = report
        }
        tell(.reconciled(report))
        return found.horizon != nil || found.isComplete
    }

    /// Everything at first, under another policy, once a day, and after a look that missed
    /// something.
    private func scope(_ standing: Standing, _ policy: LoadedPolicy) -> ReconcileReport.Scope {
        guard let last = standing.report, let horizon = last.horizon,
            standing.policy == policy.digest
        else { return .everything }
        let age = approver.clock.now().milliseconds - last.startedAt.milliseconds
        return (0..<Self.everything).contains(age) ? .since(horizon) : .everything
    }

    private func count(_ report: ReconcileReport, _ standing: inout Standing) {
        let new = report.findings.filter { standing.counted.insert($0.transactionID).inserted }
        standing.counted.formIntersection(report.findings.map(\.transactionID))
        approver.figures.found(unexplained: new.count)
    }
}

extension ReconcileReport {
    /// This one where it is over everything; else `whole` with what this one found beside it, or
    /// found otherwise.
    func following(_ whole: ReconcileReport) -> ReconcileReport {
        guard case .since = scope else { return self }
        var report = whole
        var known = Dictionary(
            whole.findings.indices.map { (whole.findings[$0].transactionID, $0) },
            uniquingKeysWith: { first, _ in first })
        for finding in findings {
            if let index = known[finding.transactionID] {
                report.findings[index] = finding
            } else if report.findings.count < Self.mostFindings {
                known[finding.transactionID] = report.findings.count
                report.findings.append(finding)
            }
        }
        report.unapproved = unapproved
        report.late = late
        report.uncovered = uncovered
        report.uncoveredInAll = uncoveredInAll
        report.problems = Array((whole.problems + problems).prefix(128)).unique
        report.horizon = horizon ?? whole.horizon
        for classed in ApprovalClass.allCases where classed.isUnexplained {
            let told = report.findings.count { $0.classed == classed }
            let most = max(told, whole.approvals[classed] ?? 0)
            report.approvals[classed] = most > 0 ? most : nil
        }
        return report
    }
}

extension [String] {
    /// Each once, in the order of its first.
    fileprivate var unique: [String] {
        var known: Set<String> = []
        return filter { known.insert($0).inserted }
    }
}
