import ApprovalAgent
import ServiceLifecycle
import Synchronization

/// The agent as a service: SIGTERM lets it finish what is signed.
final class AgentService: Service {
    private let agent: Agent
    private let once: Bool
    private let stopSwitch: StopSwitch
    private let bell: Bell
    private let stops: @Sendable () -> Void
    private let result = Mutex<PassSummary?>(nil)

    /// `stops` is called when it is asked to stop.
    init(
        agent: Agent, once: Bool, stopSwitch: StopSwitch, bell: Bell,
        stops: @escaping @Sendable () -> Void = {}
    ) {
        self.agent = agent
        self.once = once
        self.stopSwitch = stopSwitch
        self.bell = bell
        self.stops = stops
    }

    /// Of the pass, where there was only one.
    var summary: PassSummary? { result.withLock { $0 } }

    func run() async throws {
        try await withGracefulShutdownHandler {
            if once {
                let summary = try await agent.once()
                result.withLock { $0 = summary }
            } else {
                try await agent.run()
            }
        } onGracefulShutdown: {
            self.stops()
            self.stopSwitch.stop()
            self.bell.ring()
        }
    }
}
