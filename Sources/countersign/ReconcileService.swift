import ApprovalAgent
import ServiceLifecycle

/// Reconciling as a service beside the agent; it stops at once when it is asked to.
struct ReconcileService: Service {
    let reconciling: Reconciling

    func run() async throws {
        let reconciling = reconciling
        try await cancelWhenGracefulShutdown { try await reconciling.run() }
    }
}
