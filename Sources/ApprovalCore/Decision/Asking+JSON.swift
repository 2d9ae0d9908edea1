// What an entry and the ledger keep of an asking.
extension Asking {
    /// Everything, so that ``init(json:)`` gives the same again.
    package var json: JSONValue {
        .object([
            "group": quorum.group.json,
            "quorum": .object([
                "min_approvals": .integer(quorum.minApprovals),
                "ask": .array(quorum.ask.map { .string($0.name) }),
                "order": .string(quorum.order.rawValue),
                "expires_after_ms": .integer(quorum.expiresAfter),
                "on_expiry": .string(quorum.onExpiry.rawValue),
            ]),
            "entity_id": .string(entityID.text), "approval_request_id": .string(requestID.text),
            "since": .string(since.description), "expires_at": .string(expiresAt.description),
            "members": .array(members.map(\.json)), "end": .optional(end?.rawValue),
        ])
    }

    /// Reads what ``json`` wrote; nil where it is anything else.
    package init?(json: JSONValue) {
        guard let group = json["group"].flatMap(PolicyGroup.init(json:)),
            let quorum = json["quorum"].flatMap({ Quorum(json: $0, of: group) }),
            let entity = json["entity_id"]?.text.flatMap(EntityID.init),
            let request = json["approval_request_id"]?.text.flatMap(ApprovalRequestID.init),
            let since = json["since"]?.text.flatMap(UnixTime.init(rfc3339:)),
            let elements = json["members"]?.elements, elements.count == quorum.ask.count
        else { return nil }
        var members: [Asked] = []
        for (member, element) in zip(quorum.ask, elements) {
            guard let asked = Asked(json: element, of: member) else { return nil }
            members.append(asked)
        }
        let end: End?
        switch json["end"] {
        case .null: end = nil
        case .string(let text):
            guard let known = End(rawValue: text) else { return nil }
            end = known
        default: return nil
        }
        self.init(
            quorum: quorum, entityID: entity, requestID: request, since: since, members: members,
            end: end)
    }
}

extension PolicyGroup {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name), "approval_method_id": .string(methodID.text),
            "approval_group_id": .string(groupID), "quorum": .integer(quorum),
            "members": .array(members.map(\.json)),
        ])
    }

    fileprivate init?(json: JSONValue) {
        guard let name = json["name"]?.text,
            let methodID = json["approval_method_id"]?.text.flatMap(ApprovalMethodID.init),
            let groupID = json["approval_group_id"]?.text,
            let quorum = json["quorum"]?.integer.flatMap(Int.init(exactly:)),
            let elements = json["members"]?.elements
        else { return nil }
        let members = elements.compactMap(GroupMember.init(json:))
        guard members.count == elements.count else { return nil }
        self.init(
            name: name, methodID: methodID, groupID: groupID, quorum: quorum, members: members)
    }
}

extension GroupMember {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name), "entity_id": .string(entityID.text),
            "approval_method_id": .string(methodID.text),
        ])
    }

    fileprivate init?(json: JSONValue) {
        guard let name = json["name"]?.text,
            let entityID = json["entity_id"]?.text.flatMap(EntityID.init),
            let methodID = json["approval_method_id"]?.text.flatMap(ApprovalMethodID.init)
        else { return nil }
        self.init(name: name, entityID: entityID, methodID: methodID)
    }
}

extension Quorum {
    fileprivate init?(json: JSONValue, of group: PolicyGroup) {
        guard let minimum = json["min_approvals"]?.integer.flatMap(Int.init(exactly:)),
            let names = json["ask"]?.elements,
            let order = json["order"]?.text.flatMap(Order.init(rawValue:)),
            let expiresAfter = json["expires_after_ms"]?.integer,
            let onExpiry = json["on_expiry"]?.text.flatMap(OnExpiry.init(rawValue:))
        else { return nil }
        let ask = names.compactMap { name in
            group.members.first { member in name.text.map(member.name.isVerbatim) ?? false }
        }
        guard ask.count == names.count else { return nil }
        self.init(
            group: group, minApprovals: minimum, ask: ask, order: order,
            expiresAfter: expiresAfter, onExpiry: onExpiry)
    }
}

extension Asking.Asked {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(member.name), "begun": .integer(begun),
            "requests": .array(requests.map { .string($0.text) }),
            "standing": .string(standing.rawValue),
        ])
    }

    fileprivate init?(json: JSONValue, of member: GroupMember) {
        guard let name = json["name"]?.text, name.isVerbatim(member.name),
            let begun = json["begun"]?.integer.flatMap(Int.init(exactly:)), begun >= 0,
            let elements = json["requests"]?.elements,
            let standing = json["standing"]?.text.flatMap(Asking.Standing.init(rawValue:))
        else { return nil }
        let requests = elements.compactMap { $0.text.flatMap(ApprovalRequestID.init) }
        guard requests.count == elements.count else { return nil }
        self.init(member, begun: begun, requests: requests, standing: standing)
    }
}
