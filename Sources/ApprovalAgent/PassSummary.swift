package import ApprovalCore

/// The counts of one pass, and what they mean for an exit code.
package struct PassSummary: Hashable, Sendable {
    package private(set) var seen = 0
    package private(set) var actions: [Decision.Action: Int] = [:]
    package private(set) var outcomes: [ItemReport.Outcome: Int] = [:]
    /// How many the platform shows CANCELLED because a block rule asked for that.
    package private(set) var cancelled = 0
    package let isDryRun: Bool
    /// Why the pass could not be completed; empty where it was.
    package var incomplete: [String] = []

    package init(isDryRun: Bool) { self.isDryRun = isDryRun }

    /// Counts one item.
    package mutating func add(_ report: ItemReport) {
        seen += 1
        actions[report.decision.action, default: 0] += 1
        if report.isCancelled { cancelled += 1 }
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
        let summary: JSONValue = .object(
            [
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
            ] + (cancelled > 0 ? [JSONMember("cancelled", .integer(cancelled))] : []))
        return .object([JSONMember("summary", summary)])
    }
}
