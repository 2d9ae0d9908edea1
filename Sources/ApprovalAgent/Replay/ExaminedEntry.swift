import ApprovalCore

/// One entry, read and done again as far as it goes by itself. What it owes to the entries before
/// it is left to ``ReplayHistory``.
struct ExaminedEntry: Sendable {
    let row: ReplayedRow
    /// The name of the environment; nil where it says none.
    var environment: String?
    var step: ExaminedStep
    var divergences: [Divergence] = []
    var tally = ReplayTally()

    init(_ row: ReplayedRow, _ step: ExaminedStep = .unreadable) {
        self.row = row
        self.step = step
    }

    mutating func diverge(_ stage: Divergence.Stage, expected: String, found: String) {
        divergences.append(Divergence(row, stage, expected: expected, found: found))
    }
}

/// What an entry says was done.
indirect enum ExaminedStep: Sendable {
    case decided(ExaminedDecision)
    case requested(ApprovalRequestID, ApprovalMethodID)
    case released(action: String?, reasons: JSONValue, evidence: ExaminedEvidence)
    case asked(Asking, evidence: ExaminedEvidence, reasons: JSONValue?)
    case signed(ExaminedSigning)
    case delivered(attemptedAt: UnixTime)
    case confirmed(ExaminedConfirmation)
    case failed
    case conflict
    /// `isNote`: of something that may hold no reservation.
    case quarantined(isNote: Bool)
    case cancelled(ExaminedCancellation)
    case activated(Digest, LoadedPolicy?)
    /// A process began; whose keys it had, nil where it did not say.
    case started(keys: [EntityID: PublicKey]?)
    /// These were counted as spent, as this policy counts.
    case accepted([ExaminedAcceptance], policy: Digest)
    /// It changes nothing that others depend on.
    case noted
    case unreadable
}

/// The bodies that a step was made on.
enum ExaminedEvidence: Sendable {
    /// None are named, and none need be.
    case none
    case erased
    case kept(ApprovalRequest, Transaction)
    /// They cannot be read; that is told already.
    case unreadable
}

/// A decision that was made again.
struct ExaminedDecision: Sendable {
    let action: Decision.Action
    let now: UnixTime
    let bodyDigest: Digest
    let policyDigest: Digest
    /// nil where its files are not kept.
    var policy: LoadedPolicy?
    /// nil where it was not recorded.
    var clock: Reading?
    var isInForce: Bool?
    /// What was asked of the ledger, and what it answered; nil where it was not asked.
    var asked: (questions: Questions, answers: Answers)?
    /// What an `allow` reserves; nil where that cannot be told.
    var exposure: Exposure?
    var memberships: [LimitMembership] = []
    var quorum: Quorum?
    /// Whose the account is.
    var entityID: EntityID?
    let rules: [String]
    /// Code and subject of each reason.
    let reasons: [JSONValue]

    /// Whether it blocks, under a policy that cancels what it blocks.
    var isCancellable: Bool {
        guard action == .block else { return false }
        guard case .cancel? = policy?.policy.settings.onBlock else { return false }
        return true
    }
}

/// What `signed` says.
struct ExaminedSigning: Sendable {
    let message: [UInt8]
    let attributes: [String]
    let challengeDigest: Digest
    let signatureDigest: Digest
    let key: PublicKey
    let evidence: ExaminedEvidence
    /// How many were signed so far, with this one; nil where it was not recorded.
    let number: Int64?
}

/// One approval by other means that a person accepted.
struct ExaminedAcceptance: Sendable {
    let transactionID: TransactionID
    /// What it counts; nil where no limit could count it.
    let exposure: Exposure?
    /// Whether it can be told what it counts: its body is kept, or it counts nothing.
    let isKnown: Bool
}

/// What `confirmed` says.
struct ExaminedConfirmation: Sendable {
    let requestID: ApprovalRequestID
    let signature: Signature?
    let asking: Asking?
}

/// What `cancelled` says.
struct ExaminedCancellation: Sendable {
    let bodyDigest: Digest
    let policyDigest: Digest
    let action: String
    let rules: [String]
    /// With their messages.
    let reasons: [JSONValue]
}
