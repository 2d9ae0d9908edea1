package import ApprovalAgent
package import ApprovalCore

extension InMemoryLedger: ApprovalRecords {
    package func record(of id: TransactionID) async throws(LedgerError) -> ApprovalRecord? {
        let own = entries.filter { $0.transactionID == id }
        guard records[id] != nil || !own.isEmpty else { return nil }
        let decided = own.filter { $0.kind == .decided }.compactMap {
            (try? JSONValue(parsing: $0.body))?.verdict
        }
        let wasQuarantined = own.contains { $0.kind == .quarantined }
        return ApprovalRecord(
            item: records[id].map(item), verdict: decided.last ?? (wasQuarantined ? .hold : nil),
            signedAt: own.first { $0.kind == .signed }?.time)
    }

    package func signed(
        after id: TransactionID?, limit: Int
    ) async throws(LedgerError) -> [TransactionID] {
        let all = records.values.filter { $0.challenge != nil }.map(\.transactionID).sorted()
        return Array(all.filter { one in id.map { $0 < one } ?? true }.prefix(limit))
    }
}
