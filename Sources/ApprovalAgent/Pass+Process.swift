import ApprovalCore

// Reads ahead, decides in order of created_at and id, carries out side by side.
extension Pass {
    private enum Work: Sendable {
        case read(Int, ReadResult)
        case finished(Result<ItemReport, Stop>)
    }

    /// Where the pass stands in its list. Reads run ahead of decisions by a bounded number.
    private struct Progress {
        let listed: [Listed]
        var nextRead = 0
        var nextDecision = 0
        var inFlight = 0
        var read: [Int: ReadResult] = [:]
        var stop: Stop?
        /// Reads in a row that the platform did not answer.
        var unanswered = 0
    }

    /// Reads in a row without an answer after which the rest is left for the next pass.
    private static let maximumUnanswered = 32

    func process(
        _ listed: [Listed], _ accounts: [AccountID: Account], _ state: State
    ) async throws(Stop) -> PassSummary {
        let result = await withTaskGroup(of: Work.self) { group in
            var state = state
            var progress = Progress(listed: listed)
            while true {
                readAhead(accounts, &progress, in: &group)
                await decideNext(&progress, &state, in: &group)
                guard progress.inFlight > 0 else {
                    guard mayReadMore(progress) else { break }
                    continue
                }
                await take(await group.next(), &progress, &state)
            }
            if progress.nextDecision < progress.listed.count {
                let isUnanswered = progress.unanswered >= Self.maximumUnanswered
                state.summary.incomplete.append(
                    (isUnanswered ? "the platform stopped answering" : "it was stopped")
                        + " after \(progress.nextDecision) of \(listed.count) transactions")
            }
            return progress.stop.map(Result<PassSummary, Stop>.failure) ?? .success(state.summary)
        }
        return try result.get()
    }

    private func mayReadMore(_ progress: Progress) -> Bool {
        progress.stop == nil && !approver.stopSwitch.isStopped
            && progress.unanswered < Self.maximumUnanswered
            && progress.nextRead < progress.listed.count
    }

    private func readAhead(
        _ accounts: [AccountID: Account], _ progress: inout Progress,
        in group: inout TaskGroup<Work>
    ) {
        while mayReadMore(progress), progress.inFlight < concurrency,
            progress.nextRead - progress.nextDecision < concurrency * 2
        {
            let index = progress.nextRead
            let item = progress.listed[index]
            progress.nextRead += 1
            guard let account = accounts[item.account.id] else {
                progress.read[index] = .failed(
                    .accountMismatch("it was not read"), .quarantined)
                continue
            }
            progress.inFlight += 1
            group.addTask { [approver] in
                .read(index, await approver.read(item, account: account))
            }
        }
    }

    private func decideNext(
        _ progress: inout Progress, _ state: inout State, in group: inout TaskGroup<Work>
    ) async {
        while progress.stop == nil, !approver.stopSwitch.isStopped,
            progress.inFlight < concurrency,
            let result = progress.read.removeValue(forKey: progress.nextDecision)
        {
            let item = progress.listed[progress.nextDecision]
            progress.nextDecision += 1
            do throws(Stop) {
                guard let intent = try await decide(item, result, &state) else { continue }
                progress.inFlight += 1
                group.addTask { [approver] in
                    do throws(Stop) {
                        return .finished(.success(try await approver.carryOut(intent)))
                    } catch { return .finished(.failure(error)) }
                }
            } catch { progress.stop = error }
        }
    }

    private func take(
        _ work: Work?, _ progress: inout Progress, _ state: inout State
    ) async {
        progress.inFlight -= 1
        switch work {
        case .read(let index, let result):
            progress.read[index] = result
            progress.unanswered = result.isUnanswered ? progress.unanswered + 1 : 0
        case .finished(.success(let report)): await finish(report, &state)
        case .finished(.failure(let stop)): progress.stop = progress.stop ?? stop
        case nil: progress.inFlight = 0
        }
    }

    /// Decides one item; an intent where it is to be carried out, nil where this was its end.
    private func decide(
        _ item: Listed, _ result: ReadResult, _ state: inout State
    ) async throws(Stop) -> Intent? {
        switch result {
        case .failed(let reason, let outcome):
            let report = ItemReport(
                unreadable: item.id.text, account: item.account.id, reason: reason,
                outcome: outcome)
            try await put(report, &state)
            return nil
        case .read(let subject):
            guard try await isItsTurn(item) else { return nil }
            switch try await approver.settle(item, subject) {
            case .done(let report): await finish(report, &state)
            case .intended(let intent) where isDryRun:
                await finish(rehearsed(intent), &state)
            case .intended(let intent): return intent
            }
            return nil
        }
    }

    private func isItsTurn(_ item: Listed) async throws(Stop) -> Bool {
        guard !ignoresBackOff else { return true }
        do throws(LedgerError) {
            return try await approver.ledger.item(item.id).map(isDue) ?? true
        } catch { throw Stop(error) }
    }

    /// What a dry run says of an `allow`: whether the required attributes would bind it.
    private func rehearsed(_ intent: Intent) -> ItemReport {
        let reasons = approver.policy.policy.rehearseBinding(
            intent.decision, of: intent.subject.transaction)
        guard !reasons.isEmpty else {
            return ItemReport(intent.subject.transaction, intent.decision)
        }
        return ItemReport(
            intent.subject.transaction, intent.decision.turned(to: .escalate, because: reasons))
    }
}
