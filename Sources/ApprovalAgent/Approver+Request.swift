import ApprovalCore

// Steps 4 and 5: ask for an approval request, read the transaction again and bind.
extension Approver {
    /// Approval requests that may be made for one transaction within 24 hours.
    static let maximumRequests = 10
    /// Reads of a request that is still CREATING.
    static let maximumCreatingReads = 20

    /// Step 4. Only requests that this agent created are answered; a known one that is still
    /// PENDING is read again, not replaced.
    func request(_ intent: Intent) async throws(Ending) -> ApprovalRequest {
        guard !stopSwitch.isStopped else {
            throw try await giveBack(intent, .inProgress(state: "stopping"), .pending)
        }
        if let known = try await knownRequest(intent) {
            return try await created(known, intent)
        }
        guard haltSwitch.current() == nil else {
            throw try await giveBack(intent, .halted, nil)
        }
        let request: ApprovalRequest
        do throws(CustodyError) {
            request = try await custody.createApprovalRequest(
                for: .transaction(intent.item.transactionID),
                entity: intent.listed.account.entityID,
                method: intent.methodID,
                mayStill: { [haltSwitch, ledger] in
                    haltSwitch.current() == nil && ledger.failed == nil
                })
        } catch {
            guard haltSwitch.current() == nil || error.mayHaveActed else {
                throw try await giveBack(intent, .halted, nil)
            }
            throw try await release(
                intent, .hold, [error.reason], error.outcome, isRequestLost: error.mayHaveActed)
        }
        // What is not ours is not kept as ours: the next pass asks anew.
        if let difference = request.difference(from: asked(intent, request.id)) {
            throw try await release(intent, .hold, [difference], .quarantined)
        }
        try await recordRequest(request, intent)
        return try await created(request, intent)
    }

    /// INVARIANT: I9. A platform that gives one id to two transactions spoils only the second.
    private func recordRequest(
        _ request: ApprovalRequest, _ intent: Intent
    ) async throws(Ending) {
        do throws(LedgerError) {
            try await ledger.advance(
                intent.item.transactionID, .requested(request.id),
                entry: entries.requested(request, method: intent.methodID),
                now: clock.now())
        } catch .requestTaken {
            throw try await release(
                intent, .hold, [.foreignRequest("its id belongs to another transaction")],
                .quarantined)
        } catch { throw .stop(Stop(error)) }
    }

    private func knownRequest(_ intent: Intent) async throws(Ending) -> ApprovalRequest? {
        guard let id = intent.item.requestID else { return nil }
        let request: ApprovalRequest
        do throws(CustodyError) {
            request = try await custody.approvalRequest(id)
        } catch .refused(404) {
            return nil
        } catch {
            throw try await release(intent, .hold, [error.reason], error.outcome)
        }
        guard request.id == id else {
            throw try await release(
                intent, .hold, [.foreignRequest("another id")], .quarantined)
        }
        // One that is no longer what would be asked for, after a change of method, is left alone.
        if request.difference(from: asked(intent, id)) != nil { return nil }
        switch request.state {
        case .pending, .creating:
            try await recordRequest(request, intent)
            return request
        case .approved: throw try await approvedWithoutUs(intent)
        case .cancelled, .failed, .unknown: return nil
        }
    }

    /// Waits while the platform is CREATING it, in bounds.
    private func created(
        _ first: ApprovalRequest, _ intent: Intent
    ) async throws(Ending) -> ApprovalRequest {
        var request = first
        var intent = intent
        intent.requestID = first.id
        for read in 1...Self.maximumCreatingReads where request.state == .creating {
            guard await paused(milliseconds: min(50 << Int64(min(read, 5)), 1_000)) else { break }
            do throws(CustodyError) {
                request = try await custody.approvalRequest(first.id)
            } catch {
                throw try await release(intent, .hold, [error.reason], error.outcome)
            }
            guard request.id == first.id else {
                throw try await release(
                    intent, .hold, [.foreignRequest("another id")], .quarantined)
            }
        }
        switch request.state {
        case .pending, .unknown: return request
        case .creating:
            throw try await release(
                intent, .hold, [.platformUnavailable("the request is still CREATING")], .pending)
        case .approved: throw try await approvedWithoutUs(intent)
        case .cancelled, .failed:
            throw try await release(
                intent, .hold, [.requestFailed(state: request.state.rawValue)], .pending)
        }
    }

