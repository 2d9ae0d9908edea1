import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation
import Listener
import SQLiteLedger
import ServiceLifecycle

/// `countersign run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "The agent: watch, decide, sign, approve, record.",
        discussion: """
            Examples:
              countersign run --once --dry-run     GET only: what would happen, nothing signed
              countersign run --once               one pass over what is PENDING, then exit
              countersign run                      go on until SIGTERM; SIGHUP reloads the policy

            The policy's own tests must pass, at the start and at each reload.

            --once exits 0 when the pass is complete, whatever the verdicts; 4 when an item is
            hold, conflict or quarantined; 1 when the pass could not be completed or an item is
            failed or pending.
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    @Flag(help: "One pass over what is PENDING, then exit.")
    var once = false

    @Flag(
        name: .customLong("dry-run"), help: "Ask only, sign nothing, reserve nothing (with --once)."
    )
    var isDryRun = false

    @Option(help: "A checkpoint that was kept elsewhere: a ledger without it approves nothing.")
    var checkpoint: String?

    func validate() throws {
        guard once || !isDryRun else {
            throw ValidationError("--dry-run goes with --once")
        }
    }

    func run() async throws {
        try await reporting {
            // A hang-up is not a wish to end. The agent that goes on takes it for a reload from
            // here on; a single pass ignores it.
            _ = signal(SIGHUP, SIG_IGN)
            let hangUps = once ? nil : await HangUpService()
            let format = try output.chosen()
            let wiring = try Wiring(configuration)
            try wiring.configuration.checkCommand()
            let warnings = try wiring.passTests()
            let keys = try Wiring.keys(
                wiring.configuration, for: isDryRun ? .asking : .approving)
            let code = try await wiring.withPlatform(keys) { custody, history in
                isDryRun
                    ? try await rehearse(wiring, keys, custody, format, warnings)
                    : try await approve(
                        wiring, keys, custody, history, format, warnings, hangUps)
            }
            if code != 0 { throw ExitCode(code) }
        }
    }

    /// INVARIANT: I7. No approval key, no lock, no ledger to write to, nothing but GET.
    private func rehearse(
        _ wiring: Wiring, _ keys: Keys, _ custody: RetryingCustody, _ format: OutputFormat,
        _ warnings: [String]
    ) async throws -> Int32 {
        let reader = try Wiring.ledgerReader(wiring.configuration)
        try await wiring.checkRevisions(reader)
        try await wiring.checkStanding(
            try Wiring.logPlaces(wiring.configuration, reader),
            given: try Wiring.checkpoint(checkpoint), reader: reader)
        let ledger = RehearsalLedger(SQLiteLedgerHistory(reader, under: wiring.policy))
        try await wiring.preflight(keys, custody)
        warnings.forEach { Console.note("countersign: " + $0) }
        let printer = PassPrinter(format: format)
        let agent = Agent(
            wiring.approver(
                keys, custody: custody, ledger: ledger, stopSwitch: StopSwitch(),
                policies: ActivePolicy(wiring.policy)),
            bell: Bell(), concurrency: wiring.configuration.watch.maxConcurrency, pollInterval: 0
        ) { printer.take($0) }
        do throws(Stop) {
            return printer.finish(try await agent.rehearse())
        } catch { throw Self.failure(error, wiring) }
    }

    private func approve(
        _ wiring: Wiring, _ keys: Keys, _ custody: RetryingCustody, _ history: RetryingHistory,
        _ format: OutputFormat, _ warnings: [String], _ hangUps: HangUpService?
    ) async throws -> Int32 {
        let given = try Wiring.checkpoint(checkpoint)
        // Before anything that such a state may lack is missed.
        try wiring.checkAcceptance()
        // The first opening binds the ledger for good: only what the platform confirms.
        try await wiring.preflight(keys, custody)
        let ledger = try wiring.ledger(keys)
        let publisher = try wiring.publisher(keys, ledger)
        try await wiring.checkStanding(publisher.places, given: given)
        let code: Int32
        do {
            try await PublisherService.publish(publisher)
            if let hangUps {
                try await RunningAgent(
                    wiring, keys, custody, history, ledger, publisher, hangUps
                ).run()
                code = 0
            } else {
                warnings.forEach { Console.note("countersign: " + $0) }
                code = try await approveOnce(
                    wiring, keys, custody, ledger, PassPrinter(format: format))
            }
            // After the last entry, and before the ledger is closed.
            try await PublisherService.publish(publisher)
        } catch let stop as Stop {
            throw Self.failure(stop, wiring)
        } catch let error as ListenerError {
            throw Failure.failed("\(error)")
        }
        try await wiring.close(ledger)
        return code
    }

    private func approveOnce(
        _ wiring: Wiring, _ keys: Keys, _ custody: RetryingCustody, _ ledger: SQLiteLedger,
        _ printer: PassPrinter
    ) async throws -> Int32 {
        let (stopSwitch, bell) = (StopSwitch(), Bell())
        let agent = Agent(
            wiring.approver(
                keys, custody: custody, ledger: ledger, stopSwitch: stopSwitch,
                policies: ActivePolicy(wiring.policy)),
            bell: bell, concurrency: wiring.configuration.watch.maxConcurrency, pollInterval: 0
        ) { printer.take($0) }
        let service = AgentService(agent: agent, once: true, stopSwitch: stopSwitch, bell: bell)
        try await RunningAgent.group([], service).run()
        return service.summary.map(printer.finish) ?? 0
    }
}

extension RunCommand {
    private static func failure(_ stop: Stop, _ wiring: Wiring) -> Failure {
        stop.isInvalidPolicy
            ? .invalid("\(wiring.configuration.policyShownAs)/policy.yaml: error E012: \(stop.why)")
            : .failed("stopped; start it again after a look at the ledger: \(stop.why)")
    }
}
