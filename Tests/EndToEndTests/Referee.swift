import Foundation
import ProgramTestKit

/// Holds what the platform saw against what the ledger says; trusts neither the agent's exit codes
/// nor its output.
struct Referee {
    /// What the demo's policy may let through, written down again here.
    struct Bounds {
        /// Most that may leave the payout account by withdrawal, fees included.
        var limit: Decimal? = Decimal(string: "1.0")
        /// Whether every accepted approval must be recorded as confirmed by now.
        var isFinished = true
        /// Addresses and amounts beyond the demo's that are right here.
        var addresses = [AgentFolder.ID.exchange, AgentFolder.ID.coldWallet]
    }

    private let described: [Described]
    private let report: [String: Any]
    private let ledgers: [[Entry]]
    private let bounds: Bounds

    struct Entry {
        let text: String
        let body: [String: Any]

        var seq: Int { body["seq"] as? Int ?? -1 }
        var kind: String { body["kind"] as? String ?? "" }
        var id: String { body["transaction_id"] as? String ?? "" }
        func text(_ name: String) -> String { body[name] as? String ?? "" }
    }

    /// Everything that is wrong; empty where all is well.
    static func problems(
        _ scene: Scene, and others: [AgentFolder] = [], _ bounds: Bounds = Bounds()
    ) async throws -> [String] {
        var ledgers: [[Entry]] = []
        for folder in [scene.folder] + others { ledgers.append(try await entries(of: folder)) }
        let referee = Referee(
            described: try await scene.described(), report: try await scene.sandbox.report(),
            ledgers: ledgers, bounds: bounds)
        return referee.platform() + ledgers.flatMap { referee.ledger($0) }
            + referee.approvals() + referee.sums()
    }

    /// All entries of a ledger, oldest first.
    static func entries(of folder: AgentFolder) async throws -> [Entry] {
        let result = try await folder.run(
            "audit", "query", "--format", "json", "--limit", "1000000")
        guard result.code == 0 else {
            throw SandboxProcess.Failure(description: "audit query: \(result.errors)")
        }
        return try result.lines.map { line in
            guard
                let body = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    as? [String: Any]
            else { throw SandboxProcess.Failure(description: "no entry: \(line)") }
            return Entry(text: line, body: body)
        }
    }

    private func platform() -> [String] {
        var problems: [String] = []
        for name in [
            "transactions_with_several_accepted_approvals", "transactions_with_several_challenges",
        ] where (report[name] as? [String]) != [] {
            problems.append("\(name): \(report[name] ?? "absent")")
        }
        for name in ["nonces_reused", "signature_failures"] where (report[name] as? Int) != 0 {
            problems.append("\(name): \(report[name] ?? "absent")")
        }
        return problems
    }

    private func ledger(_ entries: [Entry]) -> [String] {
        var problems: [String] = []
        if entries.map(\.seq) != Array(1...max(1, entries.count)) {
            problems.append("seq has gaps: \(entries.map(\.seq))")
        }
        for entry in entries where entry.kind != "confirmed" {
            if entry.text.contains("\"signature\"") || entry.text.contains(/[0-9a-fA-F]{128}/) {
                problems.append("a signature before the confirmation: \(entry.text)")
            }
        }
        let signed = Dictionary(grouping: entries.filter { $0.kind == "signed" }, by: \.id)
        for (id, entries) in signed
        where Set(entries.map { $0.text("challenge_sha256") }).count > 1 {
            problems.append("\(id) was signed twice differently")
        }
        return problems
    }

    /// Every attempt that reached the platform was signed here before, over the same message; what
    /// was accepted is what the policy lets through.
    private func approvals() -> [String] {
        var problems: [String] = []
        let entries = ledgers.flatMap { $0 }
        let signed = Dictionary(grouping: entries.filter { $0.kind == "signed" }, by: \.id)
        let confirmed = Set(entries.filter { $0.kind == "confirmed" }.map(\.id))
        for item in described {
            if item.accepted.count > 1 { problems.append("\(item.id): accepted twice") }
            for attempt in item.attempts {
                let known = (signed[item.id] ?? []).contains {
                    $0.text("challenge_sha256") == attempt.sentDigest
                        && $0.text("signature_sha256") == attempt.signatureDigest
                }
                if !known { problems.append("\(item.id): an attempt that was not recorded") }
            }
            for attempt in item.accepted {
                if attempt.sentDigest != attempt.digest {
                    problems.append("\(item.id): accepted over another message")
                }
                if bounds.isFinished, !confirmed.contains(item.id) {
                    problems.append("\(item.id): approved and not confirmed")
                }
                if let why = refusal(attempt.message) {
                    problems.append("\(item.id): the policy does not allow it: \(why)")
                }
            }
        }
        let accepted = Set(described.filter { !$0.accepted.isEmpty }.map(\.id))
        problems += confirmed.subtracting(accepted).map { "\($0): confirmed and not approved" }
        return problems
    }

    /// Why the demo's policy refuses what a message says; nil where it allows it.
    private func refusal(_ message: String) -> String? {
        var fields: [String: String] = [:]
        for line in message.components(separatedBy: "\n") {
            guard let colon = line.range(of: ": ") else { continue }
            fields[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
        guard let amount = fields["amount"].flatMap({ Decimal(string: $0) }),
            let fee = fields["fee_amount"].flatMap({ Decimal(string: $0) }), amount < 0
        else { return message }
        let own = [AgentFolder.ID.payouts, AgentFolder.ID.treasury]
        let isRight =
            switch fields["type"] {
            case "WITHDRAWAL":
                fields["account_id"] == AgentFolder.ID.payouts
                    && bounds.addresses.contains(fields["address"] ?? "")
                    && -amount - Decimal(sign: .plus, exponent: -1, significand: 5) <= 0
                    && fee <= Decimal(sign: .plus, exponent: -3, significand: 2)
            case "TRANSFER_OUTGOING":
                own.contains(fields["account_id"] ?? "")
                    && own.contains(fields["receiver_account_id"] ?? "") && -amount <= 5
                    && fee == 0
            default: false
            }
        return isRight ? nil : message
    }

    private func sums() -> [String] {
        guard let limit = bounds.limit else { return [] }
        let sum = described.reduce(Decimal(0)) { sum, item in
            guard !item.accepted.isEmpty, item.transaction["type"] as? String == "WITHDRAWAL",
                let amount = Decimal(string: item.transaction["amount"] as? String ?? ""),
                let fee = Decimal(string: item.transaction["fee_amount"] as? String ?? "")
            else { return sum }
            return sum - amount + fee
        }
        return sum <= limit ? [] : ["\(sum) left, and the limit is \(limit)"]
    }
}
