import ApprovalAgent
import ApprovalCore
import Foundation
import Glibc

/// The one thread that talks to the platform. Every libcurl handle is made, used and freed here.
final class CurlLoop {
    private struct Active {
        let exchange: Exchange
        let easy: CurlEasy
    }

    private let inbox: CurlInbox
    private let settings: TransferSettings
    private let now: @Sendable () -> UnixTime
    private let multi: CurlMulti
    private var waiting: [Exchange] = []
    private var active: [UInt: Active] = [:]

    /// Starts the thread; it ends after ``CurlInbox/close()``, when nothing is under way.
    static func start(
        _ inbox: CurlInbox, _ settings: TransferSettings, now: @escaping @Sendable () -> UnixTime
    ) {
        let thread = Thread {
            blockBrokenPipes()
            CurlLoop(inbox, settings, now)?.run()
            inbox.attach(nil)
            for case .start(let exchange) in inbox.end() {
                exchange.continuation.resume(
                    returning: .failed(.notSent("the client has stopped")))
            }
            inbox.announceEnd()
        }
        thread.name = "custody-client"
        thread.start()
    }

    private init?(
        _ inbox: CurlInbox, _ settings: TransferSettings, _ now: @escaping @Sendable () -> UnixTime
    ) {
        guard let multi = CurlMulti(connections: settings.connections) else { return nil }
        self.inbox = inbox
        self.settings = settings
        self.now = now
        self.multi = multi
    }

    private func run() {
        inbox.attach(multi.key)
        defer { inbox.attach(nil) }
        var isSound = true
        while isSound {
            let (commands, isClosed) = inbox.take()
            for command in commands { obey(command) }
            if isClosed { refuseWaiting("the client was shut down") }
            startWaiting()
            isSound = multi.perform()
            answerEnded()
            if isClosed, active.isEmpty { return }
            // Those that ended made room; the wait is for when there is nothing to begin.
            let isIdle = waiting.isEmpty || active.count >= settings.connections
            if isSound, isIdle { isSound = multi.wait(milliseconds: patience) }
        }
        refuseWaiting("libcurl stopped working")
        for entry in active.values { abandon(entry, "libcurl stopped working") }
        active.removeAll()
    }

    private func obey(_ command: CurlCommand) {
        switch command {
        case .start(let exchange): waiting.append(exchange)
        case .cancel(let id):
            if let index = waiting.firstIndex(where: { $0.id == id }) {
                answer(waiting.remove(at: index), .failed(.notSent("it was cancelled")))
            } else if let entry = active.first(where: { $0.value.exchange.id == id }) {
                active[entry.key] = nil
                abandon(entry.value, "it was cancelled")
            }
        }
    }

    private func startWaiting() {
        var begun = 0
        for exchange in waiting {
            let isLate = exchange.deadline <= .now
            guard isLate || active.count < settings.connections else { break }
            begun += 1
            if isLate {
                answer(exchange, .failed(.notSent("no connection was free in time")))
            } else {
                start(exchange)
            }
        }
        waiting.removeFirst(begun)
    }

    private func start(_ exchange: Exchange) {
        switch exchange.prepare() {
        case .failure(let error): answer(exchange, .failed(error))
        case .success(let request):
            let easy = CurlEasy(request, settings, ReplyCollector(now: now))
            guard let easy, multi.add(easy) else {
                answer(exchange, .failed(.notSent("libcurl did not take the request")))
                return
            }
            active[easy.key] = Active(exchange: exchange, easy: easy)
        }
    }

    private func answerEnded() {
        while let (key, code) = multi.nextEnded() {
            guard let entry = active.removeValue(forKey: key) else { continue }
            multi.remove(entry.easy)
            let failure = code.map { entry.easy.explanation(of: $0) }
            answer(entry.exchange, entry.easy.collector.reply(failure: failure))
        }
    }

    private func abandon(_ entry: Active, _ why: String) {
        multi.remove(entry.easy)
        answer(entry.exchange, entry.easy.collector.reply(failure: TransferFailure(why)))
    }

    private func refuseWaiting(_ why: String) {
        for exchange in waiting { answer(exchange, .failed(.notSent(why))) }
        waiting.removeAll()
    }

    private func answer(_ exchange: Exchange, _ reply: Reply) {
        inbox.noteAnswered()
        exchange.continuation.resume(returning: reply)
    }

    /// Milliseconds until the first waiting exchange is late, at most a second.
    private var patience: Int32 {
        guard let first = waiting.first else { return 1_000 }
        let left = first.deadline - .now
        return left > .seconds(1) ? 1_000 : max(1, Int32(left / .milliseconds(1)))
    }

    /// A peer that closes while this thread writes must not end the process.
    private static func blockBrokenPipes() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
