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

    package func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try await reader.effective(now)
    }

    package func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        try await reader.answers(questions, under: policy)
    }

    package func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try await reader.signedTimes(after: time)
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try await reader.overview()
    }
}
