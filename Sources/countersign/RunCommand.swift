import ApprovalAgent
import ApprovalCore
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `countersign run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "The agent: watch, decide, sign, approve, record.",
        discussion: """
            Examples:
              countersign run --once --dry-run     GET only: what would happen, nothing signed
              countersign run --once               one pass over what is PENDING, then exit
              countersign run                      go on until SIGTERM

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

    func validate() throws {
        guard once || !isDryRun else {
            throw ValidationError("--dry-run goes with --once")
        }
    }

    func run() async throws {
        try await reporting {
            let format = try output.chosen()
            let wiring = try Wiring(configuration)
            let keys = try Wiring.keys(
                wiring.configuration, for: isDryRun ? .asking : .approving)
            let code = try await wiring.withCustody(keys) { custody in
                isDryRun
                    ? try await rehearse(wiring, keys, custody, format)
                    : try await approve(wiring, keys, custody, format)
            }
            if code != 0 { throw ExitCode(code) }
        }
    }

    /// INVARIANT: I7. No approval key, no lock, no ledger to write to, nothing but GET.
    private func rehearse(
        _ wiring: Wiring, _ keys: Keys, _ custody: RetryingCustody, _ format: OutputFormat
    ) async throws -> Int32 {
        let reader = try wiring.history()
        let ledger = RehearsalLedger(reader)
        try await wiring.preflight(keys, custody)
        let printer = PassPrinter(format: format)
        let agent = Agent(
            wiring.approver(keys, custody: custody, ledger: ledger, stopSwitch: StopSwitch()),
            bell: Bell(), concurrency: wiring.configuration.watch.maxConcurrency, pollInterval: 0
        ) { printer.take($0) }
        do throws(Stop) {
            return printer.finish(try await agent.rehearse())
        } catch { throw Self.failure(error, wiring) }
    }

    private func approve(
        _ wiring: Wiring, _ keys: Keys, _ custody: RetryingCustody, _ format: OutputFormat
    ) async throws -> Int32 {
        // The first opening binds the ledger for good: only what the platform confirms.
        try await wiring.preflight(keys, custody)
        let ledger = try wiring.ledger(keys)
        // A hang-up is not a wish to end; reloading on it is not built.
        _ = signal(SIGHUP, SIG_IGN)
        let logger = StandardErrorLog.logger(environment: wiring.configuration.environment)
        let printer = PassPrinter(format: format)
        let (stopSwitch, bell) = (StopSwitch(), Bell())
        let agent = Agent(
            wiring.approver(keys, custody: custody, ledger: ledger, stopSwitch: stopSwitch),
            bell: bell, concurrency: wiring.configuration.watch.maxConcurrency,
            pollInterval: wiring.configuration.watch.pollInterval
        ) { [once] event in
            if once { printer.take(event) } else { AgentLog.tell(event, logger) }
        }
        let service = AgentService(agent: agent, once: once, stopSwitch: stopSwitch, bell: bell)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        do {
            try await group.run()
        } catch let stop as Stop {
            throw Self.failure(stop, wiring)
        }
        try await wiring.close(ledger)
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
