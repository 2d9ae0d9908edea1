import ApprovalCore

// What became of people who were asked in an earlier pass.
extension Approver {
    /// Looks at everything once, and goes on from there.
    func follow(_ item: LedgerItem) async throws(Ending) -> ItemReport {
        guard let asking = item.asking else {
            throw .stop(Stop("the ledger does not know who was asked for \(item.transactionID)"))
        }
        let (intent, _) = try await remembered(item)
        // The transaction first: what it shows as approved, its request must show too.
        let look = try await look(asking, intent)
        let standings = try await standings(asking, intent)
        let known = standings.asking
        if known != asking { try await record(known, intent) }
        if let open = standings.unread, ![.failed, .cancelled].contains(look.state) {
            throw .report(held(known, intent, open))
        }
        if let ended = try await ended(look, known, intent) { return ended }
        if let doubt = look.doubt ?? standings.doubt {
            throw try await putAside(nil, intent, doubt)
        }
        if let end = known.end { return try await afterEnd(end, known, intent, look) }
        return try await goOn(known, intent, look)
    }

    /// The transaction and the GROUP request, as the platform shows them.
    private struct Look {
        /// nil where it cannot be told.
        let transaction: Transaction?
        /// `unknown` where it cannot be told.
        let request: ApprovalRequestState
        /// Why one of them cannot be told.
        let doubt: Reason?

        var state: TransactionState { transaction?.state ?? .unknown }
    }

    /// What cannot be read for now ends the look; what is not what it should be hides nothing of
    /// the rest.
    private func look(_ asking: Asking, _ intent: Intent) async throws(Ending) -> Look {
        var (transaction, doubt): (Transaction?, Reason?) = (nil, nil)
        do throws(CustodyError) {
            let shown = try await custody.transaction(
                intent.item.transactionID, of: intent.listed.account)
            if shown.id == intent.item.transactionID {
                transaction = shown
            } else {
                doubt = .malformed("the transaction has another id")
            }
        } catch {
            guard error.isAnswer else { throw .report(held(asking, intent, error.reason)) }
            doubt = error.reason
        }
        var state = ApprovalRequestState.unknown
        do throws(CustodyError) {
            let shown = try await custody.approvalRequest(asking.requestID)
            let difference = shown.difference(from: asking.whole(of: intent.item.transactionID))
            if difference == nil { state = shown.state }
            doubt = doubt ?? difference
        } catch {
            guard error.isAnswer else { throw .report(held(asking, intent, error.reason)) }
            doubt = doubt ?? error.reason
        }
        return Look(transaction: transaction, request: state, doubt: doubt)
    }

    /// How each member stands.
    private struct Standings {
        var asking: Asking
        /// Why a member's request cannot be told: that member has not approved.
        var doubt: Reason?
        /// Why one cannot be read for now: nobody knows yet.
        var unread: Reason?
    }

    private func standings(_ first: Asking, _ intent: Intent) async throws(Ending) -> Standings {
        var standings = Standings(asking: first)
        for place in first.members.indices where first.members[place].standing == .open {
            let asked = first.members[place]
            var states: Set<ApprovalRequestState> = []
            for id in asked.requests {
                do throws(CustodyError) {
                    let request = try await custody.approvalRequest(id)
                    let difference = request.difference(from: first.part(of: asked.member, id))
                    states.insert(difference == nil ? request.state : .unknown)
                    standings.doubt = standings.doubt ?? difference
                } catch {
                    states.insert(.unknown)
                    if error.isAnswer {
                        standings.doubt = standings.doubt ?? error.reason
                    } else {
                        standings.unread = standings.unread ?? error.reason
                    }
                }
            }
            if states.contains(.approved) {
                standings.asking.members[place].standing = .approved
            } else if !states.isEmpty, states.isSubset(of: [.cancelled, .failed]) {
                standings.asking.members[place].standing = .refused
            }
        }
        return standings
    }

