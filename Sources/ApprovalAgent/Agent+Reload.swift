import ApprovalCore

// Another policy in place of the one that decides, while decisions go on.
extension Agent {
    /// Runs `body`, and beside it a reload each time the bell for it rings. A reload that has
    /// begun is ended before this returns.
    func whileReloading(
        _ body: @escaping @Sendable () async throws(Stop) -> Void
    ) async throws(Stop) {
        let ends = await withTaskGroup(of: Result<Void, Stop>.self) { group in
            group.addTask { await Self.result(of: body) }
            group.addTask {
                await Self.result { () async throws(Stop) in
                    while await reloading.bell.nextRing() { try await reload() }
                }
            }
            var ends: [Result<Void, Stop>] = []
            while let end = await group.next() {
                ends.append(end)
                group.cancelAll()
            }
            return ends
        }
        for end in ends { try end.get() }
    }

    private static func result(
        of body: () async throws(Stop) -> Void
    ) async -> Result<Void, Stop> {
        do throws(Stop) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// One reload: load, hold against ledger, configuration and platform, build its totals aside,
    /// and swap between two decisions. What is refused changes nothing but for an entry.
    private func reload() async throws(Stop) {
        let policies = approver.policies
        let next: LoadedPolicy
        do throws(PolicyRejected) { next = try await reloading.load() } catch {
            return try await refuse(error.findings, nil)
        }
        guard next.digest != policies.current.digest else {
            return tell(.reloadUnchanged(next))
        }
        let findings = try await findings(against: next)
        guard !Task.isCancelled else { return }
        guard findings.isEmpty else { return try await refuse(findings, next) }
        do throws(LedgerError) {
            try await approver.ledger.prepare(next)
            try await approver.ledger.activate(next, now: approver.clock.now()) {
                policies.replace(with: next)
            }
        } catch .policyRevision(let why) {
            return try await refuse([why], next)
        } catch { throw Stop(error) }
        tell(.reloaded(next))
        bell.ring()
    }

    /// Why a policy that is sound by itself must not decide here and now.
    private func findings(against next: LoadedPolicy) async throws(Stop) -> [String] {
        let (current, metadata) = (approver.policies.current, next.policy.metadata)
        let refusals = approver.policies.isInForce ? next.refusals(after: current) : []
        guard refusals.isEmpty else { return refusals.map { "\($0.file): \($0.why)" } }
        if let doubt = approver.clockWatch.doubt(current.policy.settings.maxClockSkew) {
            return ["the clock is in doubt (\(doubt.message)): reload it when it is right"]
        }
        do throws(LedgerError) {
            if try await !approver.isDue(next), let from = metadata.effectiveFrom {
                return try await approver.ledger.effective(approver.clock.now()) < from
                    ? ["it takes effect at \(from.nextMinute) UTC: reload it then"]
                    : ["the clock is in doubt, so nobody can say whether its time has come"]
            }
        } catch { throw Stop(error) }
        let orphans = next.policy.accounts.values.filter {
            approver.identities[$0.entityID] == nil && next.policy.needsSigner(account: $0)
        }
        guard orphans.isEmpty else {
            return orphans.sorted { $0.name < $1.name }.map {
                "account \($0.name): no approver is configured for entity \($0.entityID)"
            }
        }
        do throws(CustodyError) {
            return try await Preflight(custody: approver.custody)
                .check(next.policy, besides: current.policy).map(\.description)
        } catch {
            return ["what is new in it cannot be held against the platform: \(error.reason)"]
        }
    }

    private func refuse(_ findings: [String], _ next: LoadedPolicy?) async throws(Stop) {
        guard !Task.isCancelled else { return }
        let staying = approver.policies.current
        try await write(
            .policyRejected, approver.entries.rejected(findings, next, staying: staying))
        approver.figures.reloadFailed()
        tell(.reloadRefused(findings, staying: staying))
    }
}

extension LoadedPolicy {
    /// Why this one must not follow on one that is active, file by file: revisions rise, and a
    /// file whose bytes change has another revision. The ledger says so too, for every policy that
    /// was ever active.
    package func refusals(after active: LoadedPolicy) -> [(file: String, why: String)] {
        let files = [
            ("policy.yaml", policy.metadata.revision, active.policy.metadata.revision),
            (
                "address_book.yaml", policy.addressBook.revision,
                active.policy.addressBook.revision
            ),
        ]
        return files.compactMap { file, revision, before in
            if revision < before {
                return (file, "revision \(revision) is lower than \(before), which is active")
            }
            guard revision == before, bytes(of: file) != active.bytes(of: file) else { return nil }
            return (file, "the file was changed, but its revision is still \(revision); raise it")
        }
    }

    private func bytes(of file: String) -> [UInt8]? { files.first { $0.path == file }?.bytes }
}
