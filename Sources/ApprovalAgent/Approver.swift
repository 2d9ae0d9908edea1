package import ApprovalCore

/// Approves transactions: the whole flow, one step a line. Each step has a file of its own.
///
/// ```
/// watch ──> read ──> decide + reserve + intend ──> request ──> read again, bind ──> sign
///                                                          ──> record ──> deliver ──> confirm
/// ```
package struct Approver: Sendable {
    let custody: any Custody
    let ledger: FailStopLedger
    let clock: any WallClock
    let clockWatch: ClockWatch
    let haltSwitch: any HaltSwitch
    let groupSwitch: any GroupSwitch
    let stopSwitch: StopSwitch
    let identities: [EntityID: Identity]
    let policies: ActivePolicy
    let entries: Entries
    let sha256: SHA256
    let brake: Brake
    /// What is counted of it while it runs.
    package let figures: Figures
    let backlog = Backlog()
    let registrations = Registrations()
    let room = Room()

    /// Who approves for one entity: its approval method and key.
    package struct Identity: Sendable {
        package let methodID: ApprovalMethodID
        /// nil in a dry run, which never loads a secret.
        package let signer: (any Signer)?
        /// States of the entity in which it may be approved for; `absent` where the platform
        /// shows none.
        package let entityStates: Set<String>

        /// `approvers[].entity_states` where a configuration does not say: the guide's examples
        /// of PARTNER and BUSINESS show no state.
        package static let defaultEntityStates: Set<String> = ["ACTIVE", "absent"]

        package init(
            methodID: ApprovalMethodID, signer: (any Signer)?,
            entityStates: Set<String> = defaultEntityStates
        ) {
            self.methodID = methodID
            self.signer = signer
            self.entityStates = entityStates
        }
    }

    /// The key of each entity that this process approves for.
    var publicKeys: [EntityID: PublicKey] { identities.compactMapValues { $0.signer?.publicKey } }

    /// Takes everything that the flow touches; it owns none of it.
    package init(
        custody: any Custody, ledger: any Ledger, clock: any WallClock, clockWatch: ClockWatch,
        haltSwitch: any HaltSwitch, groupSwitch: any GroupSwitch, stopSwitch: StopSwitch,
        identities: [EntityID: Identity], policies: ActivePolicy, brake: Brake = Brake(),
        figures: Figures = Figures(), sha256: @escaping SHA256
    ) {
        self.custody = custody
        self.ledger = FailStopLedger(ledger, figures)
        self.clock = clock
        self.clockWatch = clockWatch
        self.haltSwitch = haltSwitch
        self.groupSwitch = groupSwitch
        self.brake = brake
        self.figures = figures
        self.stopSwitch = stopSwitch
        self.identities = identities
        self.policies = policies
        self.sha256 = sha256
        entries = Entries(sha256: sha256)
    }

    /// INVARIANT: I10. Lets nothing be recorded, and so nothing be signed or sent, from here on: the
    /// log cannot be published, and the process ends.
    package func stopRecording(because why: String) {
        ledger.fail(why)
        stopSwitch.stop()
    }

    /// Steps 4 to 9: carries out what was decided and reserved.
    ///
    /// A transaction that changes under us is released and decided again, three times at most.
    func carryOut(_ first: Intent) async throws(Stop) -> ItemReport {
        var intent = first
        for attempt in 1...Self.maximumDecisions {
            do throws(Ending) {
                if let quorum = intent.decision.quorum {
                    return try await timed(.ask) { () async throws(Ending) -> ItemReport in
                        try await ask(quorum, intent, isLast: attempt == Self.maximumDecisions)
                    }
                }
                return try await approve(&intent, isLast: attempt == Self.maximumDecisions)
            } catch {
                switch error {
                case .report(let report): return report
                case .stop(let stop): throw stop
                case .decideAgain:
                    switch try await decideAgain(intent) {
                    case .done(let report): return report
                    case .blocked(let blocked): return try await cancel(blocked)
                    case .intended(let next): intent = next
                    }
                }
            }
        }
        return ItemReport(
            first.subject.transaction,
            first.decision.turned(to: .escalate, because: [.changedUnderUs(fields: [])]))
    }

    static let maximumDecisions = 3

    /// Where this agent approves by itself.
    private func approve(_ intent: inout Intent, isLast: Bool) async throws(Ending) -> ItemReport {
        let first = intent
        let made = try await timed(.request) { () async throws(Ending) -> ApprovalRequest in
            try await request(first)
        }
        intent.requestID = made.id
        let asked = intent
        let bound = try await timed(.bind) { () async throws(Ending) -> Bound in
            try await bind(asked, to: made, isLast: isLast)
        }
        let signed = try await timed(.sign) { () async throws(Ending) -> Signed in
            try await sign(bound, for: asked)
        }
        try await timed(.deliver) { () async throws(Ending) -> Void in
            try await deliver(signed, asked)
        }
        let report = try await timed(.confirm) { () async throws(Ending) -> ItemReport in
            try await confirm(signed, asked)
        }
        figures.confirmed(
            afterMilliseconds: clock.now().milliseconds - asked.decidedAt.milliseconds)
        return report
    }

    /// Does one step, and counts how long it took and whether it came to its end.
    private func timed<Result>(
        _ stage: Figures.Stage, _ step: () async throws(Ending) -> Result
    ) async throws(Ending) -> Result {
        let start = clock.now()
        do throws(Ending) {
            let result = try await step()
            figures.took(stage, milliseconds: clock.now().milliseconds - start.milliseconds)
            return result
        } catch {
            figures.failed(stage)
            throw error
        }
    }
}

/// A transaction that is decided `allow`, reserved and recorded as intended.
struct Intent: Sendable {
    let listed: Listed
    let subject: Case
    let decision: Decision
    /// The policy that decided; it stays with this intent to its end.
    let policy: LoadedPolicy
    let item: LedgerItem
    /// The approval method that its request is asked for: our own, or a group's.
    let methodID: ApprovalMethodID
    /// nil in a dry run, and where people are asked.
    let signer: (any Signer)?
    let decidedAt: UnixTime
    /// The request that was asked for since it was decided.
    var requestID: ApprovalRequestID?
}

/// What was signed for an intent, and the request that it answers.
struct Signed: Sendable {
    let requestID: ApprovalRequestID
    let record: ChallengeRecord
    /// nil while a restart has not made it again.
    let signature: Signature?
}

/// Why the process must not go on: it could not record, or could not trust what it read.
package struct Stop: Error, Hashable, Sendable {
    package let why: String
    /// Whether it is the policy that must be mended, not the process that must start over.
    package let isInvalidPolicy: Bool

    package init(_ why: String, isInvalidPolicy: Bool = false) {
        self.why = why
        self.isInvalidPolicy = isInvalidPolicy
    }

    init(_ error: LedgerError) {
        switch error {
        case .unavailable(let what): self.init("the ledger cannot record: \(what)")
        case .corrupt(let what): self.init("the ledger is not what was written: \(what)")
        case .conflictingChallenge: self.init("a second message for a signed transaction")
        case .requestTaken: self.init("an approval request of another transaction")
        case .recordTooLarge: self.init("a record is too large to keep")
        case .policyRevision(let what): self.init(what, isInvalidPolicy: true)
        case .otherPolicy: self.init("the ledger counts under another policy")
        }
    }
}

/// How the flow of one transaction ends before its last step.
enum Ending: Error {
    case report(ItemReport)
    case decideAgain
    case stop(Stop)
}
