package import ApprovalAgent
package import ApprovalCore
import Synchronization

extension ScriptedCustody {
    package func transactions(
        of account: PolicyAccount, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let fault = try await begin(.list(account.id, page: page, size: size))
        let answer: TransactionPage
        if let scripted = try script.page(page, size) {
            answer = scripted
        } else {
            let items = pending(of: account)
            let start = min((page - 1) * size, items.count)
            let end = min(start + size, items.count)
            answer = TransactionPage(
                items: Array(items[start..<end]), next: end < items.count ? page + 1 : nil)
        }
        try end(fault)
        return answer
    }

    package func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        let fault = try await begin(.transaction(id))
        let shown = state.withLock { state -> [JSONMember]? in
            state.reads[id.text, default: 0] += 1
            guard let members = state.transactions[id] else { return nil }
            return state.script.transaction(id, state.reads[id.text] ?? 0, members)
        }
        guard let shown else { throw .refused(status: 404) }
        try end(fault)
        return try parsed(shown) { bytes throws(MalformedBody) in try Transaction(bytes: bytes) }
    }

    package func account(_ account: PolicyAccount) async throws(CustodyError) -> Account {
        let fault = try await begin(.account(account.id))
        let shown = state.withLock { state in
            state.accounts[account.id].map { state.script.account(account.id, $0) }
        }
        guard let shown else { throw .refused(status: 404) }
        try end(fault)
        return try parsed(shown) { bytes throws(MalformedBody) in try Account(bytes: bytes) }
    }

    package func asset(_ id: AssetID) async throws(CustodyError) -> Asset {
        let fault = try await begin(.asset(id))
        try end(fault)
        let body = [
            JSONMember("id", .string(id.text)), JSONMember("precision", .integer(8)),
        ]
        return try parsed(body) { bytes throws(MalformedBody) in try Asset(bytes: bytes) }
    }

    package func approvalMethod(
        _ id: ApprovalMethodID, of entity: EntityID
    ) async throws(CustodyError) -> ApprovalMethod {
        let fault = try await begin(.method(id))
        try end(fault)
        return try parsed(script.method(shownMethod(id, entity))) { bytes throws(MalformedBody) in
            try ApprovalMethod(bytes: bytes)
        }
    }

    private func shownMethod(_ id: ApprovalMethodID, _ entity: EntityID) -> [JSONMember] {
        let group = state.withLock { $0.groups[id] }
        let shown = group.flatMap { group in
            group.isShown
                ? JSONMember("approval_group", state.withLock { $0.shown(group) }) : nil
        }
        let key = script.publicKey.map { JSONMember("pub_key", .string($0.description)) }
        return [
            JSONMember("id", .string(id.text)), JSONMember("entity_id", .string(entity.text)),
            JSONMember("type", .string(group == nil ? "DSA_ED25519" : "GROUP")),
            JSONMember("state", .string(group?.state ?? "ACTIVATED")),
        ] + [shown, key].compactMap(\.self)
    }

    /// The groups; of the other methods it keeps no list.
    package func approvalMethods(
        of entity: EntityID
    ) async throws(CustodyError) -> [ApprovalMethod] {
        let fault = try await begin(.methods(entity))
        try end(fault)
        var methods: [ApprovalMethod] = []
        for id in state.withLock({ $0.groups.keys.sorted() }) {
            methods.append(
                try parsed(shownMethod(id, entity)) { bytes throws(MalformedBody) in
                    try ApprovalMethod(bytes: bytes)
                })
        }
        return methods
    }

    package func entity(_ id: EntityID) async throws(CustodyError) -> Entity {
        let fault = try await begin(.entity(id))
        try end(fault)
        let body = [
            JSONMember("id", .string(id.text)), JSONMember("type", .string("PARTNER")),
            JSONMember("state", .string("ACTIVE")),
        ]
        return try parsed(script.entity(id, body)) { bytes throws(MalformedBody) in
            try Entity(bytes: bytes)
        }
    }

    package func tier(of entity: EntityID) async throws(CustodyError) -> Tier {
        let fault = try await begin(.tier(entity))
        try end(fault)
        guard let limit = script.sendLimit(entity) else { throw .refused(status: 404) }
        return Tier(sendLimit: limit)
    }

    package func createApprovalRequest(
        for resource: ApprovedResource, entity: EntityID, method: ApprovalMethodID,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) -> ApprovalRequest {
        guard mayStill() else { throw .notSent("it was held back at the last moment") }
        let fault: Fault?
        switch resource {
        case .transaction(let id): fault = try await begin(.create(id))
        case .approvalRequest(let id): fault = try await begin(.createPart(of: id, by: entity))
        }
        let body = state.withLock { state -> [JSONMember]? in
            guard let request = state.request(for: resource, entity, method) else { return nil }
            state.requests[request.id] = request
            return state.script.request(request.id, 0, state.shown(request))
        }
        guard let body else { throw .refused(status: 409) }
        try end(fault)
        return try parsed(body) { bytes throws(MalformedBody) in
            try ApprovalRequest(bytes: bytes)
        }
    }

    package func approvalRequest(
        _ id: ApprovalRequestID
    ) async throws(CustodyError) -> ApprovalRequest {
        let fault = try await begin(.request(id))
        let body = state.withLock { state -> [JSONMember]? in
            guard var request = state.requests[id] else { return nil }
            request.reads += 1
            if request.state == "CREATING", request.reads > state.script.creatingReads {
                request.state = "PENDING"
            }
            state.requests[id] = request
            return state.script.request(id, request.reads, state.shown(request))
        }
        guard let body else { throw .refused(status: 404) }
        try end(fault)
        return try parsed(body) { bytes throws(MalformedBody) in
            try ApprovalRequest(bytes: bytes)
        }
    }

    package func approve(
        _ id: ApprovalRequestID, challenge: Digest, response: Signature,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        guard mayStill() else { throw .notSent("it was held back at the last moment") }
        let fault = try await begin(.approve(id), challenge: challenge)
        let refusal = state.withLock { state -> CustodyError? in
            guard let request = state.requests[id] else { return .refused(status: 404) }
            guard request.type == "DSA_ED25519" else { return .refused(status: 422) }
            guard request.state == "PENDING", state.isPending(request.transaction) else {
                return .refused(status: 409)
            }
            guard let message = state.message(of: request.transaction),
                TestSHA256.hash(message) == challenge, verifies(message, response)
            else { return .refused(status: 422) }
            state.requests[id]?.state = "APPROVED"
            state.settle(request.transaction, "APPROVED")
            state.approvals.append(
                Approval(request: id, transaction: request.transaction, challenge: challenge))
            return nil
        }
        if let refusal { throw refusal }
        try end(fault)
    }

    package func cancel(
        _ id: TransactionID, of account: PolicyAccount, mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        guard mayStill() else { throw .notSent("it was held back at the last moment") }
        let fault = try await begin(.cancel(id))
        let refusal = state.withLock { state -> CustodyError? in
            guard let body = state.transactions[id].map(JSONValue.object),
                body["account_id"]?.text == account.id.text
            else { return .refused(status: 404) }
            guard state.isPending(id) else { return .refused(status: 422) }
            state.cancel(id)
            return nil
        }
        if let refusal { throw refusal }
        try end(fault)
    }
}

