import ApprovalAgent
import ApprovalCore
import Foundation

/// The clock of this host.
struct SystemClock: WallClock {
    func now() -> UnixTime {
        UnixTime(milliseconds: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)))
    }

    func wait(milliseconds: Int64) async throws(CancellationError) {
        // The one place where the agent waits for time: ``WallClock`` is the port.
        do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch {
            throw CancellationError()
        }
    }
}
