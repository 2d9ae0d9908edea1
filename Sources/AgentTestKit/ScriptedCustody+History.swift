package import ApprovalAgent
package import ApprovalCore
import Synchronization

extension ScriptedCustody: CustodyHistory {
    package func history(
        of account: PolicyAccount, since: UnixTime?, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let fault = try await begin(.history(account.id, since: since, page: page, size: size))
        let answer: TransactionPage
        if let scripted = try script.historyPage(page, size) {
            answer = scripted
        } else {
            answer = Self.page(of: everything(of: account, since: since), page, size)
        }
        try end(fault)
        return answer
    }

    package func accounts(
        of entity: EntityID, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let fault = try await begin(.accounts(entity, page: page))
        let own = state.withLock { state in
            state.accounts.keys.sorted().compactMap { state.accounts[$0].map(JSONValue.object) }
                .filter { $0["entity_id"]?.text == entity.text }
        }
        try end(fault)
        return Self.page(of: own, page, size)
    }

    private static func page(of items: [JSONValue], _ page: Int, _ size: Int) -> TransactionPage {
        let start = min((page - 1) * size, items.count)
        let end = min(start + size, items.count)
        return TransactionPage(
            items: Array(items[start..<end]), next: end < items.count ? page + 1 : nil)
    }

    /// In the order of their creation, then of their ids.
    private func everything(of account: PolicyAccount, since: UnixTime?) -> [JSONValue] {
        state.withLock { state in
            state.transactions.values.map(JSONValue.object).filter { body in
                body["account_id"]?.text == account.id.text
                    && since.map { $0.description <= body["created_at"]?.text ?? "" } ?? true
            }.sorted { left, right in
                (left["created_at"]?.text ?? "", left["id"]?.text ?? "")
                    < (right["created_at"]?.text ?? "", right["id"]?.text ?? "")
            }
        }
    }
}
