import ApprovalCore

// Batch after batch: reads side by side, decides in order of created_at and id, carries out side
// by side.
extension Pass {
    /// Transactions that are decided before the first of them is carried out: what room a refused
    /// one gives back then does not depend on how fast the others were.
    static let batchSize = 256
    /// Reads in a row without an answer after which the platform is asked whether it is there.
    private static let maximumUnanswered = 32

    func process(
        _ listed: [Listed], _ accounts: [AccountID: Account], _ state: State
    ) async throws(Stop) -> PassSummary {
        var state = state
        var decided = 0
        var isAnswering = true
        while decided < listed.count, isAnswering, !approver.stopSwitch.isStopped {
            let batch = listed[decided...].prefix(Self.batchSize)
            await approver.lookAtEntities(notWithin: Self.mostAgeOfEntity)
            let results = try await read(batch, accounts)
            if results.count < batch.count { isAnswering = await isReachable(batch) }
            var works: [Work] = []
            for (item, result) in zip(batch, results) where !approver.stopSwitch.isStopped {
                decided += 1
                if let result {
                    approver.backlog.note(item.id, isUnanswered: result.isUnanswered)
                }
                guard let result, let work = try await decide(item, result, &state) else {
                    continue
                }
                works.append(work)
            }
            try await carryOut(works, &state)
        }
        if decided < listed.count {
            state.summary.incomplete.append(
                (isAnswering ? "it was stopped" : "the platform stopped answering")
                    + " after \(decided) of \(listed.count) transactions")
        }
        return state.summary
    }

    /// Whether the platform answers at all: one account of the batch is asked for.
    private func isReachable(_ batch: ArraySlice<Listed>) async -> Bool {
        guard let account = batch.first?.account, !approver.stopSwitch.isStopped else {
            return false
        }
        do { _ = try await approver.custody.account(account) } catch { return false }
        return true
    }

    /// Reads a batch; a result is nil where it is not the item's turn. There are fewer results
    /// than items where the platform stopped answering or the pass is to stop.
    private func read(
        _ batch: ArraySlice<Listed>, _ accounts: [AccountID: Account]
    ) async throws(Stop) -> [ReadResult?] {
        var results: [ReadResult??] = Array(repeating: nil, count: batch.count)
        var due: [(index: Int, item: Listed, account: Account)] = []
        for (index, item) in batch.enumerated() {
            if let account = accounts[item.account.id], try await isItsTurn(item) {
                due.append((index, item, account))
            } else {
                results[index] = .some(nil)
            }
        }
        let approver = approver
        let answers = await Self.bounded(due, concurrency) { work in
            let start = approver.clock.now()
            let result = await approver.read(work.item, account: work.account)
            approver.figures.took(
                .read, milliseconds: approver.clock.now().milliseconds - start.milliseconds)
            if case .failed = result { approver.figures.failed(.read) }
            return (work.index, result)
        } goesOn: { answers in
            !approver.stopSwitch.isStopped
                && !(answers.count >= Self.maximumUnanswered
                    && answers.suffix(Self.maximumUnanswered).allSatisfy(\.1.isUnanswered))
        }
        for (index, result) in answers { results[index] = .some(result) }
        return results.prefix { $0 != nil }.map { $0 ?? nil }
    }

    /// What a decision asks to be done at the platform.
    private enum Work: Sendable {
        case approve(Intent)
        case cancel(Blocked)
    }

    private func carryOut(_ works: [Work], _ state: inout State) async throws(Stop) {
        let approver = approver
        let ends = await Self.bounded(works, concurrency) { work in
            do throws(Stop) {
                switch work {
                case .approve(let intent):
                    return Result<ItemReport, Stop>.success(try await approver.carryOut(intent))
                case .cancel(let blocked):
                    return .success(try await approver.cancel(blocked))
                }
            } catch { return .failure(error) }
        } goesOn: { ends in
            if case .failure = ends.last { false } else { true }
        }
        for case .success(let report) in ends { await finish(report, &state) }
        for case .failure(let stop) in ends { throw stop }
    }

    /// Runs `work` on each item, at most `concurrency` at once; begins no more once `goesOn` says
    /// no of what has ended so far. Gives what ended, in the order of the ends.
    static func bounded<Item: Sendable, End: Sendable>(
        _ items: [Item], _ concurrency: Int, _ work: @escaping @Sendable (Item) async -> End,
        goesOn: ([End]) -> Bool
    ) async -> [End] {
        await withTaskGroup(of: End.self) { group in
            var waiting = items[...]
            var ends: [End] = []
            for item in waiting.prefix(concurrency) { group.addTask { await work(item) } }
            waiting = waiting.dropFirst(concurrency)
            while let end = await group.next() {
                ends.append(end)
                guard let next = waiting.first, goesOn(ends) else { continue }
                waiting = waiting.dropFirst()
                group.addTask { await work(next) }
            }
            return ends
        }
    }

    /// Decides one item; what is to be done then, nil where this was its end.
    private func decide(
        _ item: Listed, _ result: ReadResult, _ state: inout State
    ) async throws(Stop) -> Work? {
        switch result {
        case .failed(let reason, let outcome):
            let report = ItemReport(
                unreadable: item.id.text, account: item.account.id, reason: reason,
                outcome: outcome)
            try await put(report, &state)
            return nil
        case .read(let subject):
            approver.figures.saw(item.id, subject.transaction.type)
            let start = approver.clock.now()
            let decided = try await approver.settle(item, subject)
            approver.figures.took(
                .decide, milliseconds: approver.clock.now().milliseconds - start.milliseconds)
            switch decided {
            case .done(let report): await finish(report, &state)
            case .intended(let intent) where isDryRun:
                await finish(rehearsed(intent), &state)
            case .intended(let intent): return .approve(intent)
            case .blocked(let blocked) where isDryRun: await finish(blocked.report, &state)
            case .blocked(let blocked): return .cancel(blocked)
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
        let reasons = intent.policy.policy.rehearseBinding(
            intent.decision, of: intent.subject.transaction)
        guard !reasons.isEmpty else {
            return ItemReport(intent.subject.transaction, intent.decision)
        }
        return ItemReport(
            intent.subject.transaction, intent.decision.turned(to: .escalate, because: reasons))
    }
}
