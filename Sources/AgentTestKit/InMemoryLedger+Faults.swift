package import ApprovalAgent

extension InMemoryLedger {
    /// A call that can be made to fail.
    package enum Call: Hashable, Sendable {
        case prepare, activate, item, unfinished, effective, answers, settle, recordCancel, overview
        case condition, accept, frontier, leaves, lastCheckpoint, keep
        /// Any step of ``Ledger/advance(_:_:entry:now:)``.
        case advance
        /// The step that writes this kind of entry.
        case step(EntryKind)
        /// Any ``Ledger/append(_:about:entry:now:)``.
        case append
    }

    /// Whether a failing call has had its effect: a failure after it is a process that was killed
    /// between the commit and the next line.
    package enum Moment: Hashable, Sendable {
        case before, after
    }

    struct Faults {
        struct Fault {
            let call: Call
            var remaining: Int
            let moment: Moment
            let error: LedgerError
        }

        var planned: [Fault] = []
        var failure: LedgerError?

        /// Counts one call; the error where it is the one that fails at this moment.
        mutating func meet(_ call: Call, _ moment: Moment) -> LedgerError? {
            for index in planned.indices
            where planned[index].call == call && planned[index].moment == moment {
                planned[index].remaining -= 1
                guard planned[index].remaining == 0 else { continue }
                return planned.remove(at: index).error
            }
            return nil
        }
    }

    /// Plans that the nth such call from now on fails. An error that ends the process is met by
    /// every later call too, until ``restart()``.
    package func fail(
        _ call: Call, nth: Int = 1, _ moment: Moment = .before,
        with error: LedgerError = .unavailable("planned")
    ) {
        faults.planned.append(.init(call: call, remaining: nth, moment: moment, error: error))
    }

    /// The process was started anew on the same file.
    package func restart() { faults.failure = nil }

    /// Does one call between its planned failures.
    func guarded<Value>(
        _ calls: Call..., work: () throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        if let failure = faults.failure { throw failure }
        do throws(LedgerError) {
            for call in calls { if let error = faults.meet(call, .before) { throw error } }
            if let call = calls.first { try disk?.begin(call) }
            let known = entries.count
            let value = try work()
            if entries.count > known { try disk?.commit(snapshot) }
            for call in calls { if let error = faults.meet(call, .after) { throw error } }
            return value
        } catch {
            switch error {
            case .unavailable, .corrupt: faults.failure = error
            case .conflictingChallenge, .requestTaken, .recordTooLarge, .policyRevision,
                .otherPolicy:
                break
            }
            throw error
        }
    }
}
