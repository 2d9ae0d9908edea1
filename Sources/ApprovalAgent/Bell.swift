package import ApprovalCore
import Synchronization

/// Wakes the watch before its interval is over. Rings add up to one.
package final class Bell: Sendable {
    /// What was rung for.
    package enum Rung: Hashable, Sendable {
        case everything
        /// Something changed in these accounts.
        case accounts(Set<AccountID>)
    }

    private struct State {
        var rung: Rung?
        var awaiting: CheckedContinuation<Void, Never>?
    }

    /// Beyond so many accounts everything is looked at.
    private static let mostAccounts = 1_024

    private let state = Mutex(State())

    package init() {}

    /// Asks for a pass over everything now.
    package func ring() { ring(.everything) }

    /// Asks for a pass over one account now. Once this returns it is not forgotten: a pass that
    /// begins later looks at the account.
    package func ring(for account: AccountID) { ring(.accounts([account])) }

    private func ring(_ new: Rung) {
        state.withLock { state in
            switch (state.rung, new) {
            case (.accounts(let known), .accounts(let more)):
                let all = known.union(more)
                state.rung = all.count > Self.mostAccounts ? .everything : .accounts(all)
            case (.everything, _), (_, .everything): state.rung = .everything
            case (nil, .accounts): state.rung = new
            }
            defer { state.awaiting = nil }
            return state.awaiting
        }?.resume()
    }

    /// What was rung for since the last time; everything after `milliseconds` without a ring.
    func wait(upTo milliseconds: Int64, on clock: any WallClock) async -> Rung {
        if let rung = take() { return rung }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.rung() }
            group.addTask { _ = try? await clock.wait(milliseconds: milliseconds) }
            await group.next()
            group.cancelAll()
        }
        return take() ?? .everything
    }

    /// True at the next ring, false when the task is cancelled. One task may wait at a time.
    func nextRing() async -> Bool {
        await rung()
        return take() != nil && !Task.isCancelled
    }

    private func take() -> Rung? {
        state.withLock { state in
            defer { state.rung = nil }
            return state.rung
        }
    }

    /// Returns once it is rung, or the task is cancelled.
    private func rung() async {
        guard !Task.isCancelled else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.rung == nil, !Task.isCancelled else { return true }
                    state.awaiting = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.awaiting = nil }
                return state.awaiting
            }?.resume()
        }
    }
}
