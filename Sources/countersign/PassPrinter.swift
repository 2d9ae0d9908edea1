import ApprovalAgent
import ApprovalCore
import Synchronization

/// Prints what one pass did: a line of JSON for each transaction as it ends, or a table at the end.
final class PassPrinter: Sendable {
    private let format: OutputFormat
    private let table = Mutex(ItemTable())

    init(format: OutputFormat) { self.format = format }

    func take(_ event: Agent.Event) {
        guard case .item(let report) = event else { return }
        switch format {
        case .json: table.withLock { _ in Console.print(report.json) }
        case .table: table.withLock { $0.add(report) }
        }
    }

    /// Prints the summary and gives the exit code.
    func finish(_ summary: PassSummary) -> Int32 {
        for problem in summary.incomplete {
            Console.note("countersign: the pass is not complete: \(problem)")
        }
        switch format {
        case .json: Console.print(summary.json)
        case .table:
            for line in table.withLock({ $0 }).lines(colour: Console.hasColour) {
                Console.print(line)
            }
            Console.print(Self.sentence(summary))
        }
        return summary.exitCode
    }

    private static func sentence(_ summary: PassSummary) -> String {
        let actions = Decision.Action.allCases.compactMap { action in
            summary.actions[action].map { "\($0) \(action.rawValue)" }
        }
        let confirmed = summary.outcomes[.confirmed] ?? 0
        let cancelled = summary.cancelled > 0 ? ", \(summary.cancelled) cancelled" : ""
        let end =
            summary.isDryRun ? "dry run, nothing was signed" : "\(confirmed) confirmed" + cancelled
        return "\(summary.seen) seen: "
            + (actions.isEmpty ? ["nothing to decide"] : actions).joined(separator: ", ")
            + "; " + end
    }
}