    /// The end of it, where the platform shows one.
    private func ended(
        _ look: Look, _ asking: Asking, _ intent: Intent
    ) async throws(Ending) -> ItemReport? {
        let isApproved =
            look.request == .approved || [.approved, .completed].contains(look.state)
        guard asking.isGranted || !isApproved else {
            throw try await approvedByOthers(intent, asking.quorum, asking.approvals)
        }
        switch (look.request, look.state) {
        case (_, .failed), (_, .cancelled):
            let reasons = [Reason.requestFailed(state: look.state.rawValue)]
            try await advance(intent, .failed, entries.reasons(nil, reasons))
            return report(intent, intent.decision.turned(to: .hold, because: reasons), .failed)
        case (.approved, .approved), (.approved, .completed):
            return try await confirm(look, asking, intent)
        case (.approved, .pending):
            let changed = changed(look, intent)
            guard changed.isEmpty else {
                throw try await putAside(nil, intent, .changedUnderUs(fields: changed))
            }
            return waiting(asking, intent)
        case _ where look.doubt != nil: return nil
        case (_, .approved), (_, .completed):
            // Enough of our people approved it: the request may show it later.
            return held(
                asking, intent, .foreignRequest("the transaction is approved, and it is not"))
        case (.unknown, _), (_, .unknown):
            throw try await putAside(
                nil, intent, .foreignRequest("a state that the guide does not know"))
        case (.creating, .pending), (.pending, .pending), (.cancelled, .pending),
            (.failed, .pending):
            return nil
        }
    }

    private func confirm(
        _ look: Look, _ asking: Asking, _ intent: Intent
    ) async throws(Ending) -> ItemReport {
        let changed = changed(look, intent)
        guard changed.isEmpty else {
            throw try await putAside(nil, intent, .changedUnderUs(fields: changed))
        }
        // Fewer of our people than the pinned quorum: somebody else's approvals count among them,
        // or the platform's quorum is no longer the pinned one.
        if asking.approvals < asking.quorum.group.quorum {
            switch await groupDoubt(asking.quorum.group, of: asking.entityID) {
            case nil: break
            case .changed(let reason):
                try stopGroups(because: "\(reason.code) of \(intent.item.transactionID)")
                throw try await conflict(intent, reason)
            case .unknown(let reason): return held(asking, intent, reason)
            }
        }
        try await advance(
            intent, .confirmed,
            entries.confirmed(asking, transactionState: look.state))
        figures.confirmed(
            afterMilliseconds: clock.now().milliseconds - asking.since.milliseconds)
        var told = report(intent, intent.decision, .confirmed)
        told.requestID = asking.requestID
        return told
    }

    /// Nothing has ended: whatever must stop it, and then whoever is next.
    private func goOn(
        _ asking: Asking, _ intent: Intent, _ look: Look
    ) async throws(Ending) -> ItemReport {
        if [.cancelled, .failed].contains(look.request) {
            return try await stopAsking(.ended, asking, intent, look)
        }
        guard changed(look, intent).isEmpty else {
            return try await stopAsking(.changed, asking, intent, look)
        }
        let digest = policies.current.digest
        let next = asking.next(at: try await effectiveNow())
        switch (await groupDoubt(asking.quorum.group, of: asking.entityID), next) {
        case (.changed(let reason), _):
            return try await stopAsking(.groupChanged, asking, intent, look, because: reason)
        case (_, .stop(.expired)) where !reading.isTrusted:
            // The end is for ever: a clock in doubt cannot tell it.
            let skew = policies.current.policy.settings.maxClockSkew
            return held(asking, intent, clockWatch.doubt(skew) ?? .clockSkew(milliseconds: nil))
        case (_, .stop(let end)): return try await stopAsking(end, asking, intent, look)
        case (.unknown(let reason), _):
            do throws(Stop) { return try await quarantine(held(asking, intent, reason)) } catch {
                throw .stop(error)
            }
        case (nil, .wait): return waiting(asking, intent)
        case (nil, .ask):
            guard let reason = try await heldBack(intent, asking.quorum) else {
                return try await askNext(asking, intent, under: digest)
            }
            return held(asking, intent, reason)
        }
    }

    /// now′, by which asking ends.
    private func effectiveNow() async throws(Ending) -> UnixTime {
        do throws(LedgerError) { return try await ledger.effective(clock.now()) } catch {
            throw .stop(Stop(error))
        }
    }

    /// Why nobody else may be asked under the policy of today; nil where they may.
    func heldBack(_ intent: Intent, _ quorum: Quorum) async throws(Ending) -> Reason? {
        let today = try await decision(on: intent.subject, under: policies.current.policy)
        guard today.action == .allow else {
            return .quorumHeldBack("the policy would not allow it now")
        }
        return today.quorum == quorum
            ? nil : .quorumHeldBack("the policy would ask other people now")
    }

