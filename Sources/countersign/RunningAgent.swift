import ApprovalAgent
import ApprovalCore
import CustodyClient
import Foundation
import Listener
import Logging
import SQLiteLedger
import ServiceLifecycle
import UnixSignals

/// The agent that goes on until it is asked to stop, with all that stands around it: callbacks,
/// operations, notices and the word to systemd. Each is a service of one group.
struct RunningAgent {
    /// Words of `countersign_callbacks_total{result}`.
    enum CallbackResult: String, CaseIterable {
        case transaction, trade, refused
        case closureRequest = "closure_request"
        case notRecorded = "not_recorded"
    }

    private static let (callbacksDoor, operationsDoor) = ("callbacks", "operations")

    private let configuration: Configuration
    private let logger: Logger
    private let hangUps: HangUpService
    private let notifier: Notifier
    private let systemd: SystemdService
    private let operations: Operations
    private let agent: AgentService
    private let reconciling: ReconcileService
    private let publishing: PublisherService
    private let basePath: String
    private let stopSwitch: StopSwitch
    private let bell: Bell

    /// Nothing runs or listens yet.
    init(
        _ wiring: Wiring, _ keys: Keys, _ custody: RetryingCustody, _ history: RetryingHistory,
        _ ledger: SQLiteLedger, _ publisher: Publisher, _ hangUps: HangUpService
    ) throws(Failure) {
        let configuration = wiring.configuration
        let logger = StandardErrorLog.logger(environment: configuration.environment)
        let (stopSwitch, bell, policies) = (StopSwitch(), Bell(), ActivePolicy(wiring.policy))
        let notifier = Notifier(configuration, clock: wiring.clock, logger: logger)
        let callbacks = Tally(CallbackResult.allCases.map(\.rawValue))
        let isCalled = configuration.listen.callbacks != nil
        let logbook = Logbook(
            clock: wiring.clock, figures: wiring.figures,
            tellLastPass: { [file = configuration.lastPassFile] board, now in
                file.write(board, callbacks: isCalled ? callbacks : nil, at: now)
            },
            announce: { notifier.tell($0) })
        let systemd = Self.systemd(configuration, wiring.pulse)
        let approver = wiring.approver(
            keys, custody: custody, ledger: ledger, stopSwitch: stopSwitch, policies: policies)
        let agent = Agent(
            approver, bell: bell,
            reloading: TestedPolicy(configuration).reloading(bell: hangUps.bell) {
                systemd.reloads()
            },
            concurrency: configuration.watch.maxConcurrency,
            pollInterval: configuration.watch.pollInterval
        ) { [pulse = wiring.pulse] event in
            pulse.beat()
            logbook.take(event)
            AgentLog.tell(event, logger)
            systemd.take(event)
        }
        operations = Operations(
            configuration: configuration, policies: policies, clock: wiring.clock,
            clockWatch: wiring.clockWatch, ledger: ledger, logbook: logbook,
            figures: wiring.figures, notifications: notifier.tally, callbacks: callbacks,
            keyDoubt: {
                Set(policies.current.policy.accounts.values.map(\.entityID)).sorted()
                    .lazy.compactMap(approver.registrationDoubt).first
            })
        self.agent = AgentService(
            agent: agent, once: false, stopSwitch: stopSwitch, bell: bell,
            stops: { systemd.stops() })
        reconciling = ReconcileService(
            reconciling: Reconciling(
                approver, history: history, records: try Wiring.ledgerReader(configuration)
            ) { event in
                logbook.take(event)
                AgentLog.tell(event, logger)
            })
        publishing = PublisherService(publisher) { approver.stopRecording(because: $0.why) }
        basePath = try Wiring.custodySettings(configuration).baseURL.path
        self.configuration = configuration
        self.logger = logger
        self.hangUps = hangUps
        self.notifier = notifier
        self.systemd = systemd
        self.stopSwitch = stopSwitch
        self.bell = bell
    }

    /// Runs until SIGTERM or SIGINT; throws what ended it otherwise.
    func run() async throws {
        for warning in configuration.warnings {
            logger.warning("configuration finding", metadata: ["finding": "\(warning)"])
        }
        var services: [any Service] = [hangUps, systemd, notifier, publishing, reconciling]
        if let address = configuration.listen.operations {
            services.append(DoorService(operationsListener(address)))
        }
        if let address = configuration.listen.callbacks {
            services.append(DoorService(callbackListener(address)))
        }
        try await Self.group(services, agent).run()
    }

    private static func systemd(_ configuration: Configuration, _ pulse: Pulse) -> SystemdService {
        // What the slowest of passes on a platform that does not answer needs between two signs.
        let longest = max(
            3 * configuration.watch.pollInterval + 10 * configuration.platform.requestTimeout,
            300_000)
        let doors = [
            configuration.listen.callbacks.map { _ in callbacksDoor },
            configuration.listen.operations.map { _ in operationsDoor },
        ]
        return SystemdService(
            environment: ProcessInfo.processInfo.environment, doors: doors.compactMap(\.self),
            isAlive: { pulse.silence < .milliseconds(longest) })
    }

    private func operationsListener(_ address: ListenAddress) -> OperationsListener {
        OperationsListener(address: address, pages: operations.pages) { _ in
        } listening: {
            listens(Self.operationsDoor, $0)
        }
    }

    private func callbackListener(_ address: ListenAddress) -> CallbackListener {
        let (policies, stopSwitch, bell) = (operations.policies, stopSwitch, bell)
        let (results, refusals) = (operations.callbacks, operations.callbackRefusals)
        let door = CallbackDoor(
            basePath: basePath,
            account: { policies.current.policy.account($0)?.entityID },
            ring: { callback in
                // Who stops looks no more: the platform is to try again.
                guard !stopSwitch.isStopped else { return false }
                switch callback {
                case .transaction(_, let account):
                    bell.ring(for: account)
                    results.count(CallbackResult.transaction.rawValue)
                case .trade: results.count(CallbackResult.trade.rawValue)
                case .closureRequest: results.count(CallbackResult.closureRequest.rawValue)
                }
                return true
            })
        return CallbackListener(address: address, door: door) { refusal in
            let result: CallbackResult = refusal == .notRecorded ? .notRecorded : .refused
            results.count(result.rawValue)
            refusals.count(refusal.label)
        } listening: {
            listens(Self.callbacksDoor, $0)
        }
    }

    private func listens(_ door: String, _ address: ListenAddress) {
        logger.notice("listening", metadata: ["door": "\(door)", "address": "\(address)"])
        systemd.opened(door)
    }

    /// The agent, stopped first, ends the group, well or not; so does any other that fails.
    static func group(_ services: [any Service], _ agent: AgentService) -> ServiceGroup {
        ServiceGroup(
            configuration: .init(
                services: (services + [agent]).map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
    }
}
