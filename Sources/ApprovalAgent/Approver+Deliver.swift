import ApprovalCore

// Steps 6 to 9: sign, record, deliver, confirm.
extension Approver {
    /// Attempts to deliver one signature within a pass.
    static let maximumDeliveries = 6
    /// The longest wait that the platform may ask for between two of them, in milliseconds.
    static let longestDeliveryWait: Int64 = 30_000
    /// Reads of a request and its transaction until both show the approval.
    static let maximumConfirmingReads = 10

    /// Steps 6 and 7. INVARIANT: I3. The record of signing is durable before a byte leaves.
    func sign(
        _ challenge: Challenge, for intent: Intent, _ request: ApprovalRequest
    ) async throws(Ending) -> Signed {
        guard !stopSwitch.isStopped else {
            throw try await release(intent, .hold, [.inProgress(state: "stopping")], .pending)
        }
        guard haltSwitch.current() == nil else {
            throw try await release(intent, .hold, [.halted], nil)
        }
        guard let signer = intent.identity.signer else {
            throw try await release(
                intent, .hold, [.keyUnusable("no key is loaded")], .quarantined)
        }
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
                entry: entries.signed(challenge, record, by: signer.publicKey),
                now: clock.now())
        } catch .conflictingChallenge {
            // INVARIANT: I4. The signature is dropped here; nothing has left the host.
            throw try await conflict(intent, .conflictingChallenge)
        } catch { throw .stop(Stop(error)) }
        return Signed(requestID: request.id, record: record, signature: signature)
    }

    /// Step 8. INVARIANT: I6. Between two attempts the platform is read; what is sent again is
    /// the same message, under a fresh nonce.
    func deliver(_ signed: Signed, _ intent: Intent) async throws(Ending) {
        for attempt in 1...Self.maximumDeliveries {
            guard haltSwitch.current() == nil else {
                throw .report(report(intent, held(intent, .halted), nil, signed: signed))
            }
            let asked: Int64
            switch try await deliverOnce(signed, intent) {
            case .taken: return
            case .open(let wait): asked = wait
            }
            let wait = max(asked, min(200 << Int64(attempt), 5_000))
            guard wait <= Self.longestDeliveryWait, await paused(milliseconds: wait) else { break }
            if try await isApproved(signed, intent) { return }
        }
        throw .report(
            report(
                intent, held(intent, .deliveryHeldBack("the platform does not take it")),
                .pending, signed: signed))
    }

    private enum Attempt {
        /// The platform took it, or is seen to have taken it.
        case taken
        /// It is open what came of it; the platform asked to wait so many milliseconds.
        case open(wait: Int64)
    }

    private func deliverOnce(_ signed: Signed, _ intent: Intent) async throws(Ending) -> Attempt {
        guard let signature = signed.signature else {
            throw try await putAside(signed, intent, .keyUnusable("nothing is signed"))
        }
        let time = clock.now()
        var result = "accepted"
        var failure: CustodyError?
        do throws(CustodyError) {
            try await custody.approve(
                signed.requestID, challenge: signed.record.digest, response: signature)
        } catch {
            if case .notSent = error { return .open(wait: 0) }
            failure = error
            result = error.word
        }
        try await advance(
            intent, .delivered(at: time), entries.delivered(at: time, result: result))
        switch failure {
        case nil, .malformed: return .taken
        case .refused(let status) where ![404, 408, 409, 422].contains(status):
            if try await isApproved(signed, intent) { return .taken }
            throw try await putAside(signed, intent, .platformRefused(status: status))
        case .throttled(_, let wait): return .open(wait: wait ?? 0)
        case .notSent, .ambiguous, .refused: return .open(wait: 0)
        }
    }

    /// Reads what the platform made of a delivery: true where it is approved, false where both
    /// are still PENDING and unchanged. Everything else ends the item.
    private func isApproved(_ signed: Signed, _ intent: Intent) async throws(Ending) -> Bool {
        switch try await standing(signed, intent) {
        case .approved: return true
        case .pending: return false
        case .ended(let state): throw try await fail(signed, intent, state)
        case .unknown(let reason):
            throw .report(report(intent, held(intent, reason), .pending, signed: signed))
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
            case .unknown(let reason):
                return report(intent, held(intent, reason), .pending, signed: signed)
            case .doubtful(let reason): throw try await putAside(signed, intent, reason)
            }
            guard await paused(milliseconds: min(25 << Int64(attempt), 2_000)) else { break }
        }
        return report(
            intent, held(intent, .platformUnavailable("it does not show the approval yet")),
            .pending, signed: signed)
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

    func putAside(_ signed: Signed?, _ intent: Intent, _ reason: Reason) async throws(Ending)
        -> Ending
    {
        try await advance(
            intent, .quarantined(retryAt: backOff(intent.item)),
            entries.reasons(.hold, [reason]))
        return .report(report(intent, held(intent, reason), .quarantined, signed: signed))
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
        let asked = RequestedApproval(
            requestID: signed.requestID, transactionID: intent.item.transactionID,
            entityID: intent.listed.account.entityID, methodID: intent.identity.methodID)
        if let difference = request.difference(from: asked) { return .doubtful(difference) }
        guard transaction.id == intent.item.transactionID else {
            return .doubtful(.malformed("the transaction has another id"))
        }
        switch (request.state, transaction.state) {
        case (.approved, .approved), (.approved, .completed):
            return .approved(transaction.state)
        case (_, .failed), (_, .cancelled): return .ended(transaction.state.rawValue)
        case (.approved, .pending): return .approved(nil)
        case (.failed, _), (.cancelled, _): return .ended(request.state.rawValue)
        case (.pending, .pending), (.creating, .pending):
            return transaction.stillSays(signed.record.message)
                ? .pending : .doubtful(.changedUnderUs(fields: ["a signed field"]))
        case (.pending, .approved), (.pending, .completed):
            return .doubtful(.foreignRequest("the transaction was approved by other means"))
        case (.creating, _), (.unknown, _), (.approved, .unknown), (.pending, .unknown):
            return .doubtful(.foreignRequest("a state that the guide does not know"))
        }
    }
}

extension Transaction {
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
