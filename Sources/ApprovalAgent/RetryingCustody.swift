package import ApprovalCore

/// A custody that repeats what may be repeated: questions on any passing fault, commands only
/// where the platform certainly did not act (not sent, 429, 401 once with a new nonce).
///
/// The approving and the cancelling POST are never repeated here: the flow reads the platform in
/// between.
package struct RetryingCustody: Custody {
    private let custody: any Custody
    private let clock: any WallClock
    private let bounds: RetryBounds
    private let governor: RetryGovernor
    /// A number from 0 to 1, for jitter.
    private let chance: @Sendable () -> Double

    package init(
        _ custody: any Custody, clock: any WallClock, bounds: RetryBounds = RetryBounds(),
        chance: @escaping @Sendable () -> Double
    ) {
        self.custody = custody
        self.clock = clock
        self.bounds = bounds
        self.chance = chance
        governor = RetryGovernor(bounds: bounds)
    }

    package func transactions(
        of account: PolicyAccount, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        try await ask { () async throws(CustodyError) in
            try await custody.transactions(of: account, page: page, size: size)
        }
    }

    package func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        try await ask { () async throws(CustodyError) in
            try await custody.transaction(id, of: account)
        }
    }

    package func account(_ account: PolicyAccount) async throws(CustodyError) -> Account {
        try await ask { () async throws(CustodyError) in try await custody.account(account) }
    }

    package func asset(_ id: AssetID) async throws(CustodyError) -> Asset {
        try await ask { () async throws(CustodyError) in try await custody.asset(id) }
    }

    package func approvalMethod(
        _ id: ApprovalMethodID, of entity: EntityID
    ) async throws(CustodyError) -> ApprovalMethod {
        try await ask { () async throws(CustodyError) in
            try await custody.approvalMethod(id, of: entity)
        }
    }

    package func approvalMethods(
        of entity: EntityID
    ) async throws(CustodyError) -> [ApprovalMethod] {
        try await ask { () async throws(CustodyError) in
            try await custody.approvalMethods(of: entity)
        }
    }

    package func entity(_ id: EntityID) async throws(CustodyError) -> Entity {
        try await ask { () async throws(CustodyError) in try await custody.entity(id) }
    }

    package func tier(of entity: EntityID) async throws(CustodyError) -> Tier {
        try await ask { () async throws(CustodyError) in try await custody.tier(of: entity) }
    }

    package func createApprovalRequest(
        for resource: ApprovedResource, entity: EntityID, method: ApprovalMethodID,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) -> ApprovalRequest {
        try await attempt(isQuestion: false, attempts: bounds.attempts) {
            () async throws(CustodyError) in
            try await custody.createApprovalRequest(
                for: resource, entity: entity, method: method, mayStill: mayStill)
        }
    }

    package func approvalRequest(
        _ id: ApprovalRequestID
    ) async throws(CustodyError) -> ApprovalRequest {
        try await ask { () async throws(CustodyError) in try await custody.approvalRequest(id) }
    }

    package func approve(
        _ id: ApprovalRequestID, challenge: Digest, response: Signature,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        guard governor.mayDeliver(id) else {
            throw .notSent("the budget of repetitions is spent for now")
        }
        try await attempt(isQuestion: false, attempts: 1) { () async throws(CustodyError) in
            try await custody.approve(
                id, challenge: challenge, response: response, mayStill: mayStill)
        }
        governor.delivered(id)
    }

    package func cancel(
        _ id: TransactionID, of account: PolicyAccount, mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        try await attempt(isQuestion: false, attempts: 1) { () async throws(CustodyError) in
            try await custody.cancel(id, of: account, mayStill: mayStill)
        }
    }

    /// One question, repeated on any passing fault.
    func ask<Answer: Sendable>(
        _ exchange: () async throws(CustodyError) -> Answer
    ) async throws(CustodyError) -> Answer {
        try await attempt(isQuestion: true, attempts: bounds.attempts, exchange)
    }

    private func attempt<Answer: Sendable>(
        isQuestion: Bool, attempts: Int, _ exchange: () async throws(CustodyError) -> Answer
    ) async throws(CustodyError) -> Answer {
        var attempt = 1
        var waited: Int64 = 0
        var wasUnauthorised = false
        while true {
            try await pass(&waited)
            if !isQuestion, governor.isRefusedCommands(at: clock.now()) {
                throw .refused(status: 401)
            }
            let error: CustodyError
            do {
                let answer = try await exchange()
                governor.succeeded()
                if !isQuestion { governor.commandWasTaken() }
                return answer
            } catch let caught { error = caught }
            note(error)
            let wait: Int64
            switch Retriability(error, isQuestion: isQuestion) {
            case .final: throw error
            case .onceMore:
                guard !wasUnauthorised, attempts > 1, governor.takeToken() else {
                    if !isQuestion {
                        governor.commandWasRefused(at: clock.now(), isSecond: wasUnauthorised)
                    }
                    throw error
                }
                wasUnauthorised = true
                continue
            case .soon:
                guard attempt <= 3 else { throw error }
                wait = backOff(attempt)
            case .again(let asked): wait = max(asked ?? 0, backOff(attempt))
            }
            attempt += 1
            // `wait` may be whatever the platform asked for: no sum of it may overflow.
            guard attempt <= attempts, wait <= bounds.totalWait - waited, governor.takeToken()
            else { throw error }
            waited += wait
            try await pause(wait, else: error)
        }
    }

    /// Waits for the breaker, within what one call may wait.
    private func pass(_ waited: inout Int64) async throws(CustodyError) {
        let delay = governor.delay(at: clock.now())
        guard delay > 0 else { return }
        let error = CustodyError.notSent("the platform keeps failing; trying once a second")
        guard waited + delay <= bounds.totalWait else { throw error }
        waited += delay
        try await pause(delay, else: error)
    }

    private func pause(_ wait: Int64, else cause: CustodyError) async throws(CustodyError) {
        do { try await clock.wait(milliseconds: wait) } catch { throw cause }
    }

    /// Only what says that the platform is out of reach counts towards the breaker.
    private func note(_ error: CustodyError) {
        switch error {
        case .notSent, .ambiguous, .throttled(503, _): governor.failed(at: clock.now())
        case .throttled, .refused, .malformed: governor.answered()
        }
    }

    /// Exponential with jitter: between half and all of the doubled wait.
    private func backOff(_ attempt: Int) -> Int64 {
        let doubled = bounds.firstWait << Int64(min(attempt - 1, 20))
        let capped = min(doubled, bounds.longestWait)
        return capped / 2 + Int64(chance() * Double(capped / 2))
    }
}
