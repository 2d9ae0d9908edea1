import ApprovalAgent
import ApprovalCore

/// What `reconcile` shows of its report.
struct ReconcileTable {
    private static let headings = [
        "TRANSACTION", "ACCOUNT", "STATE", "AMOUNT", "DESTINATION", "CLASS", "VERDICT",
    ]

    private let report: ReconcileReport

    init(_ report: ReconcileReport) { self.report = report }

    func show(_ format: OutputFormat) {
        switch format {
        case .json: objects.forEach { Console.print($0) }
        case .table: lines.forEach { Console.print($0) }
        }
    }

    /// One object for each that somebody must look at, and the counts.
    private var objects: [JSONValue] {
        report.findings.map(\.json) + report.unapproved.map(\.json)
            + report.uncovered.map { uncovered in
                .object([
                    JSONMember("account_id", .string(uncovered.accountID)),
                    JSONMember("entity_id", .string(uncovered.entityID.text)),
                    JSONMember("class", .string("not_covered")),
                ])
            } + [
                .object([
                    JSONMember(
                        "summary",
                        .object(
                            report.members(most: 0).filter {
                                !["unexplained", "not_approved", "since"].contains($0.name)
                            }))
                ])
            ]
    }

    private var lines: [String] {
        let counts = ApprovalClass.allCases.map { "\($0.rawValue) \(report.approvals[$0] ?? 0)" }
        let rest = [
            report.late > 0 ? "signed here and not approved there: \(report.late)" : nil,
            report.failed > 0
                ? "signed here and ended by the platform as FAILED or CANCELLED: \(report.failed)"
                : nil,
        ]
        return findingLines + unapprovedLines + uncoveredLines
            + [
                "\(report.listed) outgoing transactions, of these approved: "
                    + counts.joined(separator: ", ")
            ] + rest.compactMap(\.self)
    }

    private var findingLines: [String] {
        guard !report.findings.isEmpty else { return [] }
        let rows = report.findings.map { finding in
            [
                finding.transactionID.text, finding.account.name, finding.state.rawValue,
                finding.amount ?? "-", finding.destination ?? "-", finding.classed.rawValue,
                finding.verdict?.rawValue ?? "-",
            ].map(Console.safe)
        }
        let widths = Self.headings.indices.map { column in
            ([Self.headings] + rows).map { $0[column].utf8.count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            zip(cells, widths.dropLast() + [0]).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.utf8.count))
            }.joined(separator: "  ")
        }
        let told = zip(report.findings, rows).flatMap { finding, row in
            let fields =
                finding.fields.isEmpty
                ? "" : "differs in " + finding.fields.joined(separator: ", ") + "; "
            return [line(row), "    do: \(fields)\(finding.classed.remedy)"]
        }
        let more = report.unexplained - report.findings.count
        return [line(Self.headings)] + told + (more > 0 ? ["and \(more) more"] : [])
    }

    private var unapprovedLines: [String] {
        report.unapproved.map { one in
            let hint = one.isLate ? "call the platform: limits count it" : "wait: it is under way"
            return "\(one.transactionID)  \(Console.safe(one.account.name))  signed "
                + "\(one.age / 60_000) min ago, the platform shows \(one.shownState); \(hint)"
        }
    }

    private var uncoveredLines: [String] {
        guard report.uncoveredInAll > 0 else { return [] }
        let shown = report.uncovered.prefix(100).map {
            "    \(Console.safe($0.accountID)) of entity \($0.entityID)"
        }
        let more = report.uncoveredInAll - shown.count
        return [
            "the approval key reaches accounts that the policy does not name, and that are not "
                + "looked at here:"
        ] + shown + (more > 0 ? ["    and \(more) more"] : [])
    }
}
