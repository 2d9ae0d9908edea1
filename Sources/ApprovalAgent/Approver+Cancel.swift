import ApprovalCore

/// A transaction that a block rule is TRUE for, under a policy that cancels such.
struct Blocked: Sendable {
    let listed: Listed
    let subject: Case
    let decision: Decision
    /// The policy that decided.
    let policy: LoadedPolicy
    let mostPerHour: Int64

    /// As it is reported where it was not cancelled: left PENDING.
    var report: ItemReport { ItemReport(subject.transaction, decision) }
}

// `on_block: cancel` (docs/policy.md).
extension Approver {
    /// Reads until the platform shows what became of a cancellation.
    static let maximumCancelReads = 5

    /// Cancels it at the platform, once and within the policy's bound. The entry is durable
    /// before the POST; what became of it is what the platform shows then, and what it still
    /// shows PENDING is decided again in the next pass.
    func cancel(_ blocked: Blocked) async throws(Stop) -> ItemReport {
        guard mayCancel(blocked), await isUnchanged(blocked) else { return blocked.report }
        let id = blocked.subject.transaction.id
        do throws(LedgerError) {
            let entry = entries.cancelled(
                blocked.subject.transaction, blocked.decision, under: blocked.policy)
            let isWithinBound = try await ledger.recordCancel(
                id, mostPerHour: blocked.mostPerHour, entry: entry, now: clock.now())
            guard isWithinBound else { return blocked.report }
        } catch .recordTooLarge {
            return blocked.report
        } catch { throw Stop(error) }
        do throws(CustodyError) {
            try await custody.cancel(id, of: blocked.listed.account) { [self] in
                mayCancel(blocked) && ledger.failed == nil
            }
        } catch {
            guard error.mayHaveActed else { return blocked.report }
        }
        var report = blocked.report
        report.isCancelled = await isShownCancelled(blocked)
        return report
    }

    /// Never while halted or stopping, with the clock in doubt, or under a policy of yesterday:
    /// the platform never undoes it.
    private func mayCancel(_ blocked: Blocked) -> Bool {
        haltSwitch.current() == nil && !stopSwitch.isStopped && policies.isInForce
            && policies.current.digest == blocked.policy.digest
            && clockWatch.doubt(blocked.policy.policy.settings.maxClockSkew) == nil
    }

    /// Whether it is still PENDING and, in everything that was decided on, what was decided.
    private func isUnchanged(_ blocked: Blocked) async -> Bool {
        guard let current = await shown(blocked), current.state == .pending else { return false }
        let fields = blocked.decision.fields.union(["id", "account_id", "type"])
        return current.changes(since: blocked.subject.transaction, in: fields).isEmpty
    }

    private func isShownCancelled(_ blocked: Blocked) async -> Bool {
        for attempt in 1...Self.maximumCancelReads {
            switch await shown(blocked)?.state {
            case .cancelled: return true
            case .approved, .completed, .failed: return false
            case .pending, .unknown, nil: break
            }
            guard await paused(milliseconds: 25 << Int64(attempt)) else { break }
        }
        return false
    }

    /// nil where it cannot be read now, or is another one.
    private func shown(_ blocked: Blocked) async -> Transaction? {
        let id = blocked.subject.transaction.id
        let read = try? await custody.transaction(id, of: blocked.listed.account)
        return read.flatMap { $0.id == id ? $0 : nil }
    }
}
