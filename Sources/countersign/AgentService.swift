import ApprovalAgent
import ServiceLifecycle
import Synchronization

/// The agent as a service: SIGTERM lets it finish what is signed.
final class AgentService: Service {
    private let agent: Agent
    private let once: Bool
    private let stopSwitch: StopSwitch
    private let bell: Bell
    private let result = Mutex<PassSummary?>(nil)

    init(agent: Agent, once: Bool, stopSwitch: StopSwitch, bell: Bell) {
        self.agent = agent
        self.once = once
        self.stopSwitch = stopSwitch
        self.bell = bell
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
            self.stopSwitch.stop()
            self.bell.ring()
        }
    }
}