extension ScriptedCustody {
    func begin(
        _ call: Call, challenge: Digest? = nil
    ) async throws(CustodyError) -> Fault? {
        let (n, script) = state.withLock { state in
            state.calls.append(call)
            return (state.calls.count, state.script)
        }
        await script.before(n, call)
        if let challenge, case .approve(let id) = call {
            state.withLock { state in
                guard let transaction = state.requests[id]?.transaction else { return }
                state.posted[transaction, default: []].insert(challenge)
            }
        }
        let fault = script.fault(n, call)
        if let fault, !fault.isAfterEffect { throw fault.error }
        return fault
    }

    func end(_ fault: Fault?) throws(CustodyError) {
        if let fault { throw fault.error }
    }

    private func pending(of account: PolicyAccount) -> [JSONValue] {
        state.withLock { state in
            state.order.compactMap { id -> JSONValue? in
                guard state.isPending(id), let members = state.transactions[id] else { return nil }
                let body = JSONValue.object(members)
                return body["account_id"]?.text == account.id.text ? body : nil
            }
        }
    }

    private func parsed<Value>(
        _ members: [JSONMember], _ read: ([UInt8]) throws(MalformedBody) -> Value
    ) throws(CustodyError) -> Value {
        let bytes = JSONValue.object(members).canonicalBytes ?? []
        do throws(MalformedBody) { return try read(bytes) } catch { throw .malformed(error) }
    }
}

extension ScriptedCustody.State {
    func isPending(_ id: TransactionID) -> Bool {
        transactions[id].map { JSONValue.object($0)["state"]?.text == "PENDING" } ?? false
    }

    mutating func settle(_ id: TransactionID, _ text: String) {
        transactions[id] = transactions[id]?.map {
            $0.name == "state" ? JSONMember("state", .string(text)) : $0
        }
    }

    /// Cancels a transaction, and with it its requests that are still open.
    mutating func cancel(_ id: TransactionID) {
        settle(id, "CANCELLED")
        cancelled.append(id)
        for (key, request) in requests
        where request.transaction == id && ["CREATING", "PENDING"].contains(request.state) {
            requests[key]?.state = "CANCELLED"
        }
    }

    /// The message that it expects to be signed: built from what it holds, not what it showed.
    func message(of id: TransactionID) -> [UInt8]? {
        guard let members = transactions[id] else { return nil }
        let body = JSONValue.object(members)
        let lines = script.attributes(id).map { "\($0): \(body[$0]?.text ?? "")" }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// A new request for a transaction, or a member's part in one of a group; nil where the
    /// platform would not make it.
    mutating func request(
        for resource: ApprovedResource, _ entity: EntityID, _ method: ApprovalMethodID
    ) -> ScriptedCustody.Request? {
        switch resource {
        case .transaction(let id):
            guard isPending(id) else { return nil }
            return make(
                for: id, type: groups[method] == nil ? "DSA_ED25519" : "GROUP", entity: entity,
                method: method, state: script.creatingReads > 0 ? "CREATING" : "PENDING")
        case .approvalRequest(let id):
            guard let parent = requests[id], parent.type == "GROUP", parent.state == "PENDING",
                groups[parent.method]?.members.contains(entity) == true
            else { return nil }
            return make(
                for: parent.transaction, parent: id, type: "SMS", entity: entity, method: method,
                state: "PENDING")
        }
    }

    func shown(_ request: ScriptedCustody.Request) -> [JSONMember] {
        let names = script.attributes(request.transaction).map(JSONValue.string)
        let challenge: JSONValue =
            request.state == "CREATING" || request.type != "DSA_ED25519"
            ? .null : .object([JSONMember("attrs", .array(names))])
        let parent = request.parent
        return [
            JSONMember("id", .string(request.id.text)),
            JSONMember("resource_id", .string(parent?.text ?? request.transaction.text)),
            JSONMember(
                "resource_type", .string(parent == nil ? "TRANSACTION" : "APPROVAL_REQUEST")),
            JSONMember("type", .string(request.type)),
            JSONMember("state", .string(request.state)),
            JSONMember("entity_id", .string(request.entity.text)),
            JSONMember("approval_method_id", .string(request.method.text)),
            JSONMember("challenge", challenge),
        ]
    }
}
