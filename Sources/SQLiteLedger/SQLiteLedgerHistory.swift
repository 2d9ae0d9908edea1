package import ApprovalAgent
package import ApprovalCore

/// A ledger that is only read, counted as one policy would count it, active or not.
package struct SQLiteLedgerHistory: LedgerReading {
    private let reader: SQLiteLedgerReader
    private let policy: LoadedPolicy

    package init(_ reader: SQLiteLedgerReader, under policy: LoadedPolicy) {
        self.reader = reader
        self.policy = policy
    }

    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try await reader.item(id)
    }

    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try await reader.unfinished()
    }

    package func usage(
        _ questions: [LimitQuestion], now: UnixTime
    ) async throws(LedgerError) -> [LimitUsage] {
        guard !questions.isEmpty else { return [] }
        return try await reader.usage(questions, under: policy, now: now)
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await reader.overview()
    }
}
