/// `groups.NAME`: a group of people at the platform, pinned as compliance knows it. A group that
/// the platform shows otherwise is not asked.
package struct PolicyGroup: Hashable, Sendable {
    package let name: String
    /// The entity's approval method of type GROUP.
    package let methodID: ApprovalMethodID
    /// The group's id as text; the platform does not say what form it has.
    package let groupID: String
    /// How many members must approve before the platform takes it as approved.
    package let quorum: Int
    /// Sorted by name.
    package let members: [GroupMember]

    package init(
        name: String, methodID: ApprovalMethodID, groupID: String, quorum: Int,
        members: [GroupMember]
    ) {
        self.name = name
        self.methodID = methodID
        self.groupID = groupID
        self.quorum = quorum
        self.members = members.sorted { $0.name < $1.name }
    }
}

/// `groups.NAME.members.NAME`: a person of a group, and how that person approves.
package struct GroupMember: Hashable, Sendable {
    package let name: String
    package let entityID: EntityID
    package let methodID: ApprovalMethodID

    package init(name: String, entityID: EntityID, methodID: ApprovalMethodID) {
        self.name = name
        self.entityID = entityID
        self.methodID = methodID
    }
}

/// `quorum` of an allow rule: whom to ask, how, and for how long.
package struct Quorum: Hashable, Sendable {
    /// `order`.
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case sequential, parallel
    }

    /// `on_expiry`.
    package enum OnExpiry: String, Hashable, Sendable, CaseIterable {
        case escalate, cancel
    }

    package let group: PolicyGroup
    /// Approvals of people whom this agent asked itself without which nothing counts as granted.
    package let minApprovals: Int
    /// In the order in which they are asked.
    package let ask: [GroupMember]
    package let order: Order
    /// Milliseconds from the first request to a member.
    package let expiresAfter: Int64
    package let onExpiry: OnExpiry

    package init(
        group: PolicyGroup, minApprovals: Int, ask: [GroupMember], order: Order,
        expiresAfter: Int64, onExpiry: OnExpiry
    ) {
        self.group = group
        self.minApprovals = minApprovals
        self.ask = ask
        self.order = order
        self.expiresAfter = expiresAfter
        self.onExpiry = onExpiry
    }
}

extension Quorum {
    /// For people: whom, how many, how, and for how long.
    package var sentence: String {
        let order =
            switch order {
            case .sequential: "one after the other"
            case .parallel: "all at once"
            }
        let end =
            switch onExpiry {
            case .escalate: "then a person decides"
            case .cancel: "then it is cancelled"
            }
        let names = ask.map(\.name).joined(separator: ", ")
        return "asks \(names) of group \(group.name), \(order), for at least \(minApprovals)"
            + " approval\(minApprovals == 1 ? "" : "s") within \(expiresAfter.asDuration), \(end)"
    }
}

extension PolicyGroup {
    /// How the platform's approval method differs from what is pinned; nil where it is the same.
    /// `entity` is the one whose account the transaction leaves.
    package func difference(from method: ApprovalMethod, of entity: EntityID) -> Reason? {
        func changed(_ what: String) -> Reason { .groupChanged(group: name, what) }
        guard method.id == methodID else { return changed("another approval method came back") }
        guard method.entityID == entity else { return changed("it belongs to another entity") }
        guard method.type.isVerbatim("GROUP") else { return changed("its type is not GROUP") }
        guard method.state.isVerbatim("ACTIVATED") else {
            return changed("its approval method is not ACTIVATED")
        }
        guard let shown = method.group else {
            return .groupUnreadable(
                group: name, method.groupProblem ?? "the approval method shows no approval_group")
        }
        guard shown.id.isVerbatim(groupID) else { return changed("it is another group") }
        guard shown.quorum == quorum else {
            return changed("its quorum is \(shown.quorum), and the policy pins \(quorum)")
        }
        guard Set(shown.members) == Set(members.map(\.entityID)),
            shown.members.count == members.count
        else { return changed("its members are not those that the policy pins") }
        return nil
    }
}
