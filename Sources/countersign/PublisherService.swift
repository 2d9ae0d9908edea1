import ApprovalAgent
import Dispatch
import ServiceLifecycle

/// Publishes the audit log beside the agent, on a thread of its own: no decision waits for it.
struct PublisherService: Service {
    private let publisher: Publisher
    private let failed: @Sendable (Stop) -> Void

    /// INVARIANT: I8. `failed` is called at once where the log cannot be published: nothing may be
    /// approved from then on.
    init(_ publisher: Publisher, failed: @escaping @Sendable (Stop) -> Void) {
        self.publisher = publisher
        self.failed = failed
    }

    func run() async throws {
        try await withTaskExecutorPreference(FileExecutor.shared) {
            try await cancelWhenGracefulShutdown {
                do throws(Stop) { try await publisher.keepPublishing() } catch {
                    failed(error)
                    throw error
                }
            }
        }
    }

    /// Publishes what is new now, before the agent begins and after its last entry.
    static func publish(_ publisher: Publisher) async throws {
        try await withTaskExecutorPreference(FileExecutor.shared) {
            _ = try await publisher.publish()
        }
    }
}

/// The thread on which the audit log's files are written: their system calls block.
private final class FileExecutor: TaskExecutor {
    static let shared = FileExecutor()
    private let queue = DispatchQueue(label: "audit log")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
