import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SQLiteLedger

/// `countersign explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Every rule, limit, pattern and guard for one transaction, and the answer.",
        discussion: """
            TRANSACTION is a transaction's id, read from the platform or, where that is not
            possible, from the ledger; or a JSON file with a transaction's body. It is decided as
            it would be now, under the policy in the directory. Nothing is signed, reserved or
            written.

            --what-if changes fields before deciding: `field=value`, several with commas between
            them; `field=null` makes it null, and `field=` takes it out. It may be repeated.

            Exits 4 where the answer is hold, else 0; and 0 where nothing is to be decided any
            more, because the transaction is not PENDING.

            Examples:
              countersign explain f4342c75f714405d89007ef13ce68688atrx
              countersign explain payout.json --format json
              countersign explain payout.json --what-if amount=-0.60000000,reference=null
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    @Argument(help: "A transaction's id, or a JSON file.")
    var transaction: String

    @Option(name: .customLong("what-if"), help: "Other values: field=value, with commas between.")
    var whatIf: [String] = []

    func validate() throws {
        do throws(WhatIf.Mistake) { _ = try WhatIf(whatIf) } catch {
            throw ValidationError(error.description)
        }
    }

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let wiring = try Wiring(configuration)
            let reader = try Wiring.ledgerReader(wiring.configuration)
            let found = try await ExplainSubject(wiring, reader).find(transaction)
            let subject = try changed(found, wiring.policy.policy)
            let explained = try await Self.explain(subject, instead: found, wiring, reader)
            switch format {
            case .json: Console.print(explained.json)
            case .table: explained.lines.forEach { Console.print($0) }
            }
            if explained.isUndecided { throw ExitCode(4) }
        }
    }

    private func changed(_ found: Case, _ policy: Policy) throws -> Case {
        do throws(WhatIf.Mistake) { return try WhatIf(whatIf).applied(to: found, policy) } catch {
            throw ValidationError(error.description)
        }
    }

    private static func explain(
        _ subject: Case, instead found: Case, _ wiring: Wiring, _ reader: SQLiteLedgerReader
    ) async throws -> Explained {
        let policy = wiring.policy.policy
        let id = subject.transaction.id
        let history = SQLiteLedgerHistory(reader, under: wiring.policy)
        let (moment, answers, entries, item) = try await Wiring.read {
            () async throws(LedgerError) -> (Moment, Answers, [LedgerEntry], LedgerItem?) in
            let now = try await history.effective(wiring.clock.now())
            let moment = policy.moment(at: now)
            let questions = policy.weigh(subject, at: moment).questions
            return (
                moment, try await history.answers(questions),
                try await reader.entries(about: id, limit: 1_000), try await reader.item(id)
            )
        }
        return Explained(
            transaction: subject.transaction, policy: wiring.policy, moment: moment,
            explanation: policy.explain(subject, at: moment) { _ in answers },
            changes: WhatIf.changes(from: found.transaction, to: subject.transaction),
            recorded: entries.last { $0.kind == .decided }, asking: item?.asking)
    }
}
