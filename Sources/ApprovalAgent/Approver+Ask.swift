import ApprovalCore

// Where a rule has `quorum` people are asked at the platform, and nothing is signed here:
//
// decide + reserve + intend ──> the group as pinned ──> request ──> read again ──> ask, one member
//                                                        or all ──> watch ──> confirm
extension Approver {
    /// Begins to ask: the GROUP request, and the first members' requests in it.
    func ask(_ quorum: Quorum, _ intent: Intent, isLast: Bool) async throws(Ending) -> ItemReport {
        if let stopped = groupSwitch.current() {
            throw try await giveBack(
                intent, .groupStopped(since: stopped.since, why: stopped.why), nil)
        }
        switch await groupDoubt(quorum.group, of: intent.listed.account.entityID) {
        case nil: break
        case .changed(let reason): throw try await release(intent, .escalate, [reason], nil)
        case .unknown(let reason):
            throw try await release(intent, .hold, [reason], .quarantined)
        }
        let request = try await request(intent)
        let evidence = try await hold(request, against: intent, isLast: isLast)
        let digest = policies.current.digest
        guard try await isStillAsked(quorum, intent) else {
            throw try await giveBack(intent, .policyNotActive("another one took its place"), nil)
        }
        var intent = intent
        intent.requestID = request.id
        let asking = Asking(
            quorum, of: intent.listed.account.entityID, by: request.id, since: clock.now())
        try await begin(asking, intent, evidence)
        return try await askNext(asking, intent, under: digest)
    }

    /// Keeps that asking begins, and on what.
    private func begin(
        _ asking: Asking, _ intent: Intent, _ evidence: Evidence
    ) async throws(Ending) {
        do throws(LedgerError) {
            try await ledger.advance(
                intent.item.transactionID, .asked(asking),
                entry: [JSONMember("asking", asking.json)] + entries.evidence(evidence),
                evidence: evidence.bodies, now: clock.now())
        } catch .recordTooLarge {
            throw try await release(intent, .hold, [.recordTooLarge], .quarantined)
        } catch { throw .stop(Stop(error)) }
    }

    /// INVARIANT: I2. What people are asked in is what was asked for, and what they are asked about
    /// is what was decided on.
    private func hold(
        _ request: ApprovalRequest, against intent: Intent, isLast: Bool
    ) async throws(Ending) -> Evidence {
        if let difference = request.difference(from: asked(intent, request.id)) {
            throw try await release(intent, .hold, [difference], .quarantined)
        }
        guard request.state == .pending else {
            throw try await release(
                intent, .hold, [.foreignRequest("its state is \(request.state.rawValue)")],
                .quarantined)
        }
        let current: Transaction
        do throws(CustodyError) {
            current = try await custody.transaction(
                intent.item.transactionID, of: intent.listed.account)
        } catch {
            throw try await release(intent, .hold, [error.reason], error.outcome)
        }
        guard current.state == .pending else {
            throw try await release(
                intent, .hold, [.notPending(state: current.state.rawValue)], .quarantined)
        }
        let changed = intent.policy.policy.changes(
            from: intent.subject.transaction, to: current, in: intent.decision.fields)
        let evidence = Evidence(request: request, current: current)
        guard changed.isEmpty else {
            let ending = try await release(
                intent, .escalate, [.changedUnderUs(fields: changed)], nil, because: evidence)
            throw isLast ? ending : .decideAgain
        }
        return evidence
    }

    /// Whether the policy of now, where it is no longer the one that decided, asks the same people.
    private func isStillAsked(_ quorum: Quorum, _ intent: Intent) async throws(Ending) -> Bool {
        guard policies.current.digest != intent.policy.digest else { return true }
        guard try await vetted(intent, since: intent.policy.digest, isFirst: true) != nil else {
            return false
        }
        return try await heldBack(intent, quorum) == nil
    }

    /// Asks whoever is next, if somebody is; `digest` is of the policy that was asked whether to.
    /// INVARIANT: I3. That a request is begun is durable before it is sent: whom a killed agent may
    /// have asked is known.
    func askNext(
        _ first: Asking, _ intent: Intent, under digest: Digest
    ) async throws(Ending) -> ItemReport {
        guard case .ask(let places) = first.next(at: clock.now()) else {
            return waiting(first, intent)
        }
        var asking = first
        for place in places {
            if let doubt = await doubtToAsk(in: asking, under: digest) {
                return held(asking, intent, doubt)
            }
            asking.members[place].begun += 1
            try await record(asking, intent)
            // The record took its time.
            if let doubt = doubtToAsk(asking.entityID, under: digest) {
                asking.members[place].begun -= 1
                try await record(asking, intent)
                return held(asking, intent, doubt)
            }
            let isAnswering = try await ask(memberAt: place, of: &asking, intent)
            try await record(asking, intent)
            guard isAnswering else { break }
        }
        return waiting(asking, intent)
    }

