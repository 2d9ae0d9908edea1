package import ApprovalCore

/// A custody's history, repeated as a ``RetryingCustody`` repeats questions, within the same
/// budget and behind the same breaker.
package struct RetryingHistory: CustodyHistory {
    private let history: any CustodyHistory
    private let custody: RetryingCustody

    /// Shares what `custody` knows of the platform's faults.
    package init(_ history: any CustodyHistory, with custody: RetryingCustody) {
        self.history = history
        self.custody = custody
    }

    package func history(
        of account: PolicyAccount, since: UnixTime?, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        try await custody.ask { () async throws(CustodyError) in
            try await history.history(of: account, since: since, page: page, size: size)
        }
    }

    package func accounts(
        of entity: EntityID, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        try await custody.ask { () async throws(CustodyError) in
            try await history.accounts(of: entity, page: page, size: size)
        }
    }

    package func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        try await custody.transaction(id, of: account)
    }
}
