import ApprovalAgent
import ApprovalCore
import Foundation
import ServiceLifecycle
import Synchronization

/// Tells systemd how the agent stands: ready, reloading, stopping, alive. Without systemd it does
/// nothing.
final class SystemdService: Service {
    private struct State {
        /// What must be before it is ready: the agent, and each door by its name.
        var awaited: Set<String>
        var isReloading = false
    }

    private static let agent = "agent"

    private let socket: SystemdSocket?
    /// Microseconds.
    private let watchdog: Int64?
    private let isAlive: @Sendable () -> Bool
    private let state: Mutex<State>

    /// Ready is: the agent has begun and every one of `doors` listens. `isAlive` is asked before
    /// each sign of life.
    init(
        environment: [String: String], doors: [String], isAlive: @escaping @Sendable () -> Bool
    ) {
        socket = SystemdSocket(environment)
        watchdog = SystemdSocket.watchdog(environment)
        self.isAlive = isAlive
        state = Mutex(State(awaited: Set(doors + [Self.agent])))
    }

    /// A door listens.
    func opened(_ door: String) { came(door) }

    func take(_ event: Agent.Event) {
        switch event {
        case .started: came(Self.agent)
        case .reloaded, .reloadUnchanged, .reloadRefused: reloaded()
        case .waiting, .activated, .item, .passed, .halted, .resumed, .groupsStopped,
            .groupsResumed, .stopped:
            break
        }
    }

    private func came(_ what: String) {
        let isReady = state.withLock { state in
            state.awaited.remove(what) != nil && state.awaited.isEmpty && !state.isReloading
        }
        if isReady { socket?.tell("READY=1") }
    }

    /// A reload begins.
    func reloads() {
        state.withLock { $0.isReloading = true }
        socket?.tell("RELOADING=1", "MONOTONIC_USEC=\(SystemdSocket.monotonicMicroseconds)")
    }

    private func reloaded() {
        let isReady = state.withLock { state in
            state.isReloading = false
            return state.awaited.isEmpty
        }
        if isReady { socket?.tell("READY=1") }
    }

    /// The agent is asked to stop.
    func stops() { socket?.tell("STOPPING=1") }

    /// A sign of life in each half of the time that systemd gives, while there is life.
    func run() async {
        guard let watchdog, let socket else {
            try? await gracefulShutdown()
            return
        }
        let pause = Duration.microseconds(max(1_000, watchdog / 2))
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if self.isAlive() { socket.tell("WATCHDOG=1") }
                // The rhythm that systemd asks for.
                do { try await Task.sleep(for: pause) } catch { return }
            }
        }
    }
}