    /// Step 5. INVARIANT: I2. What was decided on is what is signed, byte for byte.
    func bind(
        _ intent: Intent, to request: ApprovalRequest, isLast: Bool
    ) async throws(Ending) -> Bound {
        let current: Transaction
        do throws(CustodyError) {
            current = try await custody.transaction(
                intent.item.transactionID, of: intent.listed.account)
        } catch {
            throw try await release(intent, .hold, [error.reason], error.outcome)
        }
        let binding = intent.policy.policy.bind(
            intent.decision, decided: intent.subject.transaction, current: current,
            request: request, asked: asked(intent, request.id))
        let evidence = Evidence(request: request, current: current)
        switch binding {
        case .sign(let challenge): return Bound(challenge: challenge, evidence: evidence)
        case .escalate(let reasons):
            throw try await release(intent, .escalate, reasons, nil, because: evidence)
        case .hold(let reasons):
            throw try await release(intent, .hold, reasons, .quarantined, because: evidence)
        case .changed(let fields):
            let reasons = [Reason.changedUnderUs(fields: fields)]
            let ending = try await release(intent, .escalate, reasons, nil, because: evidence)
            throw isLast ? ending : .decideAgain
        }
    }

    func asked(_ intent: Intent, _ id: ApprovalRequestID) -> RequestedApproval {
        RequestedApproval(
            requestID: id, resource: .transaction(intent.item.transactionID),
            types: [intent.decision.quorum == nil ? "DSA_ED25519" : "GROUP"],
            entityID: intent.listed.account.entityID, methodID: intent.methodID)
    }

    /// Nobody but this agent, or the people whom it asks, is to answer its requests.
    private func approvedWithoutUs(_ intent: Intent) async throws(Ending) -> Ending {
        guard let quorum = intent.decision.quorum else {
            return try await conflict(intent, .foreignRequest("it was APPROVED without us"))
        }
        return try await approvedByOthers(intent, quorum, 0)
    }

    /// Lets the reservation go, before anything was signed, and says why.
    func release(
        _ intent: Intent, _ action: Decision.Action, _ reasons: [Reason],
        _ outcome: ItemReport.Outcome?, isRequestLost: Bool = false,
        because evidence: Evidence? = nil
    ) async throws(Ending) -> Ending {
        let lost = isRequestLost ? [JSONMember("request_lost", .bool(true))] : []
        try await advance(
            intent.item.transactionID, .released(retryAt: backOff(intent.item)),
            lost + entries.reasons(action, reasons) + entries.evidence(evidence),
            evidence: evidence?.bodies ?? [])
        return .report(
            report(intent, intent.decision.turned(to: action, because: reasons), outcome))
    }

    /// Lets the reservation go because this agent stops or is halted. Nothing is wrong with the
    /// item, so it is not put off: the next pass that may takes it up at once.
    func giveBack(
        _ intent: Intent, _ reason: Reason, _ outcome: ItemReport.Outcome?
    ) async throws(Ending) -> Ending {
        try await advance(
            intent, .released(retryAt: nil), entries.reasons(.hold, [reason]))
        return .report(
            report(intent, intent.decision.turned(to: .hold, because: [reason]), outcome))
    }

    /// Keeps the reservation and calls for a person.
    func conflict(_ intent: Intent, _ reason: Reason) async throws(Ending) -> Ending {
        try await advance(intent, .conflict, entries.reasons(.hold, [reason]))
        return .report(
            report(intent, intent.decision.turned(to: .hold, because: [reason]), .conflict))
    }

    func advance(_ intent: Intent, _ step: Step, _ entry: [JSONMember]) async throws(Ending) {
        try await advance(intent.item.transactionID, step, entry)
    }

    /// INVARIANT: I9. Reasons that are too many for one entry, and bodies that are too large to
    /// keep, are told as such; the step is made.
    func advance(
        _ id: TransactionID, _ step: Step, _ entry: [JSONMember], evidence: [[UInt8]] = []
    ) async throws(Ending) {
        let now = clock.now()
        do throws(LedgerError) {
            do throws(LedgerError) {
                try await ledger.advance(id, step, entry: entry, evidence: evidence, now: now)
            } catch .recordTooLarge {
                try await ledger.advance(
                    id, step, entry: entries.reasons(.hold, [.recordTooLarge]), now: now)
            }
        } catch { throw .stop(Stop(error)) }
    }

    func report(
        _ intent: Intent, _ decision: Decision, _ outcome: ItemReport.Outcome?,
        signed: Signed? = nil
    ) -> ItemReport {
        var report = ItemReport(intent.subject.transaction, decision, outcome: outcome)
        report.requestID = signed?.requestID ?? intent.requestID ?? intent.item.requestID
        report.challengeDigest = signed?.record.digest
        return report
    }

    /// When an item that was put off is tried again. What people were asked may be approved at any
    /// time, by others too: it is looked at again within the half hour.
    func backOff(_ item: LedgerItem) -> UnixTime {
        let attempts = item.asking == nil ? item.attempts : min(item.attempts, 4)
        return clock.now().advanced(byMilliseconds: BackOff.wait(after: attempts))
    }

    /// Waits; false where the task was cancelled meanwhile.
    func paused(milliseconds: Int64) async -> Bool {
        do { try await clock.wait(milliseconds: milliseconds) } catch { return false }
        return true
    }
}
