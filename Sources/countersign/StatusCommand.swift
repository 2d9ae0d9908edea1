import ApprovalAgent
import ApprovalCore
import ArgumentParser
import PolicyYAML
import SQLiteLedger

/// `countersign status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What the agent is doing, from its ledger.",
        discussion: "Example:\n  countersign status --format json")

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let configuration = try self.configuration.load()
            let reader = try Wiring.ledgerReader(configuration)
            let overview = try await Wiring.read { () async throws(LedgerError) in
                try await reader.overview()
            }
            let latest = try await Wiring.read { () async throws(LedgerError) in
                try await reader.entries(limit: AgentStatus.looksBack)
            }
            let unfinished = try await Wiring.read { () async throws(LedgerError) in
                try await reader.unfinished()
            }
            let status = AgentStatus(
                overview: overview, latest: latest,
                asked: unfinished.filter { $0.state == .asked },
                loss: try await Wiring.loss(configuration, reader),
                halt: configuration.haltFile.current(),
                groupStop: configuration.groupHaltFile.current(),
                lastPass: configuration.lastPassFile.read(),
                isRunning: SQLiteLedger.isInUse(at: configuration.ledger.file),
                policy: TestedPolicy(configuration).directory.check().loaded)
            switch format {
            case .json: Console.print(status.json)
            case .table: status.lines.forEach { Console.print($0) }
            }
        }
    }
}

/// What `status` shows.
private struct AgentStatus {
    /// How many of the latest entries are looked at for a policy that was refused.
    static let looksBack = 1_000

    let overview: LedgerOverview
    let latest: [LedgerEntry]
    /// Transactions that people were asked about.
    let asked: [LedgerItem]
    /// What says that the ledger lost entries; nil where nothing does.
    let loss: String?
    let halt: Halt?
    let groupStop: Halt?
    /// What the running agent wrote when it last looked at every account.
    let lastPass: JSONValue?
    let isRunning: Bool
    /// What the directory holds; nil where it is not valid.
    let policy: LoadedPolicy?

    /// The last policy that was refused, where none was activated after it.
    private var refused: LedgerEntry? {
        latest.last { [.policyRejected, .policyActivated].contains($0.kind) }
            .flatMap { $0.kind == .policyRejected ? $0 : nil }
    }

    private var refusedJSON: JSONValue {
        guard let refused, let body = try? JSONValue(parsing: refused.body) else { return .null }
        return .object([
            "time": .string(refused.time.description), "findings": body["findings"] ?? .null,
        ])
    }

    /// When, and the first reason.
    private var refusal: String {
        guard let refused else { return "" }
        let body = try? JSONValue(parsing: refused.body)
        let first = body?["findings"]?.elements?.first?.text.map { ": " + Console.safe($0) } ?? ""
        return "; a reload was refused \(refused.time)\(first)"
    }

    var isPolicyActive: Bool { policy.map { $0.digest == overview.policyDigest } ?? false }

    var json: JSONValue {
        let states = ItemState.allCases.map {
            JSONMember($0.rawValue, .integer(overview.states[$0] ?? 0))
        }
        return .object([
            JSONMember("running", .bool(isRunning)), JSONMember("halted", halt?.json ?? .null),
            JSONMember("loss", .optional(loss)),
            JSONMember("group_stopped", groupStop?.json ?? .null),
            JSONMember("asked", .array(asked.map(Self.asking))),
            JSONMember("entries", .integer(overview.entries)),
            JSONMember(
                "last_entry", .optional(overview.lastEntry?.description)),
            JSONMember("states", .object(states)),
            JSONMember("quarantined", .integer(overview.quarantined)),
            JSONMember("last_pass", lastPass ?? .null),
            JSONMember(
                "policy",
                .object([
                    JSONMember(
                        "active_revision",
                        overview.policyRevision.map { .integer($0) } ?? .null),
                    JSONMember(
                        "active_digest",
                        .optional(overview.policyDigest?.description)),
                    JSONMember(
                        "directory_revision",
                        policy.map { .integer($0.policy.metadata.revision) } ?? .null),
                    JSONMember(
                        "directory_digest",
                        .optional(policy?.digest.description)),
                    JSONMember("directory_is_active", .bool(isPolicyActive)),
                    JSONMember("refused", refusedJSON),
                ])),
        ])
    }

    private static func asking(_ item: LedgerItem) -> JSONValue {
        .object([
            "transaction_id": .string(item.transactionID.text),
            "account_id": .string(item.accountID.text), "asking": item.asking?.json ?? .null,
        ])
    }

    /// Who was asked, who approved, who is missing and until when: a line for each transaction.
    private var askedLines: [String] {
        asked.map { item in
            "asked        \(item.transactionID): "
                + Console.safe(item.asking?.sentence ?? "the ledger does not say whom")
        }
    }

    var lines: [String] {
        let halted = halt.map {
            "HALTED by \(Console.safe($0.by)): \(Console.safe($0.why))"
        }
        let stopped = groupStop.map {
            [
                "groups       NOT ASKED since \($0.since?.description ?? "unknown"): "
                    + Console.safe($0.why)
            ]
        }
        let states = ItemState.allCases.compactMap { state in
            overview.states[state].map { "\($0) \(state.rawValue)" }
        }
        let directory =
            policy.map {
                "revision \($0.policy.metadata.revision)\(isPolicyActive ? " (active)" : "")"
            } ?? "one that is not valid (countersign check)"
        let revision = overview.policyRevision.map(String.init) ?? "none yet"
        let lost = loss.map {
            ["LOSS         \(Console.safe($0)); nothing is approved until `reconcile --accept`"]
        }
        return (lost ?? []) + [
            "agent        \(isRunning ? "running" : "not running")",
            "approvals    \(halted ?? "not halted")",
            "policy       active revision \(revision); the directory holds \(directory)\(refusal)",
            "ledger       \(overview.entries) entries, the last "
                + (overview.lastEntry?.description ?? "never"),
            "transactions " + (states.isEmpty ? "none yet" : states.joined(separator: ", ")),
            "quarantined  \(overview.quarantined)",
        ] + (stopped ?? []) + LastPassFile.lines(lastPass) + askedLines
    }
}
