import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

// A scene whose platform and ledger are held against each other.
extension Scene {
    func reconciliation(_ policy: LoadedPolicy? = nil) throws -> Reconciliation {
        Reconciliation(
            history: custody, records: ledger.book, clock: clock,
            policy: try policy?.policy ?? self.policy().policy, entities: [account.entityID])
    }

    func look(_ scope: ReconcileReport.Scope = .everything) async throws -> ReconcileReport {
        try await reconciliation().run(scope)
    }

    /// The n-th withdrawal, approved by somebody else before the agent saw it.
    @discardableResult
    func strange(_ n: Int, state: String = "APPROVED", amount: String = "0.40000000") throws
        -> TransactionID
    {
        let id = try withdrawal(n, amount: amount)
        custody.set(id, "state", .string(state))
        return id
    }

    /// The withdrawal after a pass that did not sign it, approved by somebody else.
    func approved(_ n: Int, amount: String, address: String = Scene.exchange) async throws
        -> TransactionID
    {
        let id = try withdrawal(n, amount: amount, address: address)
        try await pass()
        custody.set(id, "state", .string("APPROVED"))
        return id
    }

    /// The script without its faults.
    static func honest(_ script: ScriptedCustody.Script) -> ScriptedCustody.Script {
        var script = script
        script.fault = { _, _ in nil }
        return script
    }

    func classes(_ report: ReconcileReport) -> [TransactionID: ApprovalClass] {
        report.findings.reduce(into: [:]) { $0[$1.transactionID] = $1.classed }
    }
}

/// Ledger records of a state, verdict and body.
enum Kept {
    static func item(
        _ transaction: Transaction, _ state: ItemState, challenge: ChallengeRecord? = nil,
        account: AccountID? = nil
    ) -> LedgerItem {
        LedgerItem(
            transactionID: transaction.id, accountID: account ?? transaction.accountID,
            state: state, decidedBody: transaction.bytes, action: .hold, requestID: nil,
            requestTimes: [], challenge: challenge, deliveredAt: nil, attempts: 0, retryAt: nil)
    }

    static func signed(_ lines: String) -> ChallengeRecord {
        let message = Array(lines.utf8)
        return ChallengeRecord(
            message: message, digest: TestSHA256.hash(message),
            signatureDigest: TestSHA256.hash([1] + message))
    }
}
