/// The types of the guide.
enum EntityType: String, Sendable, CaseIterable {
    case partner = "PARTNER"
    case business = "BUSINESS"
    case person = "PERSON"
    case representativePerson = "REPRESENTATIVE_PERSON"
}

/// The states of the guide and those that OpenAPI 0.28.0 adds.
enum EntityState: String, Sendable, CaseIterable {
    case pending = "PENDING"
    case active = "ACTIVE"
    case locked = "LOCKED"
    case inactive = "INACTIVE"
    case closing = "CLOSING"
    case legallyClosed = "LEGALLY_CLOSED"
    case closed = "CLOSED"
}

/// The states of OpenAPI 0.28.0.
enum MethodState: String, Sendable, CaseIterable {
    case pending = "PENDING"
    case activated = "ACTIVATED"
    case deactivated = "DEACTIVATED"
}

/// What the operator of the platform registers: tiers, entities and approval methods. Each call
/// adds a row or replaces the one of that id, and returns the id.
extension Platform {
    mutating func addTier(_ json: JSON, at place: String) throws(ControlError) -> String {
        let fields = try Fields(
            json, at: place,
            accepts: [
                "id", "level", "send_limit", "send_interval", "advancement_interval",
                "advancement_volume", "created_at", "updated_at",
            ])
        let id = try fields.text("id") ?? ids.id("tier")
        for name in ["send_limit", "advancement_volume"] { _ = try fields.amount(name) }
        for name in ["level", "send_interval", "advancement_interval"] {
            _ = try fields.count(name)
        }
        tiers[id] = stamped(
            [
                .init("id", .string(id)), .init("level", 1), .init("send_limit", "10000.00"),
                .init("send_interval", 86_400), .init("advancement_interval", .null),
                .init("advancement_volume", .null),
            ], fields.members)
        return id
    }

    mutating func addEntity(_ json: JSON, at place: String) throws(ControlError) -> String {
        let fields = try Fields(
            json, at: place,
            accepts: [
                "id", "type", "state", "name", "person_id", "business_id",
                "terms_conditions_signed_at", "legally_closed_at", "closed_at", "tier_id",
                "tier_volume", "tier_activated_at", "created_at", "updated_at",
            ])
        _ = try fields.choice("type", EntityType.self)
        _ = try fields.choice("state", EntityState.self)
        _ = try fields.amount("tier_volume")
        if let tier = try fields.text("tier_id"), tiers[tier] == nil {
            throw ControlError("\(place).tier_id: no tier \"\(tier)\"")
        }
        let id = try fields.text("id") ?? ids.id("enty")
        entities[id] = stamped(
            [.init("id", .string(id)), .init("type", "PARTNER"), .init("state", "ACTIVE")],
            fields.members)
        return id
    }

    mutating func addApprovalMethod(_ json: JSON, at place: String) throws(ControlError) -> String {
        let fields = try Fields(
            json, at: place,
            accepts: [
                "id", "entity_id", "type", "pub_key", "state", "approval_group", "created_at",
                "updated_at",
            ])
        let entity = try fields.required("entity_id")
        if entities[entity] == nil {
            throw ControlError("\(place).entity_id: no entity \"\(entity)\"")
        }
        if let key = try fields.text("pub_key") {
            _ = try publicKey(key, at: "\(place).pub_key")
        }
        let type = try fields.choice("type", ApprovalType.self) ?? .ed25519
        _ = try fields.choice("state", MethodState.self)
        var given = fields.members
        if let group = fields["approval_group"] {
            given.set(
                "approval_group",
                try approvalGroup(group, over: nil, at: "\(place).approval_group"))
        } else if type == .group {
            throw ControlError("\(place).approval_group: expected an object, as type is GROUP")
        }
        let id = try fields.text("id") ?? ids.id("apmt")
        methods[id] = stamped(
            [
                .init("id", .string(id)), .init("entity_id", .string(entity)),
                .init("type", "DSA_ED25519"), .init("state", "PENDING"),
            ], given)
        settleGroups(ofMethod: id)
        return id
    }

    /// A group as given over what it was, with all three members.
    private mutating func approvalGroup(
        _ json: JSON, over old: ApprovalGroup?, at place: String
    ) throws(ControlError) -> JSON {
        let fields = try Fields(json, at: place, accepts: ["id", "quorum", "members"])
        guard let quorum = try fields.count("quorum") ?? old?.quorum else {
            throw ControlError("\(place).quorum: expected a whole number of 0 or more")
        }
        var members = old?.members
        if let list = fields["members"] { members = try texts(list, at: "\(place).members") }
        guard let members else {
            throw ControlError("\(place).members: expected a list of entity ids")
        }
        for member in members where entities[member] == nil {
            throw ControlError("\(place).members: no entity \"\(member)\"")
        }
        return [
            "id": .string(try fields.text("id") ?? old?.id ?? ids.id("apgr")),
            "quorum": .integer(quorum), "members": .texts(members),
        ]
    }

    /// Changes a method in flight; of a group only what is named.
    mutating func changeMethod(_ id: String, _ json: JSON) throws(ControlError) {
        guard let method = methods[id] else { throw unknown("approval method", id) }
        let fields = try Fields(json, at: "body", accepts: ["state", "approval_group", "pub_key"])
        if let state = try fields.choice("state", MethodState.self) {
            methods[id]?.set("state", .string(state.rawValue))
        }
        if let key = try fields.text("pub_key") {
            _ = try publicKey(key, at: "body.pub_key")
            methods[id]?.set("pub_key", .string(key))
        }
        if let group = fields["approval_group"] {
            let changed = try approvalGroup(
                group, over: ApprovalGroup(method: method), at: "body.approval_group")
            methods[id]?.set("approval_group", changed)
        }
        let time = now.timestamp
        methods[id]?.set("updated_at", .string(time))
        settleGroups(ofMethod: id)
    }

    /// Changes an entity in flight.
    mutating func changeEntity(_ id: String, _ json: JSON) throws(ControlError) {
        guard let entity = entities[id] else { throw unknown("entity", id) }
        guard let given = json.members else { throw ControlError("body: expected an object") }
        if given.contains(where: { $0.name == "id" }) {
            throw ControlError("body.id: an entity's id cannot be changed")
        }
        var members = entity
        for member in given { members.set(member.name, member.value) }
        members.set("updated_at", .string(now.timestamp))
        _ = try addEntity(.object(members), at: "body")
    }
}
