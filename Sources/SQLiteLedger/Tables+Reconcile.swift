package import ApprovalAgent
package import ApprovalCore
import GRDB

extension Tables {
    /// The latest entries about one transaction that are looked through for its verdict.
    private static let mostLookedThrough = 200

    /// What explains an approval; nil where no entry is about it.
    func record(of id: TransactionID) throws -> ApprovalRecord? {
        guard let row = try row(id) else {
            let latest = try entries(about: id, limit: Self.mostLookedThrough)
            return latest.isEmpty
                ? nil
                : ApprovalRecord(item: nil, verdict: Self.verdict(latest), signedAt: nil)
        }
        let item = try item(row)
        let isExplained = item.state == .confirmed || item.state == .accepted
        let latest =
            isExplained ? [] : try entries(about: id, limit: Self.mostLookedThrough)
        return ApprovalRecord(
            item: item, verdict: latest.isEmpty ? item.action : Self.verdict(latest),
            signedAt: latest.first { $0.kind == .signed }?.time)
    }

    /// The last verdict on what was PENDING. What could not be read was held.
    private static func verdict(_ latest: [LedgerEntry]) -> Decision.Action? {
        for entry in latest.reversed() where entry.kind == .decided {
            if let verdict = (try? JSONValue(parsing: entry.body))?.verdict { return verdict }
        }
        return latest.contains { $0.kind == .quarantined } ? .hold : nil
    }

    /// What was ever signed, by id.
    func signed(after id: TransactionID?, limit: Int) throws -> [TransactionID] {
        try all(
            "SELECT * FROM challenge WHERE transaction_id > ? ORDER BY transaction_id LIMIT ?",
            .text(id?.text ?? ""), .integer(Int64(limit))
        ).map { try verified(.challenge, $0).value("transaction_id", $0.text, TransactionID.init) }
    }
}

extension SQLiteLedgerReader: ApprovalRecords {
    package func record(of id: TransactionID) async throws(LedgerError) -> ApprovalRecord? {
        try await access { try $0.record(of: id) }
    }

    package func signed(
        after id: TransactionID?, limit: Int
    ) async throws(LedgerError) -> [TransactionID] {
        try await access { try $0.signed(after: id, limit: limit) }
    }
}
