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
            var halt = try await noteHalt(nil)
            while !isStopped {
                try await activateWhenDue()
                tell(.passed(try await pass(ignoresBackOff: false).run()))
                if !isStopped { await bell.wait(upTo: pollInterval, on: approver.clock) }
                halt = try await noteHalt(halt)
            }
        }
        try await end()
    }

    /// One pass that writes, as `run --once` makes it.
    package func once() async throws(Stop) -> PassSummary {
        try await begin()
        _ = try await noteHalt(nil)
        let summary = try await pass(ignoresBackOff: true).run()
        try await end()
        return summary
    }

    /// One pass that only asks and prints.
    package func rehearse() async throws(Stop) -> PassSummary {
        try await checkRevision()
        return try await pass(ignoresBackOff: true, isDryRun: true).run()
    }

    private func pass(ignoresBackOff: Bool, isDryRun: Bool = false) -> Pass {
        Pass(
            approver, concurrency: concurrency, isDryRun: isDryRun, ignoresBackOff: ignoresBackOff
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
        try await write(
            .started,
            [
                JSONMember("engine", .string(Version.engine)),
                JSONMember("policy", policy.json),
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

    /// Writes `halted` or `resumed` where the switch was thrown since the last look.
    private func noteHalt(_ before: Halt?) async throws(Stop) -> Halt? {
        let now = approver.haltSwitch.current()
        switch (before, now) {
        case (nil, .some(let halt)):
            try await write(.halted, halt.members)
            tell(.halted(halt))
        case (.some, nil):
            try await write(.resumed, [])
            tell(.resumed)
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
