package import ApprovalCore
import Synchronization

/// What the agent counts of itself while it runs, for metrics, `status` and readiness. It forgets
/// with the process; what must be known later stands in the ledger.
package final class Figures: Sendable {
    /// A step of the flow, as metrics name it.
    package enum Stage: String, Hashable, Sendable, CaseIterable {
        case read, decide, request, bind, sign, deliver, confirm, ask
    }

    /// Everything, at one moment.
    package struct Snapshot: Sendable {
        package var decisions: [Decision.Action: Int64] = [:]
        /// Transactions that were seen for the first time since the start.
        package var seen: [TransactionType: Int64] = [:]
        /// By reason code, of everything that a pass reported and did not approve; each from 0 on,
        /// so that its first time can be told from a start.
        package var refusals = Dictionary(
            Reason.codes.map { ($0, Int64(0)) }, uniquingKeysWith: { first, _ in first })
        /// By stage, of everything that did not come to its end.
        package var failures: [Stage: Int64] = [:]
        package var signatures: Int64 = 0
        package var confirmed: Int64 = 0
        package var reloadFailures: Int64 = 0
        package var ledgerFailures: Int64 = 0
        /// Checkpoints that could not be signed, kept or published; the process ends with the first.
        package var publishingFailures: Int64 = 0
        /// The entries that the last checkpoint covers; nil before the first of this process.
        package var checkpointSize: Int64?
        /// When a checkpoint was last signed by this process.
        package var checkpointAt: UnixTime?
        /// When the last checkpoint was last found to cover every entry.
        package var coveredAt: UnixTime?
        package var stages: [Stage: Histogram] = [:]
        package var latency = Histogram(bounds: Histogram.latencies)
        /// Used of the most, of the last decision that each limit was asked for.
        package var limits: [String: Double] = [:]
        /// When the last pass over every account ended, and whether it was complete.
        package var lastPass: UnixTime?
        package var isLastPassComplete = false
        /// Transactions that the last pass found PENDING.
        package var queue = 0
        /// What the ledger's file system has left; nil where that is not known.
        package var freeBytes: Int64?
        /// Approvals that nothing explains, each counted once since the start.
        package var unexplained: Int64 = 0
        /// When the last complete reconciliation ended; nil before the first.
        package var lastReconciled: UnixTime?
    }

    private struct State {
        var snapshot = Snapshot()
        var known: Set<TransactionID> = []
    }

    /// Ids that are kept to tell new transactions from known ones.
    private static let mostKnown = 200_000

    private let state = Mutex(State())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0.snapshot } }

    func saw(_ id: TransactionID, _ type: TransactionType) {
        state.withLock { state in
            if state.known.count >= Self.mostKnown { state.known.removeAll() }
            if state.known.insert(id).inserted { state.snapshot.seen[type, default: 0] += 1 }
        }
    }

    func decided(_ decision: Decision) {
        change { snapshot in
            snapshot.decisions[decision.action, default: 0] += 1
            for limit in decision.limits { snapshot.limits[limit.id] = limit.usedRatio }
        }
    }

    /// What came of one transaction in one pass: each reason counts where it is not approved.
    func reported(_ report: ItemReport) {
        guard report.decision.action != .allow else { return }
        change { snapshot in
            for code in Set(report.decision.reasons.map(\.code)) {
                snapshot.refusals[code, default: 0] += 1
            }
        }
    }

    func failed(_ stage: Stage) { change { $0.failures[stage, default: 0] += 1 } }

    func signed() { change { $0.signatures += 1 } }

    func confirmed(afterMilliseconds latency: Int64) {
        change {
            $0.confirmed += 1
            $0.latency.add(milliseconds: latency)
        }
    }

    func reloadFailed() { change { $0.reloadFailures += 1 } }

    func ledgerFailed() { change { $0.ledgerFailures += 1 } }

    func publishingFailed() { change { $0.publishingFailures += 1 } }

    /// A checkpoint covers everything that was durable at this time.
    func covered(_ size: Int64, at time: UnixTime, isNew: Bool) {
        change {
            $0.checkpointSize = size
            $0.coveredAt = time
            if isNew { $0.checkpointAt = time }
        }
    }

    func took(_ stage: Stage, milliseconds: Int64) {
        change {
            $0.stages[stage, default: Histogram(bounds: Histogram.stages)]
                .add(milliseconds: milliseconds)
        }
    }

    func passed(at time: UnixTime, isComplete: Bool, queue: Int) {
        change {
            $0.lastPass = time
            $0.isLastPassComplete = isComplete
            $0.queue = queue
        }
    }

    /// How many more unexplained approvals were found.
    func found(unexplained: Int) { change { $0.unexplained += Int64(unexplained) } }

    /// A reconciliation ended that missed nothing.
    func reconciled(at time: UnixTime) { change { $0.lastReconciled = time } }

    func room(_ freeBytes: Int64?) { change { $0.freeBytes = freeBytes } }

    private func change(_ body: (inout Snapshot) -> Void) {
        state.withLock { body(&$0.snapshot) }
    }
}

extension LimitResult {
    /// Used of the most, by amount or by number, whichever is nearer; 0 where neither is known.
    fileprivate var usedRatio: Double {
        let byAmount = usage.flatMap { usage in
            maxAmount.map { Double(usage.used.units) / max(Double($0.units), 1) }
        }
        let byCount = usage.flatMap { usage in
            maxCount.map { Double(usage.count) / max(Double($0), 1) }
        }
        return max(byAmount ?? 0, byCount ?? 0)
    }
}
