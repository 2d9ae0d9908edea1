import ApprovalAgent
import ServiceLifecycle
import UnixSignals

/// SIGHUP asks for the policy to be loaded again. What comes before the service runs is kept.
struct HangUpService: Service {
    /// Rung for each SIGHUP.
    let bell = Bell()
    private let signals: UnixSignalsSequence

    /// Takes SIGHUP from here on.
    init() async {
        signals = await UnixSignalsSequence(trapping: .sighup)
    }

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { bell.ring() }
    }
}
