import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// Entries as a ledger has them.
enum RecordedSamples {
    static let id = "f4342c75f714405d89007ef13ce68688atrx"
    static let account = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
    /// In upper case, as a platform may show it.
    static let address = "0xABCDEF0123456789ABCDEF0123456789ABCDEF01"
    static let signature = String(repeating: "ab", count: 64)

    /// A withdrawal, with a reference that a spreadsheet would calculate.
    static func transaction(_ reference: String = "=1+1") throws -> RecordedTransaction {
        let text = """
            {"id":"\(id)","account_id":"\(account)","type":"WITHDRAWAL","amount":"-0.40000000",
             "fee_amount":"0.00050000","address":"\(address)","reference":"\(reference)"}
            """
        return .kept(LedgerFixture.digest(7), try JSONValue(parsing: Array(text.utf8)))
    }

    /// An entry with these members beside those that every entry has.
    static func entry(
        _ kind: EntryKind, _ members: String = "", seq: Int64 = 7,
        transaction: RecordedTransaction? = nil
    ) throws -> RecordedEntry {
        let text = """
            {"v":1,"seq":\(seq),"time":"2026-10-02T09:00:00.000Z","kind":"\(kind.rawValue)",
             "environment":"test"\(members.isEmpty ? "" : ",")\(members)}
            """
        let json = try JSONValue(parsing: Array(text.utf8))
        return try RecordedEntry(
            seq: seq, time: LedgerFixture.start, kind: kind, transactionID: TransactionID(id),
            bytes: json.canonicalBytes ?? [], transaction: try transaction ?? self.transaction())
    }

    /// A decision, with everything that one may have.
    static func decided() throws -> RecordedEntry {
        try entry(
            .decided,
            """
            "intent":true,"engine":"0.1.0","inputs":{"transaction_sha256":"00"},
            "policy":{"id":"treasury","revision":3,"address_book_revision":2,"digest":"aa"},
            "result":{"action":"escalate","rules":[{"id":"payouts-small","match":"TRUE"}],
             "limits":[{"id":"day","key":"all","used":"1.20000000","this":"0.40050000",
              "max":"1.50000000","count":2,"max_count":9,"exceeded":true,
              "room_at":"2026-10-02T10:00:30.000Z"}],
             "patterns":[],"guards":[],
             "reasons":[{"code":"LIMIT_EXCEEDED","limit":"day"},
              {"code":"FIELD_UNKNOWN","rule":"night"}]}
            """)
    }

    /// The end of one that was approved: it holds the signature.
    static func confirmed() throws -> RecordedEntry {
        try entry(
            .confirmed,
            #""approval_request_id":"r","transaction_state":"APPROVED","signature":"\#(signature)""#
        )
    }

    static let kinds = EntryKind.allCases
}
