import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation
import PolicyYAML
import SQLiteLedger
import SodiumKeys

/// `countersign explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Every rule and limit for one transaction, with match, value and bound.",
        discussion: """
            TRANSACTION is a transaction's id, read from the platform or, where that is not
            possible, from the ledger; or a JSON file with a transaction's body. Nothing is
            signed, reserved or written.

            Examples:
              countersign explain f4342c75f714405d89007ef13ce68688atrx
              countersign explain payout.json --format json
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    @Argument(help: "A transaction's id, or a JSON file.")
    var transaction: String

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let wiring = try Wiring(configuration)
            let subject = try await subject(wiring)
            let weighing = wiring.policy.policy.weigh(subject)
            let reader = try wiring.history()
            let usage = try await Wiring.read { () async throws(LedgerError) in
                try await reader.usage(weighing.questions, now: wiring.clock.now())
            }
            let explanation = wiring.policy.policy.explain(subject) { _ in usage }
            switch format {
            case .json: Console.print(explanation.json(subject.transaction))
            case .table: explanation.lines(subject.transaction).forEach { Console.print($0) }
            }
        }
    }

    private func subject(_ wiring: Wiring) async throws -> Case {
        guard let id = TransactionID(transaction) else {
            let bytes: [UInt8]
            do throws(FileProblem) {
                bytes = try FileBytes.read(transaction, limit: 1 << 20)
            } catch { throw Failure.failed("\(error); give a transaction's id or a JSON file") }
            return try Self.subject(bytes, from: transaction, wiring)
        }
        return try await onPlatform(id, wiring)
    }

    /// A body from a file or the ledger, on the account that the policy describes.
    private static func subject(
        _ bytes: [UInt8], from place: String, _ wiring: Wiring
    ) throws(Failure) -> Case {
        let transaction: Transaction
        do throws(MalformedBody) { transaction = try Transaction(bytes: bytes) } catch {
            throw .failed("\(place): \(error)")
        }
        guard let account = wiring.policy.policy.account(transaction.accountID) else {
            throw .failed("\(place): account_id is no account of the policy")
        }
        return Case(transaction: transaction, account: Account(described: account))
    }

    private func onPlatform(_ id: TransactionID, _ wiring: Wiring) async throws -> Case {
        let keys = try Wiring.keys(wiring.configuration, for: .asking)
        let found = try await wiring.withCustody(keys) { await Self.find(id, wiring, $0) }
        switch found {
        case .success(let subject): return subject
        case .failure(let problem): return try await inLedger(id, wiring, problem)
        }
    }

    /// Asks for the transaction in one account after the other.
    private static func find(
        _ id: TransactionID, _ wiring: Wiring, _ custody: RetryingCustody
    ) async -> Result<Case, CustodyError> {
        var problem = CustodyError.refused(status: 404)
        for account in wiring.policy.policy.accounts.values.sorted(by: { $0.name < $1.name }) {
            do throws(CustodyError) {
                let transaction = try await custody.transaction(id, of: account)
                let shown = try await custody.account(account)
                return .success(Case(transaction: transaction, account: shown))
            } catch .refused(404) { continue } catch {
                problem = error
                break
            }
        }
        return .failure(problem)
    }

    private func inLedger(
        _ id: TransactionID, _ wiring: Wiring, _ problem: CustodyError
    ) async throws -> Case {
        let reader = try wiring.history()
        let item = try await Wiring.read { () async throws(LedgerError) in
            try await reader.item(id)
        }
        guard let item, !item.decidedBody.isEmpty else {
            throw Failure.failed(
                (["\(id) is neither on the platform nor in the ledger"]
                    + (problem == .refused(status: 404) ? [] : Wiring.failure(problem).lines))
                    .joined(separator: "; "))
        }
        Console.note("countersign: as the ledger has it; the platform did not show it")
        return try Self.subject(item.decidedBody, from: "ledger", wiring)
    }
}

extension Explanation {
    /// For machines.
    func json(_ transaction: Transaction) -> JSONValue {
        let rules = rules.map { rule, match -> JSONValue in
            var members = [
                JSONMember("id", .string(rule.id)),
                JSONMember("action", .string(rule.action.rawValue)),
                JSONMember("match", .string(match.word)),
            ]
            if case .unknown(let fields) = match {
                members.append(
                    JSONMember("unknown", .array(fields.sorted().map(JSONValue.string))))
            }
            return .object(members)
        }
        return .object([
            JSONMember("transaction_id", .string(transaction.id.text)),
            JSONMember("action", .string(decision.action.rawValue)),
            JSONMember("rules", .array(rules)),
            JSONMember("limits", .array(decision.limits.map(\.json))),
            JSONMember("reasons", .array(decision.reasons.map(\.json))),
        ])
    }

    /// For people.
    func lines(_ transaction: Transaction) -> [String] {
        var lines = ["\(transaction.id): \(decision.action.rawValue)"]
        lines += decision.reasons.map { "  because \($0.message)" }
        if !rules.isEmpty { lines.append("rules") }
        for (rule, match) in rules {
            var line = "  \(match.word.padding(to: 8)) \(rule.action.rawValue.padding(to: 9))"
            line += rule.id
            if case .unknown(let fields) = match {
                line += "  (cannot be read: \(fields.sorted().joined(separator: ", ")))"
            }
            lines.append(line)
        }
        if !decision.limits.isEmpty { lines.append("limits") }
        for limit in decision.limits {
            let used = limit.usage.map { "\($0.used.short) since \($0.since.minute) UTC" } ?? "?"
            let bounds = [
                limit.maxAmount.map { "at most \($0.short) \(limit.asset)" },
                limit.maxCount.map { "at most \($0) in number" },
            ].compactMap { $0 }.joined(separator: ", ")
            lines.append(
                "  \(limit.exceeded ? "EXCEEDED" : "within  ") \(limit.id)  used \(used), "
                    + "this \(limit.this?.short ?? "?"), \(bounds)")
        }
        return lines
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - utf8.count))
    }
}
