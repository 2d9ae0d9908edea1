/// What may be done with an approval request for a decided transaction.
package enum Binding: Hashable, Sendable {
    /// Sign exactly this.
    case sign(Challenge)
    /// A person must look: the request does not bind what was decided on.
    case escalate([Reason])
    /// The platform's state is in doubt.
    case hold([Reason])
    /// The transaction is no longer the one that was decided: release and decide again.
    case changed(fields: [String])
}

/// What is to be approved (`resource_type` and `resource_id`).
package enum ApprovedResource: Hashable, Sendable {
    case transaction(TransactionID)
    /// A member's part in a GROUP request.
    case approvalRequest(ApprovalRequestID)

    /// `resource_type`.
    package var type: String {
        switch self {
        case .transaction: "TRANSACTION"
        case .approvalRequest: "APPROVAL_REQUEST"
        }
    }

    /// `resource_id`.
    package var id: String {
        switch self {
        case .transaction(let id): id.text
        case .approvalRequest(let id): id.text
        }
    }
}

/// What this agent asked for; a request must be exactly that.
package struct RequestedApproval: Hashable, Sendable {
    package let requestID: ApprovalRequestID
    package let resource: ApprovedResource
    /// `DSA_ED25519` is answered with a signature, `GROUP` by its members, the others by a person.
    package let types: Set<String>
    package let entityID: EntityID
    package let methodID: ApprovalMethodID

    /// The request that this agent answers itself.
    package init(
        requestID: ApprovalRequestID, transactionID: TransactionID, entityID: EntityID,
        methodID: ApprovalMethodID
    ) {
        self.init(
            requestID: requestID, resource: .transaction(transactionID), types: ["DSA_ED25519"],
            entityID: entityID, methodID: methodID)
    }

    package init(
        requestID: ApprovalRequestID, resource: ApprovedResource, types: Set<String>,
        entityID: EntityID, methodID: ApprovalMethodID
    ) {
        self.requestID = requestID
        self.resource = resource
        self.types = types
        self.entityID = entityID
        self.methodID = methodID
    }
}

extension Policy {
    /// Binds a decision to a challenge. Pure, and recorded.
    ///
    /// `decided` is the transaction that the decision read, `current` the one read after the
    /// request existed. Every field that the decision read and every field that is signed must be
    /// the same in both, byte for byte.
    package func bind(
        _ decision: Decision, decided: Transaction, current: Transaction,
        request: ApprovalRequest, asked: RequestedApproval
    ) -> Binding {
        guard decision.action == .allow else { return .escalate(decision.reasons) }
        guard decision.quorum == nil, asked.types == ["DSA_ED25519"] else {
            return .hold([.foreignRequest("a person is to answer it")])
        }
        guard asked.resource == .transaction(decided.id) else {
            return .hold([.foreignRequest("it was asked for another transaction")])
        }
        if let problem = request.difference(from: asked) { return .hold([problem]) }
        guard request.state == .pending else {
            return .hold([.foreignRequest("its state is \(request.state.rawValue)")])
        }
        guard let attributes = request.challengeAttributes else {
            return .hold([.foreignRequest("it has no challenge")])
        }
        guard current.state == .pending else {
            return .hold([.notPending(state: current.state.rawValue)])
        }
        let changed = changes(from: decided, to: current, in: decision.fields.union(attributes))
        guard changed.isEmpty else { return .changed(fields: changed) }
        return challenge(decision, current, attributes)
    }

    /// Of these fields, and of those that every decision is about, the ones that are no longer what
    /// they were; sorted.
    package func changes(
        from decided: Transaction, to current: Transaction, in fields: Set<String>
    ) -> [String] {
        fields.union(settings.requiredAttributes(for: decided.type)).union([
            "id", "account_id", "type", "sender_account_id", "fee_account_id",
        ]).filter { !decided.isSame(as: current, field: $0) }.sorted()
    }

    /// What a dry run can say before any request exists: the required attributes alone. Where
    /// people are asked, nothing is signed here.
    package func rehearseBinding(_ decision: Decision, of transaction: Transaction) -> [Reason] {
        guard decision.quorum == nil else { return [] }
        let attributes = settings.requiredAttributes(for: transaction.type).sorted()
        switch challenge(decision, transaction, attributes) {
        case .escalate(let reasons), .hold(let reasons): return reasons
        case .sign, .changed: return []
        }
    }

    private func challenge(
        _ decision: Decision, _ transaction: Transaction, _ attributes: [String]
    ) -> Binding {
        let required = settings.requiredAttributes(for: transaction.type)
            .union(decision.fields.subtracting(settings.acceptUnsigned))
        let built = Challenge.build(
            attributes: attributes, of: transaction, required: required)
        switch built {
        case .success(let challenge): return .sign(challenge)
        case .failure(let refusals): return .escalate(refusals.reasons)
        }
    }
}

extension ApprovalRequest {
    /// The first way in which this is not what was asked for; nil where it is.
    package func difference(from asked: RequestedApproval) -> Reason? {
        guard id == asked.requestID else { return .foreignRequest("another id") }
        guard !id.text.isVerbatim(resourceID) else {
            return .foreignRequest("its id is its resource's id")
        }
        guard resourceID.isVerbatim(asked.resource.id) else {
            return .foreignRequest("it is for another resource")
        }
        guard resourceType.isVerbatim(asked.resource.type) else {
            return .foreignRequest("its resource is no \(asked.resource.type)")
        }
        guard asked.types.contains(where: type.isVerbatim) else {
            return .foreignRequest(
                "its type is not \(asked.types.sorted().joined(separator: " or "))")
        }
        guard entityID.isAbsentOr(asked.entityID.text) else {
            return .foreignRequest("it is for another entity")
        }
        guard approvalMethodID.isAbsentOr(asked.methodID.text) else {
            return .foreignRequest("it uses another approval method")
        }
        return nil
    }
}

extension Field {
    fileprivate func isAbsentOr(_ expected: String) -> Bool {
        switch self {
        case .absent: true
        case .text(let text): text.isVerbatim(expected)
        case .null, .otherType: false
        }
    }
}

extension Transaction {
    /// Whether a field holds the same value, byte for byte.
    fileprivate func isSame(as other: Transaction, field name: String) -> Bool {
        switch (field(name), other.field(name)) {
        case (.text(let left), .text(let right)): left.isVerbatim(right)
        case (.absent, .absent), (.null, .null): true
        case (.otherType, .otherType): body[name] == other.body[name]
        default: false
        }
    }
}
