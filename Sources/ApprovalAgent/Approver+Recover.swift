import ApprovalCore

// What an earlier pass, or a process that was killed, left with a reservation.
extension Approver {
    /// Resolves one open item by reading the platform. INVARIANT: I6.
    ///
    /// Returns nil where the item was let go, to be decided anew, or must wait for its turn.
    func recover(_ item: LedgerItem) async throws(Stop) -> ItemReport? {
        do throws(Ending) {
            switch item.state {
            case .intended, .requested: return try await letGo(item)
            case .asked: return try await follow(item)
            case .signed, .delivered: return try await resume(item)
            case .decided, .released, .confirmed, .failed, .conflict, .accepted: return nil
            }
        } catch {
            switch error {
            case .report(let report): return report
            case .stop(let stop): throw stop
            case .decideAgain: return nil
            }
        }
    }

    /// Nothing was signed. A request that was APPROVED all the same was answered by another.
    private func letGo(_ item: LedgerItem) async throws(Ending) -> ItemReport? {
        if item.state == .requested, let id = item.requestID {
            let request: ApprovalRequest?
            do throws(CustodyError) { request = try await custody.approvalRequest(id) } catch {
                switch error {
                case .refused, .malformed: request = nil
                // It cannot be read now: it stays as it is until it can.
                case .notSent, .ambiguous, .throttled: return told(item, error.reason, .pending)
                }
            }
            if let request, request.id == id, request.state == .approved {
                return try await answeredByAnother(item, request)
            }
        }
        // What was intended may have been asked for, and its answer lost with the process.
        let lost = item.state == .intended ? [JSONMember("request_lost", .bool(true))] : []
        try await write(
            item, .released(retryAt: nil),
            lost + entries.reasons(nil, [.inProgress(state: item.state.rawValue)]))
        return nil
    }

    private func answeredByAnother(
        _ item: LedgerItem, _ request: ApprovalRequest
    ) async throws(Ending) -> ItemReport {
        let reason = Reason.foreignRequest("it was APPROVED without us")
        if !request.type.isVerbatim("DSA_ED25519") {
            try stopGroups(because: "\(reason.code) of \(item.transactionID)")
        }
        try await write(item, .conflict, entries.reasons(.hold, [reason]))
        return told(item, reason, .conflict)
    }

    /// A report from what the ledger keeps: the platform may list the item no longer.
    private func told(
        _ item: LedgerItem, _ reason: Reason, _ outcome: ItemReport.Outcome
    ) -> ItemReport {
        var report =
            (try? Transaction(bytes: item.decidedBody)).map {
                ItemReport($0, .hold(reason), outcome: outcome)
            }
            ?? ItemReport(
                unreadable: item.transactionID.text, account: item.accountID, reason: reason,
                outcome: outcome)
        report.requestID = item.requestID
        return report
    }

    /// Something was signed: the same bytes again, or nothing.
    private func resume(_ item: LedgerItem) async throws(Ending) -> ItemReport {
        let (intent, today, record, requestID) = try await restored(item)
        let unsent = Signed(requestID: requestID, record: record, signature: nil)
        let again = signedAgain(unsent, intent)
        if case .pending = try await standing(unsent, intent) {
            try await checkDelivery(of: unsent, intent, today)
            guard let again else {
                throw try await putAside(
                    unsent, intent,
                    .keyUnusable("it does not make the signature that was recorded"))
            }
            try await deliver(again, intent)
        }
        return try await confirm(again ?? unsent, intent)
    }

    private func restored(
        _ item: LedgerItem
    ) async throws(Ending) -> (Intent, Decision, ChallengeRecord, ApprovalRequestID) {
        guard let record = item.challenge, let requestID = item.requestID else {
            throw .stop(Stop("the ledger has no message or request for \(item.transactionID)"))
        }
        let (intent, today) = try await remembered(item)
        return (intent, today, record, requestID)
    }

    /// The intent as the ledger has it, under the policy of today, and what that says of it.
    func remembered(_ item: LedgerItem) async throws(Ending) -> (Intent, Decision) {
        guard let decided = try? Transaction(bytes: item.decidedBody) else {
            throw try await unknown(item, "the transaction's body is no longer kept")
        }
        let policy = policies.current
        guard let account = policy.policy.account(item.accountID) else {
            throw try await unknown(item, "the policy no longer names its account")
        }
        let identity = identities[account.entityID]
        guard let methodID = item.asking?.quorum.group.methodID ?? identity?.methodID else {
            throw try await unknown(item, "no approver is configured for its entity")
        }
        let shown: Account
        do throws(CustodyError) { shown = try await custody.account(account) } catch {
            throw .report(ItemReport(decided, .hold(error.reason), outcome: .pending))
        }
        let subject = Case(
            transaction: decided, account: shown, tier: registrations.tier(account.entityID))
        let today = try await decision(on: subject, under: policy.policy)
        let recorded = today.recorded(of: item)
        let listed = Listed(
            id: item.transactionID, account: account, createdAt: decided.createdAt)
        let intent = Intent(
            listed: listed, subject: subject,
            decision: item.asking.map {
                recorded.asking($0.quorum, because: recorded.reasons)
            } ?? recorded,
            policy: policy, item: item, methodID: methodID,
            signer: item.asking == nil ? identity?.signer : nil, decidedAt: clock.now())
        return (intent, today)
    }

