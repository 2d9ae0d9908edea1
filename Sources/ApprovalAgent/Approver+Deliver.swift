import ApprovalCore

// Steps 6 to 9: sign, record, deliver, confirm.
extension Approver {
    /// Attempts to deliver one signature within a pass.
    static let maximumDeliveries = 6
    /// Milliseconds that one delivery may wait in all, `Retry-After` included.
    static let longestDelivery: Int64 = 30_000
    /// Reads of a request and its transaction until both show the approval.
    static let maximumConfirmingReads = 10

    /// Steps 6 and 7. INVARIANT: I3. The record of signing is durable before a byte leaves.
    func sign(
        _ bound: Bound, for intent: Intent
    ) async throws(Ending) -> Signed {
        let challenge = bound.challenge
        guard !stopSwitch.isStopped else {
            throw try await giveBack(intent, .inProgress(state: "stopping"), .pending)
        }
        guard haltSwitch.current() == nil else {
            throw try await giveBack(intent, .halted, nil)
        }
        guard try await vetted(intent, since: intent.policy.digest, isFirst: true) != nil else {
            try await advance(
                intent, .released(retryAt: nil),
                entries.reasons(.hold, [.policyNotActive("another one took its place")]))
            throw .decideAgain
        }
        guard let signer = intent.signer else {
            throw try await release(
                intent, .hold, [.keyUnusable("no key is loaded")], .quarantined)
        }
        // INVARIANT: I10. Work in flight beside a failure does not touch the key either.
        if let failed = ledger.failed { throw .stop(Stop(failed)) }
        let signature: Signature
        do throws(SignerError) {
            signature = try signer.sign(challenge.message)
        } catch {
            switch error {
            case .unusable(let why):
                throw try await release(intent, .hold, [.keyUnusable(why)], .quarantined)
            case .didNotVerify:
                throw .stop(Stop("the approval key made a signature that does not verify"))
            }
        }
        let record = ChallengeRecord(
            message: challenge.message, digest: sha256(challenge.message),
            signatureDigest: sha256(signature.bytes))
        do throws(LedgerError) {
            try await ledger.advance(
                intent.item.transactionID, .signed(record),
                entry: entries.signed(bound, record, by: signer.publicKey),
                evidence: bound.evidence.bodies, now: clock.now())
        } catch .conflictingChallenge {
            // INVARIANT: I4. The signature is dropped here; nothing has left the host.
            throw try await conflict(intent, .conflictingChallenge)
        } catch .recordTooLarge {
            throw try await release(intent, .hold, [.recordTooLarge], .quarantined)
        } catch { throw .stop(Stop(error)) }
        figures.signed()
        return Signed(
            requestID: bound.evidence.request.id, record: record, signature: signature)
    }

    /// Step 8. INVARIANT: I6. Between two attempts the platform is read; what is sent again is
    /// the same message, under a fresh nonce.
    func deliver(_ signed: Signed, _ intent: Intent) async throws(Ending) {
        var waited: Int64 = 0
        var wasUnauthorised = false
        var digest = intent.policy.digest
        for attempt in 1...Self.maximumDeliveries {
            if let failed = ledger.failed { throw .stop(Stop(failed)) }
            guard haltSwitch.current() == nil else {
                throw .report(report(intent, held(intent, .halted), nil, signed: signed))
            }
            let isFirst = attempt == 1 && intent.item.state != .delivered
            guard let vetted = try await vetted(intent, since: digest, isFirst: isFirst) else {
                throw try await putAside(
                    signed, intent, .deliveryHeldBack("the policy would not allow it now"))
            }
            digest = vetted
            guard let failure = try await deliverOnce(signed, intent, under: digest) else {
                return
            }
            if failure.isFinalForDelivery(wasUnauthorised: wasUnauthorised) {
                if try await isApproved(signed, intent) { return }
                throw try await putAside(signed, intent, failure.reason)
            }
            wasUnauthorised = wasUnauthorised || failure == .refused(status: 401)
            let wait = max(failure.retryAfter ?? 0, min(200 << Int64(attempt), 5_000))
            guard wait <= Self.longestDelivery - waited, await paused(milliseconds: wait) else {
                break
            }
            waited += wait
            if try await isApproved(signed, intent) { return }
        }
        throw try await putOff(signed, intent, .deliveryUnconfirmed)
    }

