package import ApprovalCore

/// The long-running agent: a pass, a wait, and so on until it is asked to stop.
package struct Agent: Sendable {
    /// What the agent tells its log.
    package enum Event: Sendable {
        case started(policy: String, revision: Int64, digest: Digest)
        case item(ItemReport)
        case passed(PassSummary)
        case halted(Halt)
        case resumed
        case stopped
    }

    private let approver: Approver
    private let bell: Bell
    private let concurrency: Int
    /// Milliseconds between passes.
    private let pollInterval: Int64
    private let tell: @Sendable (Event) -> Void

    /// `pollInterval` is in milliseconds; `tell` is called from many tasks.
    package init(
        _ approver: Approver, bell: Bell, concurrency: Int, pollInterval: Int64,
        tell: @escaping @Sendable (Event) -> Void
    ) {
        self.approver = approver
        self.bell = bell
        self.concurrency = concurrency
        self.pollInterval = pollInterval
        self.tell = tell
    }

    /// Runs until the stop switch is thrown or the task is cancelled; throws where the process
    /// must start over.
    package func run() async throws(Stop) {
        try await begin()
        var halt = try await noteHalt(nil)
        while !isStopped {
            let pass = Pass(
                approver, concurrency: concurrency, isDryRun: false, ignoresBackOff: false
            ) { tell(.item($0)) }
            tell(.passed(try await pass.run()))
            if !isStopped { await bell.wait(upTo: pollInterval, on: approver.clock) }
            halt = try await noteHalt(halt)
        }
        try await end()
    }

    /// One pass that writes, as `run --once` makes it.
    package func once() async throws(Stop) -> PassSummary {
        try await begin()
        _ = try await noteHalt(nil)
        let pass = Pass(
            approver, concurrency: concurrency, isDryRun: false, ignoresBackOff: true
        ) { tell(.item($0)) }
        let summary = try await pass.run()
        try await end()
        return summary
    }

    /// One pass that only asks and prints.
    package func rehearse() async throws(Stop) -> PassSummary {
        try await checkRevision()
        return try await Pass(
            approver, concurrency: concurrency, isDryRun: true, ignoresBackOff: true
        ) { tell(.item($0)) }.run()
    }

    /// What activating the policy would refuse, without activating it.
    private func checkRevision() async throws(Stop) {
        let overview: LedgerOverview
        do throws(LedgerError) { overview = try await approver.ledger.overview() } catch {
            throw Stop(error)
        }
        let revision = approver.policy.policy.metadata.revision
        guard let active = overview.policyRevision, revision < active else { return }
        throw Stop(
            "policy revision \(revision) is lower than \(active), which was active; raise it",
            isInvalidPolicy: true)
    }

    private var isStopped: Bool { approver.stopSwitch.isStopped || Task.isCancelled }

    private func begin() async throws(Stop) {
        do throws(LedgerError) {
            try await approver.ledger.activate(approver.policy, now: approver.clock.now())
        } catch { throw Stop(error) }
        try await write(
            .started,
            [
                JSONMember("engine", .string(Version.engine)),
                JSONMember("policy", approver.entries.policyMember),
            ])
        let metadata = approver.policy.policy.metadata
        tell(
            .started(
                policy: metadata.id, revision: metadata.revision, digest: approver.policy.digest))
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

    private func write(_ kind: EntryKind, _ entry: [JSONMember]) async throws(Stop) {
        do throws(LedgerError) {
            try await approver.ledger.append(
                kind, about: nil, entry: entry, now: approver.clock.now())
        } catch { throw Stop(error) }
    }
}
