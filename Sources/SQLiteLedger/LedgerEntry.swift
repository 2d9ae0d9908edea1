package import ApprovalAgent
package import ApprovalCore

/// One entry as it was written.
package struct LedgerEntry: Hashable, Sendable {
    /// From 1, without a gap.
    package let seq: Int64
    package let time: UnixTime
    package let kind: EntryKind
    package let transactionID: TransactionID?
    /// RFC 8785 canonical JSON of at most 65,535 bytes.
    package let body: [UInt8]
}
