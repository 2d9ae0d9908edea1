/// The platform's four ways to approve.
enum ApprovalType: String, Sendable, CaseIterable {
    case ed25519 = "DSA_ED25519"
    case group = "GROUP"
    case sms = "SMS"
    case authyPush = "AUTHY_PUSH"

    /// Whether a person answers on a phone: the ways of a group's members.
    var isPersonal: Bool {
        switch self {
        case .sms, .authyPush: true
        case .ed25519, .group: false
        }
    }

    /// Whether such a request may start in state CREATING (OpenAPI 0.28.0).
    var startsCreating: Bool { !isPersonal }
}

/// What a request for approval speaks of.
enum ResourceType: String, Sendable, CaseIterable {
    case transaction = "TRANSACTION"
    case approvalRequest = "APPROVAL_REQUEST"
}

/// A request for approval: of a transaction, or of a GROUP request by one of its members.
struct ApprovalRequestRecord: Sendable {
    let id: String
    var type: ApprovalType
    var entityID: String
    var approvalMethodID: String
    var resourceType: ResourceType
    var resourceID: String
    /// The transaction that it is about in the end.
    var transactionID: String
    /// The group of the method, for GROUP.
    var groupID: String?
    var state: String
    /// The names of the challenge, for DSA_ED25519.
    var attrs: [String] = []
    /// What the SMS said.
    var smsCode: String?
    /// GETs that still show CREATING.
    var creatingReads = 0
    /// Unix seconds on the sandbox's clock; nil: never.
    var expiresAt: Int?
    /// Whether it was created through `/v1`; false: through the control surface.
    var isOfPartner = true
    var createdAt: String
    var updatedAt: String

    var isOpen: Bool { state == "PENDING" || state == "CREATING" }

    /// As OpenAPI 0.28.0 shows it; a request in state CREATING has no challenge yet.
    var members: [JSON.Member] {
        var members: [JSON.Member] = [
            .init("id", .string(id)), .init("entity_id", .string(entityID)),
            .init("approval_method_id", .string(approvalMethodID)),
            .init("resource_id", .string(resourceID)),
            .init("resource_type", .string(resourceType.rawValue)),
            .init("type", .string(type.rawValue)), .init("state", .string(state)),
        ]
        if let groupID { members.append(.init("approval_group_id", .string(groupID))) }
        if type == .ed25519, state != "CREATING" {
            members.append(.init("challenge", ["attrs": .texts(attrs)]))
        }
        members.append(.init("created_at", .string(createdAt)))
        members.append(.init("updated_at", .string(updatedAt)))
        return members
    }
}

/// Who must approve a GROUP request.
struct ApprovalGroup: Sendable {
    let id: String
    /// How many different members must approve; 0 or less counts as 1.
    let quorum: Int
    /// Entity ids.
    let members: [String]

    /// The group as an approval method shows it; nil where the method has none.
    init?(method: [JSON.Member]) {
        guard let group = method.value("approval_group"), let id = group["id"]?.text,
            let quorum = group["quorum"]?.integer
        else { return nil }
        self.id = id
        self.quorum = quorum
        members = group["members"]?.elements?.compactMap(\.text) ?? []
    }
}
