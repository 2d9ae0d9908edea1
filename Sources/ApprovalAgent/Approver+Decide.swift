import ApprovalCore
import Synchronization

/// What a read gave: the transaction that a decision can be made on, or the end of it.
enum ReadResult: Sendable {
    case read(Case)
    case failed(Reason, ItemReport.Outcome)

    /// Whether the platform did not answer at all.
    var isUnanswered: Bool {
        switch self {
        case .failed(.platformUnavailable, _), .failed(.platformRefused(status: 401), _): true
        case .failed, .read: false
        }
    }
}

/// What deciding gave.
enum Decided: Sendable {
    case done(ItemReport)
    case intended(Intent)
    case blocked(Blocked)
}

// Steps 2 and 3: read, then decide, reserve and intend.
extension Approver {
    /// Step 2. This body is the evidence, and the only source of values.
    func read(_ listed: Listed, account: Account) async -> ReadResult {
        do {
            let transaction = try await custody.transaction(listed.id, of: listed.account)
            guard transaction.id == listed.id else {
                return .failed(.malformed("it has another id"), .quarantined)
            }
            return .read(
                Case(
                    transaction: transaction, account: account,
                    tier: registrations.tier(account.entityID)))
        } catch {
            return .failed(error.reason, error.outcome)
        }
    }

    /// Step 3, in one ledger transaction. INVARIANT: I1. An error here never approves.
    func settle(_ listed: Listed, _ subject: Case) async throws(Stop) -> Decided {
        let tooMany = try await hasTooManyRequests(subject.transaction.id)
        let proposal = Proposal(
            transactionID: subject.transaction.id, accountID: listed.account.id,
            body: subject.transaction.bytes, accountBody: subject.account.bytes)
        let judged = Mutex<LoadedPolicy?>(nil)
        let reading = reading
        do throws(LedgerError) {
            let settlement = try await ledger.settle(proposal, now: reading) {
                now, ask throws(LedgerError) in
                let policy = policies.current
                judged.withLock { $0 = policy }
                return try judge(
                    subject, under: policy, at: now, reading, hasTooManyRequests: tooMany, ask)
            }
            switch (settlement, judged.withLock { $0 }) {
            case (.occupied(let item), _), (.judged(_, let item), nil):
                return .done(occupied(subject.transaction, item))
            case (.judged(let decision, let item), let policy?):
                figures.decided(decision)
                return intend(listed, subject, decision, policy, item)
            }
        } catch .recordTooLarge {
            return .done(
                try await quarantine(
                    ItemReport(
                        subject.transaction, .hold(.recordTooLarge), outcome: .quarantined)))
        } catch {
            throw Stop(error)
        }
    }

    /// Whether so many approval requests were made within 24 hours that no other may be.
    private func hasTooManyRequests(_ id: TransactionID) async throws(Stop) -> Bool {
        let dayAgo = clock.now().advanced(byMilliseconds: -86_400_000)
        do throws(LedgerError) {
            let times = try await ledger.item(id)?.requestTimes ?? []
            return times.count { $0 > dayAgo } >= Self.maximumRequests
        } catch { throw Stop(error) }
    }

    /// Decides again after a change: reads anew, then settles anew.
    func decideAgain(_ intent: Intent) async throws(Stop) -> Decided {
        switch await read(intent.listed, account: intent.subject.account) {
        case .read(let subject): return try await settle(intent.listed, subject)
        case .failed(let reason, let outcome):
            return .done(
                ItemReport(intent.subject.transaction, .hold(reason), outcome: outcome))
        }
    }

    /// The clock as the ledger may take it.
    var reading: Reading {
        let now = clock.now()
        return Reading(
            time: now,
            isTrusted: clockWatch.isWithin(
                policies.current.policy.settings.maxClockSkew, at: now))
    }

    /// Inside the reservation: the policy decides, and doubt turns an `allow` into a hold.
    private func judge(
        _ subject: Case, under policy: LoadedPolicy, at now: UnixTime, _ reading: Reading,
        hasTooManyRequests: Bool, _ ask: (Questions) throws(LedgerError) -> Answers
    ) throws(LedgerError) -> Judgement {
        let weighing = policy.policy.weigh(subject, at: policy.policy.moment(at: now))
        let notInForce = policies.doubt
        let answers = notInForce == nil ? try ask(weighing.questions) : Answers()
        let weighed = weighing.decide(answers)
        let tooMany = hasTooManyRequests ? Reason.tooManyRequests(limit: Self.maximumRequests) : nil
        // The ledger counts under another policy, or none: nothing that it answers would hold.
        let standing: Standpoint.Standing =
            if let notInForce {
                .notInForce(notInForce)
            } else if weighed.action == .allow,
                let doubt = doubt(subject, policy, weighed.quorum) ?? tooMany
                    ?? (weighed.quorum == nil ? brake.take(at: now) : nil)
            {
                .inForce(doubt: doubt)
            } else {
                .inForce(doubt: nil)
            }
        let standpoint = Standpoint(reading: reading, standing: standing)
        let decision = standpoint.turn(weighed)
        let reservation = decision.exposure.map {
            Reservation(exposure: $0, memberships: policy.policy.memberships(of: $0))
        }
        return Judgement(
            decision: decision,
            entry: entries.decided(
                subject, decision, weighing, answers, standpoint, under: policy),
            fingerprint: entries.fingerprint(subject, decision, under: policy),
            reservation: reservation)
    }