    /// One attempt, recorded where it may have left the host; nil where the platform took it.
    /// Nothing leaves once a policy is active that was not looked at.
    private func deliverOnce(
        _ signed: Signed, _ intent: Intent, under digest: Digest
    ) async throws(Ending) -> CustodyError? {
        guard let signature = signed.signature else {
            throw try await putAside(signed, intent, .keyUnusable("nothing is signed"))
        }
        let time = clock.now()
        var failure: CustodyError?
        do throws(CustodyError) {
            try await custody.approve(
                signed.requestID, challenge: signed.record.digest, response: signature,
                mayStill: { [haltSwitch, ledger, policies] in
                    haltSwitch.current() == nil && ledger.failed == nil
                        && policies.current.digest == digest
                })
        } catch {
            if case .notSent = error { return error }
            failure = error
        }
        try await advance(
            intent, .delivered(at: time),
            entries.delivered(at: time, result: failure?.word ?? "accepted"))
        if case .malformed = failure { return nil }
        return failure
    }

    /// Reads what the platform made of a delivery: true where it is approved, false where both
    /// are still PENDING and unchanged. Everything else ends the item.
    private func isApproved(_ signed: Signed, _ intent: Intent) async throws(Ending) -> Bool {
        switch try await standing(signed, intent) {
        case .approved: return true
        case .pending: return false
        case .ended(let state): throw try await fail(signed, intent, state)
        case .unknown(let reason):
            throw try await putOff(signed, intent, reason)
        case .doubtful(let reason): throw try await putAside(signed, intent, reason)
        }
    }

    /// Step 9. Success is what two GETs show, never the body of the POST.
    func confirm(_ signed: Signed, _ intent: Intent) async throws(Ending) -> ItemReport {
        for attempt in 1...Self.maximumConfirmingReads {
            switch try await standing(signed, intent) {
            case .approved(let transactionState):
                guard let transactionState else { break }
                try await advance(
                    intent, .confirmed,
                    entries.confirmed(
                        signed.requestID, transactionState: transactionState,
                        signature: signed.signature))
                return report(intent, intent.decision, .confirmed, signed: signed)
            case .pending: break
            case .ended(let state): throw try await fail(signed, intent, state)
            case .unknown(let reason): throw try await putOff(signed, intent, reason)
            case .doubtful(let reason): throw try await putAside(signed, intent, reason)
            }
            guard await paused(milliseconds: min(25 << Int64(attempt), 2_000)) else { break }
        }
        throw try await putOff(signed, intent, .deliveryUnconfirmed)
    }

    /// It is signed, and stays reserved, whatever is said of it now.
    private func held(_ intent: Intent, _ reason: Reason) -> Decision {
        intent.decision.turned(to: .hold, because: [reason])
    }

    private func fail(_ signed: Signed, _ intent: Intent, _ state: String) async throws(Ending)
        -> Ending
    {
        let reasons = [Reason.requestFailed(state: state)]
        try await advance(intent, .failed, entries.reasons(nil, reasons))
        return .report(
            report(
                intent, intent.decision.turned(to: .hold, because: reasons), .failed,
                signed: signed))
    }

    /// Something is wrong with it: a person must look; it is tried again with back-off.
    func putAside(_ signed: Signed?, _ intent: Intent, _ reason: Reason) async throws(Ending)
        -> Ending
    {
        try await setBack(signed, intent, reason, .quarantined)
    }

    /// It is open what came of it: it is read, and sent, again with back-off.
    private func putOff(_ signed: Signed, _ intent: Intent, _ reason: Reason) async throws(Ending)
        -> Ending
    {
        try await setBack(signed, intent, reason, .pending)
    }

    private func setBack(
        _ signed: Signed?, _ intent: Intent, _ reason: Reason, _ outcome: ItemReport.Outcome
    ) async throws(Ending) -> Ending {
        try await advance(
            intent, .quarantined(retryAt: backOff(intent.item)),
            entries.reasons(.hold, [reason]))
        return .report(report(intent, held(intent, reason), outcome, signed: signed))
    }
}

