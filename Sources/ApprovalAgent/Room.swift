import ApprovalCore
import Synchronization

/// What is left of the disk on which the ledger is. Nothing is begun below a mark, so that what
/// was begun can still be recorded.
final class Room: Sendable {
    /// 32 MiB.
    static let mark: Int64 = 33_554_432

    private let free = Mutex<Int64?>(nil)

    func note(_ bytes: Int64?) { free.withLock { $0 = bytes } }

    /// Why nothing may be begun; nil where there is room, or where nobody can say.
    var doubt: Reason? {
        free.withLock { bytes in
            bytes.flatMap { $0 < Self.mark ? .diskFull(freeBytes: $0, mark: Self.mark) : nil }
        }
    }
}
