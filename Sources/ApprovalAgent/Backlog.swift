import ApprovalCore
import Synchronization

/// Items that could not be read and have no reservation: when each is to be recorded again, so
/// that one that stays broken does not fill the ledger. Bounded; a restart begins anew.
package final class Backlog: Sendable {
    /// What is remembered at most; beyond it every failure is recorded.
    package static let capacity = 10_000

    private struct Entry {
        var attempts: Int
        var dueAt: UnixTime
        var code: String
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let unanswered = Mutex<Set<TransactionID>>([])

    package init() {}

    /// Remembers whether the platform answered when a transaction was last read.
    func note(_ id: TransactionID, isUnanswered: Bool) {
        unanswered.withLock { ids in
            if !isUnanswered {
                ids.remove(id)
            } else if ids.count < Self.capacity {
                ids.insert(id)
            }
        }
    }

    func wasUnanswered(_ id: TransactionID) -> Bool {
        unanswered.withLock { $0.contains(id) }
    }

    /// Whether a failure is to be recorded now: the first time, when its reason is another, and
    /// then after 5 s, four times as long each time, a day at most.
    func isDue(_ key: String, code: String, at now: UnixTime) -> Bool {
        entries.withLock { entries in
            guard var entry = entries[key], entry.code == code else {
                guard entries.count < Self.capacity else { return true }
                entries[key] = Entry(
                    attempts: 1, dueAt: now.advanced(byMilliseconds: BackOff.wait(after: 0)),
                    code: code)
                return true
            }
            guard entry.dueAt <= now else { return false }
            entry.dueAt = now.advanced(byMilliseconds: BackOff.wait(after: entry.attempts))
            entry.attempts += 1
            entries[key] = entry
            return true
        }
    }
}
