import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SQLiteLedger

/// `countersign reconcile`.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Approvals on the platform against signatures in the ledger, both ways.",
        discussion: """
            Lists every outgoing transaction of the policy's accounts that the platform shows as
            APPROVED or COMPLETED and that the ledger does not explain, what was signed here and
            is not approved there, and accounts of the approvers' entities that no policy covers.
            The platform is only read, at most ten requests a second; no lock is taken and no
            approval key opened, so it works while the agent runs.

            Exits 0 where everything is explained; 2 where an approval is not, where something
            signed is not approved an hour later, or where the ledger lost entries; 1 where
            something could not be read.

            --accept counts every unexplained approval as spent, so that limits know of it. It
            writes, and takes the ledger's lock: stop the agent first. After a loss of entries (an
            older copy was restored, or two copies were used) it is the only way on. It may be
            repeated after a crash.

            Examples:
              countersign reconcile
              countersign reconcile --format json
              countersign reconcile --accept --why "paid by hand on 2 October, OPS-4711"
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    @Flag(help: "Count every unexplained approval as spent (the agent must be stopped).")
    var accept = false

    @Option(help: "Why it is accepted, for those who audit it.")
    var why: String?

    @Option(help: "A checkpoint that was kept elsewhere: the ledger must lead to it.")
    var checkpoint: String?

    func validate() throws {
        guard accept == (why != nil) else {
            throw ValidationError("--accept and --why TEXT go together")
        }
        if let why, why.utf8.allSatisfy({ $0 <= 0x20 }) {
            throw ValidationError("--why needs a text")
        }
        if let why, why.unicodeScalars.count > Acceptance.longestReason {
            throw ValidationError(
                "--why is longer than \(Acceptance.longestReason) characters")
        }
    }

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let wiring = try Wiring(configuration)
            let keys = try Wiring.keys(wiring.configuration, for: .asking)
            let given = try Wiring.checkpoint(checkpoint)
            let (report, loss) = try await wiring.withPlatform(keys) { _, history in
                guard let why else { return try await Self.look(wiring, history, given) }
                let accepted = AcceptedReconciliation(
                    wiring: wiring, history: history, why: why, given: given)
                return (try await accepted.run(), nil)
            }
            ReconcileTable(report).show(format)
            if let loss { throw Failure(lines: [loss + "."] + Wiring.whatToDo, exitCode: 2) }
            try Self.judge(report)
        }
    }

    private static func look(
        _ wiring: Wiring, _ history: any CustodyHistory, _ given: [UInt8]?
    ) async throws(Failure) -> (ReconcileReport, loss: String?) {
        let reader = try Wiring.ledgerReader(wiring.configuration)
        let places = try Wiring.logPlaces(wiring.configuration, reader)
        let loss = try await wiring.loss(places, given: given, reader: reader)
        let progress = ProgressLine()
        let reconciliation = wiring.reconciliation(
            wiring.policy, history, reader, progress: progress)
        defer { progress.end() }
        let report = try await Wiring.read { () async throws(LedgerError) in
            try await reconciliation.run(.everything)
        }
        return (report, loss)
    }

    /// The exit code: an answer of no goes before what could not be read.
    static func judge(_ report: ReconcileReport) throws(Failure) {
        guard report.unexplained == 0, report.late == 0 else {
            throw .refused(
                [
                    "\(report.unexplained) approvals are not explained, and \(report.late) that were "
                        + "signed here are not approved"
                ] + report.problems)
        }
        guard report.isComplete else {
            throw Failure(lines: report.problems + ["it could not look at everything"], exitCode: 1)
        }
    }
}

extension Wiring {
    /// Holds the platform against a ledger, under a policy's map of accounts.
    func reconciliation(
        _ policy: LoadedPolicy, _ history: any CustodyHistory, _ records: any ApprovalRecords,
        progress: ProgressLine
    ) -> Reconciliation {
        Reconciliation(
            history: history, records: records, clock: clock, policy: policy.policy,
            entities: configuration.approvers.map(\.entityID).sorted(),
            progress: { account, listed in
                progress.tell("\(listed) transactions, account \(Console.safe(account.name))")
            })
    }
}