/// What the platform shows of a request that was answered.
enum Standing {
    /// The request is APPROVED; with the transaction's state where it shows the approval too.
    case approved(TransactionState?)
    /// Both are PENDING, and the transaction is what was signed.
    case pending
    /// The platform says FAILED or CANCELLED.
    case ended(String)
    /// It cannot be read now.
    case unknown(Reason)
    /// It is not what was signed, or cannot be.
    case doubtful(Reason)
}

extension Approver {
    func standing(_ signed: Signed, _ intent: Intent) async throws(Ending) -> Standing {
        let request: ApprovalRequest
        let transaction: Transaction
        do throws(CustodyError) {
            request = try await custody.approvalRequest(signed.requestID)
            transaction = try await custody.transaction(
                intent.item.transactionID, of: intent.listed.account)
        } catch {
            return error.outcome == .pending && error != .refused(status: 404)
                ? .unknown(error.reason) : .doubtful(error.reason)
        }
        let asked = asked(intent, signed.requestID)
        if let difference = request.difference(from: asked) { return .doubtful(difference) }
        guard transaction.id == intent.item.transactionID else {
            return .doubtful(.malformed("the transaction has another id"))
        }
        switch (request.state, transaction.state) {
        case (.approved, .approved), (.approved, .completed):
            return transaction.stillSays(signed.record.message)
                ? .approved(transaction.state)
                : .doubtful(.changedUnderUs(fields: ["a signed field"]))
        case (_, .failed), (_, .cancelled): return .ended(transaction.state.rawValue)
        case (.approved, .pending): return .approved(nil)
        case (.failed, .pending), (.cancelled, .pending): return .ended(request.state.rawValue)
        case (.failed, _), (.cancelled, _):
            return .doubtful(.foreignRequest("it ended, and the transaction did not"))
        case (.pending, .pending), (.creating, .pending):
            let changed = transaction.changes(since: intent, message: signed.record.message)
            return changed.isEmpty ? .pending : .doubtful(.changedUnderUs(fields: changed))
        case (.pending, .approved), (.pending, .completed):
            return .doubtful(.foreignRequest("the transaction was approved by other means"))
        case (.creating, _), (.unknown, _), (.approved, .unknown), (.pending, .unknown):
            return .doubtful(.foreignRequest("a state that the guide does not know"))
        }
    }
}

extension Transaction {
    /// The used fields that are no longer what was decided on, signed or not.
    fileprivate func changes(since intent: Intent, message: [UInt8]) -> [String] {
        let decided = intent.subject.transaction
        let used = changes(since: decided, in: intent.decision.fields)
        guard used.isEmpty else { return used }
        return stillSays(message) ? [] : ["a signed field"]
    }

    /// The fields, of those named, that are no longer what they were.
    func changes(since decided: Transaction, in fields: Set<String>) -> [String] {
        fields.filter { name in
            switch (field(name), decided.field(name)) {
            case (.text(let left), .text(let right)): !left.isVerbatim(right)
            case (let left, let right): left != right
            }
        }.sorted()
    }

    /// Whether every line of a signed message is still what this transaction says.
    func stillSays(_ message: [UInt8]) -> Bool {
        message.split(separator: 0x0A, omittingEmptySubsequences: false).allSatisfy { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                line.distance(from: colon, to: line.endIndex) >= 2
            else { return false }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            return field(name).text?.utf8.elementsEqual(line[(colon + 2)...]) ?? false
        }
    }
}

extension CustodyError {
    /// Whether a delivery that ended so is not tried again in this pass: any 4xx that does not pass
    /// by itself, and a second 401.
    fileprivate func isFinalForDelivery(wasUnauthorised: Bool) -> Bool {
        switch self {
        case .refused(401): wasUnauthorised
        case .refused(let status): ![404, 408].contains(status)
        case .notSent, .ambiguous, .throttled, .malformed: false
        }
    }

    /// The wait that the platform asked for, in milliseconds.
    fileprivate var retryAfter: Int64? {
        guard case .throttled(_, let wait) = self else { return nil }
        return wait
    }

    /// One word for an entry: never text from the platform.
    var word: String {
        switch self {
        case .notSent: "not_sent"
        case .ambiguous: "ambiguous"
        case .throttled(let status, _): "throttled_\(status)"
        case .refused(let status): "refused_\(status)"
        case .malformed: "accepted_unreadable"
        }
    }
}