    private func changed(_ look: Look, _ intent: Intent) -> [String] {
        guard let current = look.transaction else { return ["id"] }
        return intent.policy.policy.changes(
            from: intent.subject.transaction, to: current, in: intent.decision.fields)
    }

    /// For ever: what was asked may still be approved, and is watched.
    private func stopAsking(
        _ end: Asking.End, _ first: Asking, _ intent: Intent, _ look: Look,
        because known: Reason? = nil
    ) async throws(Ending) -> ItemReport {
        var asking = first
        asking.end = end
        let reason = known ?? reason(end, asking, intent, look)
        try await record(asking, intent, because: [reason])
        return try await afterEnd(end, asking, intent, look, because: reason)
    }

    private func reason(
        _ end: Asking.End, _ asking: Asking, _ intent: Intent, _ look: Look
    ) -> Reason {
        let (group, refused) = (asking.quorum.group.name, asking.refused)
        return switch end {
        case .expired: .quorumExpired(group: group, at: asking.expiresAt)
        case .denied: .quorumDenied(group: group, by: refused)
        case .ended:
            refused.isEmpty
                ? .requestFailed(state: look.request.rawValue)
                : .quorumDenied(group: group, by: refused)
        case .changed: .changedUnderUs(fields: changed(look, intent))
        case .groupChanged: .groupChanged(group: group, "it changed while people were asked")
        }
    }

    /// A person decides. Nothing is released before the platform shows it CANCELLED or FAILED.
    private func afterEnd(
        _ end: Asking.End, _ asking: Asking, _ intent: Intent, _ look: Look,
        because known: Reason? = nil
    ) async throws(Ending) -> ItemReport {
        let reason = known ?? reason(end, asking, intent, look)
        let decision = intent.decision.turned(to: .escalate, because: [reason])
        var told = report(intent, decision, nil)
        told.requestID = asking.requestID
        guard end == .expired, changed(look, intent).isEmpty, await isCancelled(asking) else {
            return told
        }
        let most = policies.current.policy.settings.mostCancelsPerHour
        let expired = Blocked(
            listed: intent.listed, subject: intent.subject, decision: decision,
            policy: intent.policy, mostPerHour: most)
        do throws(Stop) { told.isCancelled = try await cancel(expired).isCancelled } catch {
            throw .stop(error)
        }
        return told
    }

    /// Whether what expired is cancelled: the policy of today says so too, and the people did not
    /// approve it after all.
    private func isCancelled(_ asking: Asking) async -> Bool {
        guard asking.quorum.onExpiry == .cancel, !asking.hasEnough,
            policies.current.policy.rules.contains(where: { $0.quorum == asking.quorum }),
            let request = try? await custody.approvalRequest(asking.requestID)
        else { return false }
        return request.id == asking.requestID && ![.approved, .unknown].contains(request.state)
    }

    /// INVARIANT: I5. The platform calls something approved that the people whom this agent asked
    /// did not approve. No group is asked until a person resumes: that is durable first.
    func approvedByOthers(
        _ intent: Intent, _ quorum: Quorum, _ approvals: Int
    ) async throws(Ending) -> Ending {
        let reason = Reason.groupApprovedByOthers(
            group: quorum.group.name, approvals: approvals, minimum: quorum.minApprovals)
        try stopGroups(because: "\(reason.code) of \(intent.item.transactionID)")
        return try await conflict(intent, reason)
    }

    /// Throws the switch that keeps groups from being asked.
    func stopGroups(because why: String) throws(Ending) {
        do throws(GroupSwitchError) {
            try groupSwitch.engage(Halt(since: clock.now(), by: "countersign", why: why))
        } catch { throw .stop(Stop("groups cannot be kept from being asked: \(error.why)")) }
    }
}

extension Asking {
    /// The names of those who said no, or did not answer.
    fileprivate var refused: [String] {
        members.filter { $0.standing == .refused }.map(\.member.name)
    }

    /// Whether as many approved as the platform's group needs.
    fileprivate var hasEnough: Bool {
        approvals >= max(quorum.group.quorum, quorum.minApprovals)
    }
}

extension CustodyError {
    /// Whether the platform answered, and not with what was asked for: no wait mends it by itself.
    fileprivate var isAnswer: Bool { outcome != .pending || self == .refused(status: 404) }
}
