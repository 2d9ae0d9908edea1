import ApprovalAgent
import ApprovalCore
import GRDB

/// A connection that reads beside the one that writes: what it reads comes from the file, and no
/// decision waits for it.
struct AsideReader: Sendable {
    let queue: DatabaseQueue
    let sha256: SHA256
    let failStop: FailStop

    /// One access is one snapshot.
    func access<Value: Sendable>(
        _ work: @escaping @Sendable (Tables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await queue.snapshot(failStop, sha256, work)
    }
}
