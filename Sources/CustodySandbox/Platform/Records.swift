/// A partner's API key as the platform knows it.
struct APIKey: Sendable {
    let publicKeyHex: String
    let publicKey: [UInt8]
}

/// The holder's account: the members that the platform shows, and its money.
struct AccountRecord: Sendable {
    var members: [JSON.Member]
    var entityID: String
    var assetID: String
    var balance = ExactAmount.zero
    /// What PENDING and APPROVED transactions have locked.
    var locked = ExactAmount.zero
    var index = TransactionIndex()

    var available: ExactAmount { max(.zero, balance - locked) }
}

/// One attempt to approve, right or wrong.
struct ApprovalAttempt: Sendable {
    var approvalRequestID: String
    var challengeMessage: String
    var challengeSHA256: String
    /// What the client sent as `challenge.sha256`, if anything.
    var sentSHA256: String?
    /// Of the 64 signature bytes, or of the text where it was no such hexadecimal.
    var signatureSHA256: String
    var at: String
    var accepted: Bool
    var error: String?

    var json: JSON {
        [
            "approval_request_id": .string(approvalRequestID),
            "challenge_message": .string(challengeMessage),
            "challenge_sha256": .string(challengeSHA256), "sent_sha256": .optional(sentSHA256),
            "signature_sha256": .string(signatureSHA256), "at": .string(at),
            "accepted": .bool(accepted), "error": .optional(error),
        ]
    }
}

/// What a transaction locks, and where.
struct Lock: Sendable {
    var accountID: String
    var amount: ExactAmount
    var feeAccountID: String?
    var fee: ExactAmount
}

/// A transaction: the members as the platform shows them, and what is derived from them.
struct TransactionRecord: Sendable {
    let id: String
    var members: [JSON.Member]
    var accountID = ""
    var type = ""
    var state = ""
    var createdAt = ""
    var lock: Lock?
    /// The JSON text of the members, once it was asked for.
    private var text: String?
    /// GETs of this transaction that were answered with it.
    var reads = 0
    /// GETs that still answer 404, as a transaction is created eventually.
    var hiddenReads = 0
    var attempts: [ApprovalAttempt] = []
    var approvalRequestIDs: [String] = []

    init(id: String, members: [JSON.Member]) {
        self.id = id
        self.members = members
        refresh()
    }

    /// Derives everything from the members again.
    mutating func refresh() {
        accountID = members.text("account_id") ?? ""
        type = members.text("type") ?? ""
        state = members.text("state") ?? ""
        createdAt = members.text("created_at") ?? ""
        lock = currentLock
        text = nil
    }

    /// The members as JSON, written once for each change.
    var json: JSON {
        mutating get {
            if let text { return .raw(text) }
            let written = String(decoding: JSON.object(members).bytes, as: UTF8.self)
            text = written
            return .raw(written)
        }
    }

    private var currentLock: Lock? {
        guard state == "PENDING" || state == "APPROVED",
            type == "WITHDRAWAL" || type == "TRANSFER_OUTGOING",
            let amount = members.text("amount").flatMap({ ExactAmount($0) })
        else { return nil }
        let fee = members.text("fee_amount").flatMap { ExactAmount($0) } ?? .zero
        return Lock(
            accountID: accountID, amount: amount.magnitude,
            feeAccountID: members.text("fee_account_id"), fee: fee.magnitude)
    }

    /// The kind as the index keeps it beside the slot.
    static func kind(of type: String) -> UInt64 {
        switch type {
        case "WITHDRAWAL": 1
        case "TRANSFER_OUTGOING": 2
        case "DEPOSIT": 3
        case "WITHDRAWAL_FEE": 4
        case "TRANSFER_INCOMING": 5
        default: 0
        }
    }
}

/// What the idempotency key stands for.
struct Reference: Sendable {
    var transactionID: String
    /// All attributes of the creating body, to tell a repeat from a collision.
    var fingerprint: String
}
