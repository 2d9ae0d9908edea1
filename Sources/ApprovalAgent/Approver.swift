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
    let stopSwitch: StopSwitch
    let identities: [EntityID: Identity]
    let policies: ActivePolicy
    let entries: Entries
    let sha256: SHA256
    let backlog = Backlog()

    /// Who approves for one entity: its approval method and key.
    package struct Identity: Sendable {
        package let methodID: ApprovalMethodID
        /// nil in a dry run, which never loads a secret.
        package let signer: (any Signer)?

        package init(methodID: ApprovalMethodID, signer: (any Signer)?) {
            self.methodID = methodID
            self.signer = signer
        }
    }

    /// Takes everything that the flow touches; it owns none of it.
    package init(
        custody: any Custody, ledger: any Ledger, clock: any WallClock, clockWatch: ClockWatch,
        haltSwitch: any HaltSwitch, stopSwitch: StopSwitch, identities: [EntityID: Identity],
        policies: ActivePolicy, sha256: @escaping SHA256
    ) {
        self.custody = custody
        self.ledger = FailStopLedger(ledger)
        self.clock = clock
        self.clockWatch = clockWatch
        self.haltSwitch = haltSwitch
        self.stopSwitch = stopSwitch
        self.identities = identities
        self.policies = policies
        self.sha256 = sha256
        entries = Entries(sha256: sha256)
    }

    /// Steps 4 to 9: carries out what was decided and reserved.
    ///
    /// A transaction that changes under us is released and decided again, three times at most.
    func carryOut(_ first: Intent) async throws(Stop) -> ItemReport {
        var intent = first
        for attempt in 1...Self.maximumDecisions {
            do throws(Ending) {
                let request = try await request(intent)
                intent.requestID = request.id
                let challenge = try await bind(intent, to: request, isLast: attempt == 3)
                let signed = try await sign(challenge, for: intent, request)
                try await deliver(signed, intent)
                return try await confirm(signed, intent)
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
}

/// A transaction that is decided `allow`, reserved and recorded as intended.
struct Intent: Sendable {
    let listed: Listed
    let subject: Case
    let decision: Decision
    /// The policy that decided; it stays with this intent to its end.
    let policy: LoadedPolicy
    let item: LedgerItem
    let identity: Approver.Identity
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
