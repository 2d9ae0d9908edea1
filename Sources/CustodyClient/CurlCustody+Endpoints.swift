package import ApprovalAgent
package import ApprovalCore

extension CurlCustody {
    package func transactions(
        of account: PolicyAccount, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let target = RequestTarget.pendingTransactions(
            of: account, page: page, size: size, base: settings.baseURL)
        return try await get(target, as: TransactionPage.init(bytes:))
    }

    package func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        let target = RequestTarget.transaction(id, of: account, base: settings.baseURL)
        return try await get(target, as: Transaction.init(bytes:))
    }

    package func history(
        of account: PolicyAccount, since: UnixTime?, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let target = RequestTarget.history(
            of: account, since: since, page: page, size: size, base: settings.baseURL)
        return try await get(target, as: TransactionPage.init(bytes:))
    }

    package func accounts(
        of entity: EntityID, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let target = RequestTarget.accounts(
            of: entity, page: page, size: size, base: settings.baseURL)
        return try await get(target, as: TransactionPage.init(bytes:))
    }

    package func account(_ account: PolicyAccount) async throws(CustodyError) -> Account {
        let target = RequestTarget.account(account, base: settings.baseURL)
        return try await get(target, as: Account.init(bytes:))
    }

    package func asset(_ id: AssetID) async throws(CustodyError) -> Asset {
        try await get(.asset(id, base: settings.baseURL), as: Asset.init(bytes:))
    }

    package func approvalMethod(
        _ id: ApprovalMethodID, of entity: EntityID
    ) async throws(CustodyError) -> ApprovalMethod {
        let target = RequestTarget.approvalMethod(id, of: entity, base: settings.baseURL)
        return try await get(target, as: ApprovalMethod.init(bytes:))
    }

    package func approvalMethods(
        of entity: EntityID
    ) async throws(CustodyError) -> [ApprovalMethod] {
        let target = RequestTarget.approvalMethods(of: entity, base: settings.baseURL)
        return try await get(target, as: ApprovalMethodList.init(bytes:)).methods
    }

    package func entity(_ id: EntityID) async throws(CustodyError) -> Entity {
        try await get(.entity(id, base: settings.baseURL), as: Entity.init(bytes:))
    }

    package func tier(of entity: EntityID) async throws(CustodyError) -> Tier {
        try await get(.tier(of: entity, base: settings.baseURL), as: Tier.init(bytes:))
    }

    package func createApprovalRequest(
        for resource: ApprovedResource, entity: EntityID, method: ApprovalMethodID,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) -> ApprovalRequest {
        let body = """
            {"approval_method_id":"\(method)","entity_id":"\(entity)",\
            "resource_id":"\(resource.id)","resource_type":"\(resource.type)"}
            """
        let bytes = try await exchange(
            .post, .approvalRequests(base: settings.baseURL), body: Array(body.utf8),
            mayStill: mayStill)
        return try Self.read(bytes, as: ApprovalRequest.init(bytes:))
    }

    package func approvalRequest(
        _ id: ApprovalRequestID
    ) async throws(CustodyError) -> ApprovalRequest {
        let target = RequestTarget.approvalRequest(id, base: settings.baseURL)
        return try await get(target, as: ApprovalRequest.init(bytes:))
    }

    package func approve(
        _ id: ApprovalRequestID, challenge: Digest, response: Signature,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        let body = """
            {"challenge":{"sha256":"\(challenge)"},"response":"\(response.bytes.hex)"}
            """
        _ = try await exchange(
            .post, .approval(of: id, base: settings.baseURL), body: Array(body.utf8),
            mayStill: mayStill)
    }

    package func cancel(
        _ id: TransactionID, of account: PolicyAccount, mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        // The guide shows no body; an empty object has a digest that every platform computes.
        _ = try await exchange(
            .post, .cancellation(of: id, of: account, base: settings.baseURL),
            body: Array("{}".utf8), mayStill: mayStill)
    }

    private func get<Value>(
        _ target: RequestTarget, as value: ([UInt8]) throws(MalformedBody) -> Value
    ) async throws(CustodyError) -> Value {
        try Self.read(try await exchange(.get, target), as: value)
    }

    private static func read<Value>(
        _ bytes: [UInt8], as value: ([UInt8]) throws(MalformedBody) -> Value
    ) throws(CustodyError) -> Value {
        do { return try value(bytes) } catch { throw .malformed(error) }
    }
}