    /// One request of a member; false where the platform gives no answers for now.
    private func ask(
        memberAt place: Int, of asking: inout Asking, _ intent: Intent
    ) async throws(Ending) -> Bool {
        let member = asking.members[place].member
        let request: ApprovalRequest
        do throws(CustodyError) {
            request = try await custody.createApprovalRequest(
                for: .approvalRequest(asking.requestID), entity: member.entityID,
                method: member.methodID,
                mayStill: { [haltSwitch, groupSwitch, ledger] in
                    haltSwitch.current() == nil && groupSwitch.current() == nil
                        && ledger.failed == nil
                })
        } catch {
            figures.failed(.ask)
            if error.mayHaveActed { return false }
            switch error {
            case .refused(let status) where ![401, 404, 408, 429].contains(status):
                asking.members[place].standing = .refused
                return true
            case .notSent, .throttled, .refused, .ambiguous, .malformed:
                // Nothing was made: it may be begun again.
                asking.members[place].begun -= 1
                return false
            }
        }
        // What is not ours is no part of this; whether the member was asked is open.
        if let difference = request.difference(from: asking.part(of: member, request.id)) {
            throw try await putAside(nil, intent, difference)
        }
        guard !asking.members.contains(where: { $0.requests.contains(request.id) }) else {
            throw try await putAside(
                nil, intent, .foreignRequest("its id is of another member's request"))
        }
        asking.members[place].requests.append(request.id)
        return true
    }

    /// Why nobody may be asked just now, the group held against the pinned one last; nil where
    /// they may.
    private func doubtToAsk(in asking: Asking, under digest: Digest) async -> Reason? {
        if let doubt = doubtToAsk(asking.entityID, under: digest) { return doubt }
        switch await groupDoubt(asking.quorum.group, of: asking.entityID) {
        case nil: return nil
        case .changed(let reason), .unknown(let reason): return reason
        }
    }

    private func doubtToAsk(_ entity: EntityID, under digest: Digest) -> Reason? {
        if stopSwitch.isStopped { return .inProgress(state: "stopping") }
        if haltSwitch.current() != nil { return .halted }
        if let stopped = groupSwitch.current() {
            return .groupStopped(since: stopped.since, why: stopped.why)
        }
        let active = policies.current
        if active.digest != digest { return .policyNotActive("another one took its place") }
        return clockWatch.doubt(active.policy.settings.maxClockSkew) ?? policies.doubt
            ?? room.doubt ?? registrations.doubt(entity, signing: false, at: clock.now())
    }

    /// How the platform's group differs from the pinned one.
    enum GroupDoubt {
        /// It is another: a person decides.
        case changed(Reason)
        /// Nobody can say: later.
        case unknown(Reason)
    }

    /// INVARIANT: I5. Read before each step: who is asked, and how many must approve, is the policy's
    /// to say and not the platform's.
    func groupDoubt(_ group: PolicyGroup, of entity: EntityID) async -> GroupDoubt? {
        do throws(CustodyError) {
            let method = try await custody.approvalMethod(group.methodID, of: entity)
            guard let reason = group.difference(from: method, of: entity) else { return nil }
            guard case .groupUnreadable = reason else { return .changed(reason) }
            return .unknown(reason)
        } catch .refused(404) {
            return .unknown(
                .groupUnreadable(group: group.name, "the platform shows no such approval method"))
        } catch {
            return .unknown(error.reason)
        }
    }

    /// Keeps how everybody stands. A request that belongs to another transaction is no part of
    /// this one, and a person must look.
    func record(
        _ asking: Asking, _ intent: Intent, because reasons: [Reason] = []
    ) async throws(Ending) {
        let why = reasons.isEmpty ? [] : entries.reasons(.escalate, reasons)
        do throws(LedgerError) {
            try await ledger.advance(
                intent.item.transactionID, .asked(asking),
                entry: [JSONMember("asking", asking.json)] + why, now: clock.now())
        } catch .requestTaken {
            throw try await putAside(
                nil, intent, .foreignRequest("its id belongs to another transaction"))
        } catch { throw .stop(Stop(error)) }
    }

    /// It is people's turn, or the platform's where enough of them approved it.
    func waiting(_ asking: Asking, _ intent: Intent) -> ItemReport {
        guard !asking.isGranted || clock.now() < asking.expiresAt else {
            return held(
                asking, intent,
                .platformUnavailable("enough people approved it, and it is not shown as approved"))
        }
        let decision = intent.decision.asking(asking.quorum, because: [.quorumWaiting(asking)])
        var told = report(intent, decision, .pending)
        told.requestID = asking.requestID
        return told
    }

    /// It goes on later.
    func held(_ asking: Asking, _ intent: Intent, _ reason: Reason) -> ItemReport {
        var told = report(intent, intent.decision.turned(to: .hold, because: [reason]), .pending)
        told.requestID = asking.requestID
        return told
    }
}

extension Asking {
    /// What the GROUP request must be.
    func whole(of transaction: TransactionID) -> RequestedApproval {
        RequestedApproval(
            requestID: requestID, resource: .transaction(transaction), types: ["GROUP"],
            entityID: entityID, methodID: quorum.group.methodID)
    }

    /// What a member's request must be.
    func part(of member: GroupMember, _ id: ApprovalRequestID) -> RequestedApproval {
        RequestedApproval(
            requestID: id, resource: .approvalRequest(requestID), types: ["AUTHY_PUSH", "SMS"],
            entityID: member.entityID, methodID: member.methodID)
    }
}
