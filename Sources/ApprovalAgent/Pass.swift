package import ApprovalCore

/// One pass over everything that is PENDING: finish what is open, watch, decide in order, and
/// carry out side by side.
package struct Pass: Sendable {
    let approver: Approver
    /// Exchanges in flight at once.
    let concurrency: Int
    let isDryRun: Bool
    /// Whether items that were put off are tried although their time has not come.
    let ignoresBackOff: Bool
    /// The accounts that it is about; nil is every account of the policy.
    let accounts: Set<AccountID>?
    let report: @Sendable (ItemReport) async -> Void

    /// `report` is called once for each transaction, when it is known what came of it.
    package init(
        _ approver: Approver, concurrency: Int, isDryRun: Bool, ignoresBackOff: Bool,
        accounts: Set<AccountID>? = nil, report: @escaping @Sendable (ItemReport) async -> Void
    ) {
        self.approver = approver
        self.concurrency = max(1, concurrency)
        self.isDryRun = isDryRun
        self.ignoresBackOff = ignoresBackOff
        self.accounts = accounts
        self.report = report
    }

    /// INVARIANT: I9. One bad item never stops the others. Only what must stop the process is
    /// thrown; what could not be read of the platform stands in the summary as incomplete.
    package func run() async throws(Stop) -> PassSummary {
        var state = State(summary: PassSummary(isDryRun: isDryRun))
        try await begin()
        if !isDryRun { try await recoverAll(&state) }
        var listed: [Listed] = []
        var accounts: [AccountID: Account] = [:]
        for account in watched {
            guard !approver.stopSwitch.isStopped else {
                state.summary.incomplete.append("stopped before every account was read")
                break
            }
            let listing: Listing
            do throws(CustodyError) {
                accounts[account.id] = try await approver.custody.account(account)
                listing = try await Watch(custody: approver.custody).pending(of: account)
            } catch {
                state.summary.incomplete.append("account \(account.name): \(error.reason.message)")
                continue
            }
            listed += listing.listed
            for unreadable in listing.unreadable { try await note(unreadable, &state) }
        }
        approver.clockWatch.endPoll()
        listed.removeAll { state.handled.contains($0.id) }
        var (first, late): ([Listed], [Listed]) = ([], [])
        for item in listed {
            if try await comesLast(item) { late.append(item) } else { first.append(item) }
        }
        let summary = try await process(first.inOrder + late.inOrder, accounts, state)
        if self.accounts == nil {
            approver.figures.passed(
                at: approver.clock.now(), isComplete: summary.incomplete.isEmpty,
                queue: listed.count)
        }
        return summary
    }

    /// How long, in milliseconds, what the platform says of an entity is not asked for again.
    static let mostAgeOfEntity: Int64 = 10_000

    /// What must be known before anything is decided: the room on the disk, and whether entities
    /// and approval methods are still what they were.
    private func begin() async throws(Stop) {
        approver.brake.beginPass()
        if !isDryRun {
            do throws(LedgerError) {
                let free = try await approver.ledger.condition().freeBytes
                approver.room.note(free)
                approver.figures.room(free)
            } catch { throw Stop(error) }
        }
        await approver.lookAtEntities(notWithin: Self.mostAgeOfEntity)
    }

    /// INVARIANT: I9. What could not be read, or was let go and put off, comes after all others, so
    /// that it keeps none of them waiting: what can never be bound would take their room in a limit
    /// in each pass, and give it back when they are refused.
    private func comesLast(_ item: Listed) async throws(Stop) -> Bool {
        if approver.backlog.wasUnanswered(item.id) { return true }
        do throws(LedgerError) {
            let known = try await approver.ledger.item(item.id)
            return known?.state == .released && known?.retryAt != nil
        } catch { throw Stop(error) }
    }

    private var watched: [PolicyAccount] {
        approver.policies.current.policy.accounts.values.filter { isAbout($0.id) }
            .sorted { $0.id < $1.id }
    }

    private func isAbout(_ account: AccountID) -> Bool { accounts?.contains(account) ?? true }

    struct State {
        var summary: PassSummary
        /// Items that were dealt with before the lists were read.
        var handled: Set<TransactionID> = []
    }

    func finish(_ report: ItemReport, _ state: inout State) async {
        var report = report
        report.isDryRun = isDryRun
        if isDryRun {
            report.requestID = nil
            report.challengeDigest = nil
            report.outcome = nil
        }
        state.summary.add(report)
        approver.figures.reported(report)
        await self.report(report)
    }

    func isDue(_ item: LedgerItem) -> Bool {
        guard !ignoresBackOff, let retryAt = item.retryAt else { return true }
        // No wait is longer than a day: a later time was taken from a clock that was ahead.
        let now = approver.clock.now()
        return retryAt <= now || retryAt > now.advanced(byMilliseconds: BackOff.longest)
    }
}

// Before the lists are read.
extension Pass {
    private func recoverAll(_ state: inout State) async throws(Stop) {
        let open: [LedgerItem]
        do throws(LedgerError) { open = try await approver.ledger.unfinished() } catch {
            throw Stop(error)
        }
        let (approver, due) = (approver, open.filter { isAbout($0.accountID) && isDue($0) })
        let ends = await Self.bounded(due, concurrency) { item in
            do throws(Stop) {
                let report = try await approver.recover(item)
                return Result<(LedgerItem, ItemReport?), Stop>.success((item, report))
            } catch { return .failure(error) }
        } goesOn: { ends in
            if case .failure = ends.last { return false }
            return !approver.stopSwitch.isStopped
        }
        for case .success((let item, let report?)) in ends {
            state.handled.insert(item.transactionID)
            await finish(report, &state)
        }
        for case .failure(let stop) in ends { throw stop }
    }

    private func note(_ unreadable: Unreadable, _ state: inout State) async throws(Stop) {
        let report = ItemReport(
            unreadable: unreadable.id?.text, account: unreadable.account.id,
            reason: .malformed(
                "\(unreadable.problem) (account \(unreadable.account.name), "
                    + "place \(unreadable.index))"))
        try await put(report, place: "\(unreadable.index)", &state)
    }

    /// Reports and records an item that could not be read.
    func put(
        _ report: ItemReport, place: String = "", _ state: inout State
    ) async throws(Stop) {
        if isDryRun {
            await finish(report, &state)
        } else {
            await finish(try await approver.quarantine(report, place: place), &state)
        }
    }
}
