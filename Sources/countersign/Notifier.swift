import ApprovalAgent
import ApprovalCore
import Foundation
import Logging
import ServiceLifecycle

/// Tells people by running the configured command, once for each notice, one after the other. It
/// never holds up an approval: what does not fit into its queue is counted and dropped.
final class Notifier: Service {
    /// How telling ended, as metrics name it.
    enum Result: String, CaseIterable {
        case told, failed, dropped
        case timedOut = "timed_out"
    }

    /// Notices that wait at most.
    static let mostWaiting = 256
    /// From SIGTERM to SIGKILL.
    private static let grace: Int64 = 2_000

    let tally = Tally(Result.allCases.map(\.rawValue))
    private let command: Configuration.NotifyCommand?
    private let timeout: Int64
    private let environment: String
    private let clock: any WallClock
    private let logger: Logger
    private let waiting: AsyncStream<NoticeBoard.Announcement>
    private let queue: AsyncStream<NoticeBoard.Announcement>.Continuation

    init(_ configuration: Configuration, clock: any WallClock, logger: Logger) {
        command = configuration.notify.command
        timeout = configuration.notify.timeout
        environment = configuration.environment
        self.clock = clock
        self.logger = logger
        (waiting, queue) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.mostWaiting))
    }

    /// Takes what is to be told; returns at once. Without a command nobody is told.
    func tell(_ announcements: [NoticeBoard.Announcement]) {
        guard command != nil else { return }
        for announcement in announcements {
            guard case .dropped = queue.yield(announcement) else { continue }
            count(End(result: .dropped), announcement)
        }
    }

    /// Until it is asked to stop; the notice that is being told then is told to its end.
    func run() async {
        guard let command else {
            try? await gracefulShutdown()
            return
        }
        for await announcement in waiting.cancelOnGracefulShutdown() {
            let input = announcement.json(environment: environment).canonicalBytes ?? []
            count(await run(command.words, input + [0x0A]), announcement)
        }
    }

    /// How one run ended, and what the system says of it.
    private struct End {
        var result: Result
        /// The exit code or minus the signal; nil where it did not start.
        var code: Int32?
        var why: String?
    }

    private func run(_ words: [String], _ input: [UInt8]) async -> End {
        if let problem = words.first.flatMap(FileTrust.problem(ofProgram:)) {
            return End(result: .failed, why: problem)
        }
        let spawned: SpawnedCommand
        do throws(SpawnedCommand.DidNotStart) {
            spawned = try SpawnedCommand(words, input: input)
        } catch { return End(result: .failed, why: "it does not start: error \(error.code)") }
        let (clock, timeout) = (clock, timeout)
        return await withTaskGroup(of: End?.self) { group in
            group.addTask {
                let code = await spawned.end()
                return End(result: code == 0 ? .told : .failed, code: code)
            }
            group.addTask {
                do throws(CancellationError) {
                    try await clock.wait(milliseconds: timeout)
                } catch { return nil }
                await Self.stop(spawned, clock)
                return End(result: .timedOut)
            }
            var end = End(result: .failed)
            while let next = await group.next() {
                // Whatever it exited with: it was too late.
                if let next { end = end.result == .timedOut ? end : next }
                if next?.result != .timedOut { group.cancelAll() }
            }
            return end
        }
    }

    private static func stop(_ spawned: SpawnedCommand, _ clock: any WallClock) async {
        spawned.signal(SIGTERM)
        do throws(CancellationError) { try await clock.wait(milliseconds: grace) } catch { return }
        spawned.signal(SIGKILL)
    }

    private func count(_ end: End, _ announcement: NoticeBoard.Announcement) {
        tally.count(end.result.rawValue)
        var metadata: Logger.Metadata = ["result": "\(end.result.rawValue)"]
        if let code = end.code { metadata["exit"] = "\(code)" }
        if let why = end.why { metadata["why"] = "\(why)" }
        if case .notice(let notice) = announcement {
            metadata["kind"] = "\(notice.kind.rawValue)"
            metadata["transaction_id"] = "\(notice.transactionID ?? "none")"
            metadata["reasons"] = "\(notice.reasons.map(\.code).joined(separator: ","))"
        }
        switch end.result {
        case .told: logger.info("notice told", metadata: metadata)
        case .failed, .timedOut, .dropped:
            logger.error("notice not told", metadata: metadata)
        }
    }
}