    private func doubt(
        _ subject: Case, _ policy: LoadedPolicy, _ quorum: Quorum?
    ) -> Reason? {
        if haltSwitch.current() != nil { return .halted }
        if let doubt = clockWatch.doubt(policy.policy.settings.maxClockSkew) { return doubt }
        guard let entity = policy.policy.account(subject.transaction.accountID)?.entityID,
            quorum != nil || identities[entity] != nil
        else { return .policyNotActive("no approver is configured for the account's entity") }
        if quorum != nil, let stopped = groupSwitch.current() {
            return .groupStopped(since: stopped.since, why: stopped.why)
        }
        return room.doubt
            ?? registrations.doubt(entity, signing: quorum == nil, at: clock.now())
    }

    private func intend(
        _ listed: Listed, _ subject: Case, _ decision: Decision, _ policy: LoadedPolicy,
        _ item: LedgerItem
    ) -> Decided {
        if let most = policy.policy.mostCancelsPerHour(for: decision) {
            return .blocked(
                Blocked(
                    listed: listed, subject: subject, decision: decision, policy: policy,
                    mostPerHour: most))
        }
        let identity = identities[listed.account.entityID]
        guard decision.action == .allow,
            let methodID = decision.quorum?.group.methodID ?? identity?.methodID
        else { return .done(ItemReport(subject.transaction, decision)) }
        return .intended(
            Intent(
                listed: listed, subject: subject, decision: decision, policy: policy, item: item,
                methodID: methodID, signer: decision.quorum == nil ? identity?.signer : nil,
                decidedAt: clock.now()))
    }

    /// The platform shows it PENDING, and the ledger has it under way or at an end.
    private func occupied(_ transaction: Transaction, _ item: LedgerItem) -> ItemReport {
        var report: ItemReport
        switch item.state {
        case .confirmed: report = ItemReport(transaction, .hold(.alreadyApproved))
        case .conflict:
            report = ItemReport(transaction, .hold(.conflictingChallenge), outcome: .conflict)
        case .failed, .accepted:
            report = ItemReport(transaction, .hold(.inProgress(state: item.state.rawValue)))
        case .decided, .released, .intended, .requested, .asked, .signed, .delivered:
            report = ItemReport(
                transaction, .hold(.inProgress(state: item.state.rawValue)), outcome: .pending)
        }
        report.requestID = item.requestID
        report.challengeDigest = item.challenge?.digest
        return report
    }

    /// Records that an item could not be dealt with; it is tried again in a later pass. `place`
    /// tells items apart that have no id.
    func quarantine(_ report: ItemReport, place: String = "") async throws(Stop) -> ItemReport {
        let key = "\(report.accountID) \(report.transactionID ?? place)"
        let code = report.decision.reasons.first?.code ?? ""
        guard backlog.isDue(key, code: code, at: clock.now()) else { return report }
        let account = [JSONMember("account_id", .string(report.accountID.text))]
        do throws(LedgerError) {
            try await ledger.append(
                .quarantined, about: report.transactionID.flatMap(TransactionID.init),
                entry: account + entries.reasons(.hold, report.decision.reasons), now: clock.now())
        } catch { throw Stop(error) }
        return report
    }
}

extension CustodyError {
    /// What a person is told.
    var reason: Reason {
        switch self {
        case .malformed(let body): .malformed(body.problem)
        case .refused(let status): .platformRefused(status: status)
        case .notSent(let what), .ambiguous(let what): .platformUnavailable(what)
        case .throttled(let status, _): .platformUnavailable("status \(status)")
        }
    }

    /// Whether the platform may have acted although its answer was lost.
    var mayHaveActed: Bool {
        switch self {
        case .ambiguous, .malformed, .throttled(503, _): true
        case .notSent, .throttled, .refused: false
        }
    }

    /// What it means for an item that was only read: try again, or put aside.
    var outcome: ItemReport.Outcome {
        switch self {
        case .malformed: .quarantined
        case .refused(let status): [404, 408, 409, 422].contains(status) ? .pending : .quarantined
        case .notSent, .ambiguous, .throttled: .pending
        }
    }
}
