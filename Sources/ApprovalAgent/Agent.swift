package import ApprovalCore

/// The long-running agent: a pass, a wait, and so on until it is asked to stop.
package struct Agent: Sendable {
    /// What the agent tells its log.
    package enum Event: Sendable {
        case started(LoadedPolicy)
        /// The policy's time has not come: everything is held until then.
        case waiting(LoadedPolicy, until: UnixTime)
        /// The policy's time came, and it decides now.
        case activated(LoadedPolicy)
        case reloaded(LoadedPolicy)
        /// What was to be loaded is what decides already.
        case reloadUnchanged(LoadedPolicy)
        /// Another policy was not accepted, with one line for each reason; this one stays.
        case reloadRefused([String], staying: LoadedPolicy)
        case item(ItemReport)
        case passed(PassSummary)
        case halted(Halt)
        case resumed
        /// No group is asked until a person resumes.
        case groupsStopped(Halt)
        case groupsResumed
        case stopped
    }

    let approver: Approver
    let bell: Bell
    let reloading: Reloading
    let tell: @Sendable (Event) -> Void
    private let concurrency: Int
    /// Milliseconds between passes.
    private let pollInterval: Int64

    /// `pollInterval` is in milliseconds; `tell` is called from many tasks.
    package init(
        _ approver: Approver, bell: Bell, reloading: Reloading = .never, concurrency: Int,
        pollInterval: Int64, tell: @escaping @Sendable (Event) -> Void
    ) {
        self.approver = approver
        self.bell = bell
        self.reloading = reloading
        self.concurrency = concurrency
        self.pollInterval = pollInterval
        self.tell = tell
    }

    /// Runs until the stop switch is thrown or the task is cancelled; throws where the process
    /// must start over.
    package func run() async throws(Stop) {
        try await begin()
        try await whileReloading { () async throws(Stop) in
            var halt = try await noteHalt(Switches())
            var rung = Bell.Rung.everything
            var due = approver.clock.now()
            var budget = RingBudget(at: due)
            while !isStopped {
                try await activateWhenDue()
                // A clock that was set back puts no poll off.
                let left = due.milliseconds - approver.clock.now().milliseconds
                if left <= 0 || left > pollInterval { rung = .everything }
                if case .everything = rung {
                    due = approver.clock.now().advanced(byMilliseconds: pollInterval)
                }
                tell(.passed(try await pass(ignoresBackOff: false, rung).run()))
                halt = try await noteHalt(halt)
                if !isStopped { rung = await nextRing(before: due, &budget) }
            }
        }
        try await end()
    }

    /// What the next pass is about: what was rung for, or everything once its time has come.
    private func nextRing(before due: UnixTime, _ budget: inout RingBudget) async -> Bell.Rung {
        func left() -> Int64 { due.milliseconds - approver.clock.now().milliseconds }
        let pause = min(budget.spend(at: approver.clock.now()), left())
        if pause > 0 { _ = await approver.paused(milliseconds: pause) }
        guard left() > 0, !isStopped else { return .everything }
        return await bell.wait(upTo: min(left(), pollInterval), on: approver.clock)
    }

    /// One pass that writes, as `run --once` makes it.
    package func once() async throws(Stop) -> PassSummary {
        try await begin()
        let before = try await noteHalt(Switches())
        let summary = try await pass(ignoresBackOff: true, .everything).run()
        _ = try await noteHalt(before)
        try await end()
        return summary
    }

    /// One pass that only asks and prints.
    package func rehearse() async throws(Stop) -> PassSummary {
        try await checkRevision()
        return try await pass(ignoresBackOff: true, .everything, isDryRun: true).run()
    }

    private func pass(
        ignoresBackOff: Bool, _ rung: Bell.Rung, isDryRun: Bool = false
    ) -> Pass {
        let accounts: Set<AccountID>? =
            switch rung {
            case .everything: nil
            case .accounts(let accounts): accounts
            }
        return Pass(
            approver, concurrency: concurrency, isDryRun: isDryRun,
            ignoresBackOff: ignoresBackOff, accounts: accounts
        ) { tell(.item($0)) }
    }

    /// What activating the policy would refuse, without activating it.
    private func checkRevision() async throws(Stop) {
        let overview: LedgerOverview
        do throws(LedgerError) { overview = try await approver.ledger.overview() } catch {
            throw Stop(error)
        }
        let revision = approver.policies.current.policy.metadata.revision
        guard let active = overview.policyRevision, revision < active else { return }
        throw Stop(
            "policy revision \(revision) is lower than \(active), which was active; raise it",
            isInvalidPolicy: true)
    }

    private var isStopped: Bool { approver.stopSwitch.isStopped || Task.isCancelled }

    private func begin() async throws(Stop) {
        let policy = approver.policies.current
        approver.policies.suspend()
        try await activateWhenDue(isFirst: true)
        if !approver.policies.isInForce { try await checkRevision() }
        if approver.brake.isOn {
            let minuteAgo = approver.clock.now().advanced(byMilliseconds: -60_000)
            do throws(LedgerError) {
                approver.brake.remember(try await approver.ledger.signedTimes(after: minuteAgo))
            } catch { throw Stop(error) }
        }
        try await write(
            .started,
            [
                JSONMember("engine", .string(Version.engine)),
                JSONMember("policy", policy.json),
                JSONMember("approvers", Entries.approvers(approver.publicKeys)),
            ])
        tell(.started(policy))
        if !approver.policies.isInForce, let from = policy.policy.metadata.effectiveFrom {
            tell(.waiting(policy, until: from))
        }
    }

    /// Activates the policy in the ledger once its time has come.
    private func activateWhenDue(isFirst: Bool = false) async throws(Stop) {
        let policies = approver.policies
        guard !policies.isInForce else { return }
        let policy = policies.current
        do throws(LedgerError) {
            guard try await approver.isDue(policy) else { return }
            try await approver.ledger.activate(policy, now: approver.clock.now()) {
                policies.replace(with: policy)
            }
        } catch .policyRevision where policies.current.digest != policy.digest {
            // A reload was faster: a later policy is in force.
            return
        } catch { throw Stop(error) }
        if !isFirst { tell(.activated(policy)) }
    }

    private func end() async throws(Stop) {
        try await write(.stopped, [])
        tell(.stopped)
    }

    /// The switches as they were at the last look.
    private struct Switches {
        var halt: Halt?
        var groups: Halt?
    }

    /// Writes `halted` or `resumed` where a switch was thrown since the last look.
    private func noteHalt(_ before: Switches) async throws(Stop) -> Switches {
        let now = Switches(
            halt: approver.haltSwitch.current(), groups: approver.groupSwitch.current())
        switch (before.halt, now.halt) {
        case (nil, let halt?):
            try await write(.halted, halt.members)
            tell(.halted(halt))
        case (.some, nil):
            try await write(.resumed, [])
            tell(.resumed)
        case (nil, nil), (.some, .some): break
        }
        let groups = [JSONMember("scope", .string("groups"))]
        switch (before.groups, now.groups) {
        case (nil, let halt?):
            try await write(.halted, groups + halt.members)
            tell(.groupsStopped(halt))
        case (.some, nil):
            try await write(.resumed, groups)
            tell(.groupsResumed)
        case (nil, nil), (.some, .some): break
        }
        return now
    }

    func write(_ kind: EntryKind, _ entry: [JSONMember]) async throws(Stop) {
        do throws(LedgerError) {
            try await approver.ledger.append(
                kind, about: nil, entry: entry, now: approver.clock.now())
        } catch { throw Stop(error) }
    }
}

extension Approver {
    /// Whether a policy's time has come. Where it names one, a clock in doubt cannot tell.
    func isDue(_ policy: LoadedPolicy) async throws(LedgerError) -> Bool {
        guard let from = policy.policy.metadata.effectiveFrom else { return true }
        let maxSkew = policy.policy.settings.maxClockSkew
        guard clockWatch.skew != nil, clockWatch.doubt(maxSkew) == nil else { return false }
        return try await ledger.effective(clock.now()) >= from
    }
}
