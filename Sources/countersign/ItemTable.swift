import ApprovalAgent
import ApprovalCore

/// The table of a pass that a person reads: one transaction a row.
struct ItemTable {
    private static let headings = [
        "TRANSACTION", "AMOUNT", "DESTINATION", "VERDICT", "REASON", "OUTCOME",
    ]

    private(set) var reports: [ItemReport] = []

    mutating func add(_ report: ItemReport) { reports.append(report) }

    /// The rows, in the order of their ids, with the columns aligned.
    func lines(colour: Bool) -> [String] {
        guard !reports.isEmpty else { return ["Nothing is PENDING."] }
        let rows = reports.sorted { ($0.transactionID ?? "") < ($1.transactionID ?? "") }
            .map(Self.cells)
        let widths = Self.headings.indices.map { column in
            ([Self.headings] + rows).map { $0[column].utf8.count }.max() ?? 0
        }
        func line(_ cells: [String], verdict: String? = nil) -> String {
            zip(cells, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.utf8.count)
                let isNumber = column == 1
                let text = isNumber ? padding + cell.0 : cell.0 + padding
                return column == 3 ? Self.coloured(text, verdict, colour) : text
            }.joined(separator: "  ").trimmingTrailingSpaces
        }
        return [line(Self.headings)] + rows.map { line($0, verdict: $0[3]) }
    }

    private static func cells(_ report: ItemReport) -> [String] {
        [
            shortened(report.transactionID ?? "(no id)"),
            Console.safe(report.amount ?? "-"),
            shortened(Console.safe(report.destination ?? "-")),
            report.decision.action.rawValue,
            reason(report.decision.reasons),
            outcome(report),
        ]
    }

    private static func outcome(_ report: ItemReport) -> String {
        if let outcome = report.outcome { return outcome.rawValue }
        if report.isCancelled { return "cancelled" }
        return report.isDryRun ? "(dry run)" : "left PENDING"
    }

    /// Both ends of an id or address: the middle is what an eye skips anyway.
    private static func shortened(_ text: String) -> String {
        let safe = Console.safe(text)
        guard safe.utf8.count > 22 else { return safe }
        return safe.prefix(12) + ".." + safe.suffix(8)
    }

    private static func reason(_ reasons: [Reason]) -> String {
        guard let first = reasons.first else { return "-" }
        let more = reasons.count > 1 ? " (+\(reasons.count - 1))" : ""
        let sentence = first.message
        let cut = sentence.utf8.count > 64 ? sentence.prefix(61) + "..." : sentence[...]
        return first.code + ": " + cut + more
    }

    private static func coloured(_ text: String, _ verdict: String?, _ colour: Bool) -> String {
        guard colour, let action = verdict.flatMap(Decision.Action.init(rawValue:)) else {
            return text
        }
        let code =
            switch action {
            case .allow: "32"
            case .escalate: "33"
            case .block: "31"
            case .hold: "35"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
