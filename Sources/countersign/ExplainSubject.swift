import ApprovalAgent
import ApprovalCore
import PolicyYAML
import SQLiteLedger

/// Finds the transaction that is to be explained: on the platform, in the ledger or in a file.
struct ExplainSubject {
    private let wiring: Wiring
    private let reader: SQLiteLedgerReader

    init(_ wiring: Wiring, _ reader: SQLiteLedgerReader) {
        self.wiring = wiring
        self.reader = reader
    }

    /// By its id, or by the name of a file with its body.
    func find(_ name: String) async throws -> Case {
        guard let id = TransactionID(name) else {
            let bytes: [UInt8]
            do throws(FileProblem) {
                bytes = try FileBytes.read(name, limit: 1 << 20)
            } catch { throw Failure.failed("\(error); give a transaction's id or a JSON file") }
            return try subject(bytes, from: name)
        }
        let keys = try Wiring.keys(wiring.configuration, for: .asking)
        let found = try await wiring.withCustody(keys) { await onPlatform(id, $0) }
        switch found {
        case .success(let subject): return subject
        case .failure(let problem): return try await inLedger(id, problem)
        }
    }

    /// A body from a file or the ledger, on the account that the policy describes.
    private func subject(_ bytes: [UInt8], from place: String) throws(Failure) -> Case {
        let transaction: Transaction
        do throws(MalformedBody) { transaction = try Transaction(bytes: bytes) } catch {
            throw .failed("\(place): \(error)")
        }
        guard let account = wiring.policy.policy.account(transaction.accountID) else {
            throw .failed("\(place): account_id is no account of the policy")
        }
        return Case(transaction: transaction, account: Account(described: account))
    }

    /// Asks for the transaction in one account after the other.
    private func onPlatform(
        _ id: TransactionID, _ custody: RetryingCustody
    ) async -> Result<Case, CustodyError> {
        for account in wiring.policy.policy.accounts.values.sorted(by: { $0.name < $1.name }) {
            do throws(CustodyError) {
                let transaction = try await custody.transaction(id, of: account)
                let shown = try await custody.account(account)
                let tier =
                    wiring.policy.policy.readsTier
                    ? try? await custody.tier(of: account.entityID) : nil
                return .success(
                    Case(transaction: transaction, account: shown, tier: tier))
            } catch .refused(404) { continue } catch { return .failure(error) }
        }
        return .failure(.refused(status: 404))
    }

    private func inLedger(_ id: TransactionID, _ problem: CustodyError) async throws -> Case {
        let item = try await Wiring.read { () async throws(LedgerError) in
            try await reader.item(id)
        }
        guard let item, !item.decidedBody.isEmpty else {
            throw Failure.failed(
                (["\(id) is neither on the platform nor in the ledger"]
                    + (problem == .refused(status: 404) ? [] : Wiring.failure(problem).lines))
                    .joined(separator: "; "))
        }
        Console.note("countersign: as the ledger has it; the platform did not show it")
        return try subject(item.decidedBody, from: "ledger")
    }
}
