import ApprovalAgent
import ApprovalCore
import GRDB

/// The row of one transaction.
struct ItemRow {
    let transactionID: TransactionID
    let accountID: AccountID
    var state: ItemState
    var action: Decision.Action
    /// That of the item's last entry; nil where the last entry was no decision.
    var fingerprint: [UInt8]?
    var bodyDigest: [UInt8]?
    var requestID: ApprovalRequestID?
    var attempts: Int64
    var retryAt: UnixTime?
    var deliveredAt: UnixTime?

    fileprivate var cells: [DatabaseValue] {
        [
            .text(transactionID.text), .text(accountID.text), .text(state.rawValue),
            .text(action.rawValue), .optional(fingerprint, { .bytes($0) }),
            .optional(bodyDigest, { .bytes($0) }), .optional(requestID?.text, { .text($0) }),
            .integer(attempts), .optional(retryAt, { .time($0) }),
            .optional(deliveredAt, { .time($0) }),
        ]
    }
}

extension ItemRow {
    fileprivate init(_ row: Row) throws {
        transactionID = try row.value("transaction_id", row.text, TransactionID.init)
        accountID = try row.value("account_id", row.text, AccountID.init)
        state = try row.value("state", row.text, ItemState.init(rawValue:))
        action = try row.value("action", row.text, Decision.Action.init(rawValue:))
        fingerprint = try row.optionalBytes("fingerprint")
        bodyDigest = try row.optionalBytes("body_sha256")
        requestID = try row.optionalText("request_id").flatMap(ApprovalRequestID.init)
        attempts = try row.integer("attempts")
        retryAt = try row.optionalTime("retry_at")
        deliveredAt = try row.optionalTime("delivered_at")
    }
}

extension Tables {
    /// Requests older than this are no longer told.
    private static let day: Int64 = 86_400_000

    /// The row of a transaction; nil where it was never seen.
    func row(_ id: TransactionID) throws -> ItemRow? {
        try first("SELECT * FROM item WHERE transaction_id = ?", .text(id.text)).map {
            try ItemRow(verified(.item, $0))
        }
    }

    /// Writes the row of a transaction.
    func store(_ item: ItemRow) throws { try upsert(.item, item.cells) }

    /// A row with all that belongs to it.
    ///
    /// The 24 hours of its requests end at the last seen time, which may lag behind the clock:
    /// there may be older ones among them, but none is missing.
    func item(_ row: ItemRow) throws -> LedgerItem {
        LedgerItem(
            transactionID: row.transactionID, accountID: row.accountID, state: row.state,
            decidedBody: try body(row.bodyDigest), action: row.action, requestID: row.requestID,
            requestTimes: try requestTimes(row.transactionID),
            challenge: try challenge(row.transactionID), asking: try asking(row.transactionID),
            deliveredAt: row.deliveredAt, attempts: Int(row.attempts), retryAt: row.retryAt)
    }

    /// When each approval request of the last day was created, or may have been: its creation was
    /// sent and the answer lost. Text in an entry is quoted with escapes, so nobody can write this
    /// member into a value.
    private func requestTimes(_ id: TransactionID) throws -> [UnixTime] {
        let since =
            try lastSeen()?.advanced(byMilliseconds: -Self.day) ?? UnixTime(milliseconds: .min)
        return try all(
            """
            SELECT created_at AS time FROM request
                WHERE transaction_id = ? AND created_at > ? AND is_part = 0
            UNION ALL
            SELECT time FROM entry WHERE transaction_id = ? AND kind = 'released' AND time > ?
                AND instr(body, CAST('"request_lost":true' AS BLOB)) > 0
            ORDER BY time
            """, .text(id.text), .time(since), .text(id.text), .time(since)
        ).map { try $0.time("time") }
    }

    /// Records that an approval request was created; the same one may be told twice.
    /// `isPart` is for what a member of a group is asked.
    func record(
        _ request: ApprovalRequestID, for id: TransactionID, at time: UnixTime,
        isPart: Bool = false
    ) throws {
        let known = try first(
            "SELECT transaction_id FROM request WHERE approval_request_id = ?",
            .text(request.text))
        if let known {
            guard try known.text("transaction_id").isVerbatim(id.text) else {
                throw LedgerError.requestTaken
            }
            return
        }
        try run(
            """
            INSERT INTO request (approval_request_id, transaction_id, created_at, is_part)
            VALUES (?, ?, ?, ?)
            """, .text(request.text), .text(id.text), .time(time), .integer(isPart ? 1 : 0))
    }

    /// What was ever signed for a transaction.
    func challenge(_ id: TransactionID) throws -> ChallengeRecord? {
        guard
            let row = try first(
                "SELECT * FROM challenge WHERE transaction_id = ?", .text(id.text))
        else { return nil }
        let sealed = try verified(.challenge, row)
        return ChallengeRecord(
            message: try sealed.bytes("message"),
            digest: try sealed.value("sha256", sealed.bytes, Digest.init),
            signatureDigest: try sealed.value("signature_sha256", sealed.bytes, Digest.init))
    }

    /// INVARIANT: I4. Records what is signed, once and for ever.
    func record(_ challenge: ChallengeRecord, for id: TransactionID) throws {
        try insert(
            .challenge,
            [
                .text(id.text), .bytes(challenge.message), .bytes(challenge.digest.bytes),
                .bytes(challenge.signatureDigest.bytes),
            ])
    }
}