    /// What this agent knew is gone: it is read again later, and a person must look.
    private func unknown(_ item: LedgerItem, _ why: String) async throws(Ending) -> Ending {
        let reason = Reason.deliveryHeldBack(why)
        try await write(
            item, .quarantined(retryAt: backOff(item)), entries.reasons(.hold, [reason]))
        return .report(told(item, reason, .quarantined))
    }

    /// What the policy of today says; its own reservation is not counted.
    func decision(on subject: Case, under policy: Policy) async throws(Ending) -> Decision {
        if let doubt = policies.doubt { return .hold(doubt) }
        do throws(LedgerError) {
            let now = try await ledger.effective(clock.now())
            let weighing = policy.weigh(subject, at: policy.moment(at: now))
            return weighing.decide(try await ledger.answers(weighing.questions))
        } catch .otherPolicy {
            return .hold(.policyNotActive("it is being replaced"))
        } catch { throw .stop(Stop(error)) }
    }

    /// Before anything is signed or sent, where another policy became active since this one was
    /// looked at: it goes on under the policy that it began with, unless the one that is active
    /// now holds it back as it would at a start. Gives the digest that was looked at last; nil
    /// where it is held back. `isFirst` says that nothing was ever sent for it.
    func vetted(
        _ intent: Intent, since digest: Digest, isFirst: Bool
    ) async throws(Ending) -> Digest? {
        let active = policies.current
        guard active.digest != digest else { return digest }
        let today = try await decision(on: intent.subject, under: active.policy)
        guard !active.policy.blocks(today), today.action != .hold else { return nil }
        guard isFirst else { return active.digest }
        let isTooOld = active.policy.isTooOld(intent.subject.transaction, at: clock.now())
        return today.action == .allow && !isTooOld ? active.digest : nil
    }

    /// Whether what is signed may still leave the host: never against a block rule, a halt or
    /// while the clock or the account is in doubt, and for the first time only where it would be
    /// allowed today.
    private func checkDelivery(
        of signed: Signed, _ intent: Intent, _ today: Decision
    ) async throws(Ending) {
        let policy = intent.policy.policy
        let skew = policy.settings.maxClockSkew
        let doubt =
            haltSwitch.current() == nil
            ? clockWatch.doubt(skew) ?? policies.doubt
                ?? registrations.doubt(
                    intent.listed.account.entityID, signing: true, at: clock.now())
            : .halted
        if let doubt {
            // Nothing is put off: a time taken now might be wrong.
            throw .report(
                report(
                    intent, intent.decision.turned(to: .hold, because: [doubt]), nil,
                    signed: signed))
        }
        if policy.blocks(today) {
            throw try await putAside(signed, intent, .deliveryHeldBack("a rule blocks it now"))
        }
        let mustBeAllowed = intent.item.state == .signed
        if today.action == .hold || mustBeAllowed && today.action != .allow {
            throw try await putAside(
                signed, intent, .deliveryHeldBack("the policy would not allow it now"))
        }
        if mustBeAllowed, policy.isTooOld(intent.subject.transaction, at: clock.now()) {
            throw try await putAside(
                signed, intent, .deliveryHeldBack("it is older than max_request_age allows"))
        }
    }

    /// Ed25519 is deterministic: the same key makes the same bytes; nil where it is another key.
    private func signedAgain(_ signed: Signed, _ intent: Intent) -> Signed? {
        // INVARIANT: I10. Work in flight beside a failure does not touch the key either.
        guard ledger.failed == nil,
            let signature = try? intent.signer?.sign(signed.record.message),
            sha256(signature.bytes) == signed.record.signatureDigest
        else { return nil }
        return Signed(
            requestID: signed.requestID, record: signed.record, signature: signature)
    }

    private func write(
        _ item: LedgerItem, _ step: Step, _ entry: [JSONMember]
    ) async throws(Ending) {
        try await advance(item.transactionID, step, entry)
    }
}

extension Decision {
    /// The decision that was recorded, as far as it can be told from today's: what was reserved
    /// was allowed, whatever the policy says now.
    fileprivate func recorded(of item: LedgerItem) -> Decision {
        action == .allow
            ? self : turned(to: .allow, because: [.inProgress(state: item.state.rawValue)])
    }
}
