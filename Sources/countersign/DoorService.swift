import Listener
import ServiceLifecycle

/// A listener as a service of the agent.
struct DoorService: Service {
    private let listen: @Sendable () async throws(ListenerError) -> Void

    init(_ callbacks: CallbackListener) {
        listen = { () async throws(ListenerError) in try await callbacks.run() }
    }

    init(_ operations: OperationsListener) {
        listen = { () async throws(ListenerError) in try await operations.run() }
    }

    func run() async throws { try await listen() }
}
