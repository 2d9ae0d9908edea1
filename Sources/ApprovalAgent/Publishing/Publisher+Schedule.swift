import ApprovalCore

// When it is published, while the agent runs.
extension Publisher {
    /// So many new entries are published at once.
    package static let entriesPerCheckpoint: Int64 = 256
    /// Whatever is new is published after so many milliseconds.
    package static let longestWait: Int64 = 60_000
    /// Milliseconds between two looks at the ledger's size.
    private static let look: Int64 = 1_000

    /// Publishes again and again, until its task is cancelled: what is under way is ended first.
    /// What is new at that moment is the caller's to publish, once nothing is written any more.
    package func keepPublishing() async throws(Stop) {
        var lastLook = clock.now()
        while true {
            do throws(CancellationError) { try await clock.wait(milliseconds: Self.look) } catch {
                return
            }
            let (now, signed) = (clock.now(), figures.snapshot.checkpointSize ?? 0)
            let size: Int64
            do throws(LedgerError) { size = try await places.log.frontier().size } catch {
                throw Stop(error)
            }
            if size == signed {
                figures.covered(signed, at: now, isNew: false)
                lastLook = now
            } else if size - signed >= Self.entriesPerCheckpoint
                || now.milliseconds - lastLook.milliseconds >= Self.longestWait
                // A clock that was set back puts nothing off.
                || now < lastLook
            {
                _ = try await publish()
                lastLook = now
            }
        }
    }
}
