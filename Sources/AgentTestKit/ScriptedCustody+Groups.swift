package import ApprovalCore
import Synchronization

// Groups of people: a GROUP request is APPROVED when parts of enough members are.
extension ScriptedCustody {
    /// A GROUP approval method as the platform has it.
    package struct Group: Hashable, Sendable {
        package let methodID: ApprovalMethodID
        package var groupID: String
        package var quorum: Int
        package var members: [EntityID]
        package var state = "ACTIVATED"
        /// Whether the method shows `approval_group`.
        package var isShown = true

        package init(
            methodID: ApprovalMethodID, groupID: String, quorum: Int, members: [EntityID]
        ) {
            self.methodID = methodID
            self.groupID = groupID
            self.quorum = quorum
            self.members = members
        }
    }

    /// Adds a group, or changes the one of the same method.
    package func set(_ group: Group) {
        state.withLock { $0.groups[group.methodID] = group }
    }

    /// The parts of members in the GROUP requests of a transaction, oldest first.
    package func parts(of id: TransactionID) -> [(request: ApprovalRequestID, member: EntityID)] {
        state.withLock { state in
            state.requests.values.filter { $0.transaction == id && $0.parent != nil }
                .sorted { $0.id < $1.id }.map { ($0.id, $0.entity) }
        }
    }

    /// A member answers every part that is before them: `APPROVED`, or how it ends otherwise.
    package func answer(_ member: EntityID, _ text: String = "APPROVED") {
        state.withLock { state in
            for (id, request) in state.requests
            where request.entity == member && request.parent != nil && request.state == "PENDING" {
                state.requests[id]?.state = text
                if let parent = request.parent { state.count(parent) }
            }
        }
    }

    /// Makes and approves a part that this agent did not ask for.
    package func approveAsStranger(_ member: EntityID, in parent: ApprovalRequestID) {
        state.withLock { state in
            guard let request = state.requests[parent],
                let part = state.make(
                    for: request.transaction, parent: parent, type: "SMS", entity: member,
                    method: request.method, state: "APPROVED")
            else { return }
            state.requests[part.id] = part
            state.count(parent)
        }
    }

    /// Approves a GROUP request, and its transaction, whatever its members say.
    package func approveWithoutMembers(_ parent: ApprovalRequestID) {
        state.withLock { $0.grant(parent) }
    }
}

extension ScriptedCustody.State {
    /// The next request; nil where ids ran out.
    mutating func make(
        for transaction: TransactionID, parent: ApprovalRequestID? = nil, type: String,
        entity: EntityID, method: ApprovalMethodID, state: String
    ) -> ScriptedCustody.Request? {
        created += 1
        let text = String(created)
        let padded = String(repeating: "0", count: 32 - text.utf8.count) + text + "aprq"
        return ApprovalRequestID(padded).map {
            ScriptedCustody.Request(
                id: $0, transaction: transaction, parent: parent, type: type, entity: entity,
                method: method, state: state)
        }
    }

    /// Approves a GROUP request once enough different members did.
    mutating func count(_ parent: ApprovalRequestID) {
        guard let request = requests[parent], let group = groups[request.method] else { return }
        let approved = requests.values.filter { $0.parent == parent && $0.state == "APPROVED" }
        if Set(approved.map(\.entity)).count >= group.quorum { grant(parent) }
    }

    mutating func grant(_ parent: ApprovalRequestID) {
        guard let request = requests[parent], request.state == "PENDING" else { return }
        requests[parent]?.state = "APPROVED"
        settle(request.transaction, "APPROVED")
    }

    func shown(_ group: ScriptedCustody.Group) -> JSONValue {
        .object([
            "id": .string(group.groupID), "quorum": .integer(group.quorum),
            "members": .array(group.members.map { .string($0.text) }),
        ])
    }
}
