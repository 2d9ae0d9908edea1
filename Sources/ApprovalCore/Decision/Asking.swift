/// People who were asked to approve one transaction, and how each stands. It is kept in the
/// ledger, so that whoever asked is known after any stop.
package struct Asking: Hashable, Sendable {
    /// A member, in the order in which they are asked.
    package struct Asked: Hashable, Sendable {
        package let member: GroupMember
        /// Creations of a request that were begun: the record is durable before each is sent.
        package var begun: Int
        /// The member's requests that are known to exist: created by this agent.
        package var requests: [ApprovalRequestID]
        package var standing: Standing

        package init(
            _ member: GroupMember, begun: Int = 0, requests: [ApprovalRequestID] = [],
            standing: Standing = .open
        ) {
            self.member = member
            self.begun = begun
            self.requests = requests
            self.standing = standing
        }
    }

    /// How a member stands.
    package enum Standing: String, Hashable, Sendable, CaseIterable {
        /// Not asked yet, or asked and thinking.
        case open
        case approved
        /// Said no, let the time pass, or cannot be asked.
        case refused
    }

    /// Why nobody else is asked.
    package enum End: String, Hashable, Sendable, CaseIterable {
        case expired, denied, ended, changed
        case groupChanged = "group_changed"
    }

    /// As the rule had it when the first was asked.
    package let quorum: Quorum
    /// The entity whose account the transaction leaves.
    package let entityID: EntityID
    /// The request of type GROUP.
    package let requestID: ApprovalRequestID
    /// When asking began.
    package let since: UnixTime
    package var members: [Asked]
    /// Set once, for ever: nobody else is asked. What was asked may still be approved.
    package var end: End?

    /// Requests that are begun for one member: one, and two more where an answer was lost.
    package static let mostBegun = 3

    /// Nobody is asked yet.
    package init(
        _ quorum: Quorum, of entity: EntityID, by request: ApprovalRequestID, since: UnixTime
    ) {
        self.init(
            quorum: quorum, entityID: entity, requestID: request, since: since,
            members: quorum.ask.map { Asked($0) }, end: nil)
    }

    package init(
        quorum: Quorum, entityID: EntityID, requestID: ApprovalRequestID, since: UnixTime,
        members: [Asked], end: End?
    ) {
        self.quorum = quorum
        self.entityID = entityID
        self.requestID = requestID
        self.since = since
        self.members = members
        self.end = end
    }
}

extension Asking {
    /// What is to be done next; pure.
    package enum Next: Hashable, Sendable {
        /// Ask these members, by their place in ``members``.
        case ask([Int])
        case wait
        /// Nobody else is asked, for this reason.
        case stop(End)
    }

    /// People, each counted once, who approved a request that this agent made for them.
    package var approvals: Int {
        Set(members.filter { $0.standing == .approved }.map(\.member.entityID)).count
    }

    /// The most approvals that there can still be: of people who approved, or may yet.
    private var attainable: Int {
        let possible = members.filter { asked in
            switch asked.standing {
            case .approved: true
            case .open: asked.isAsked || asked.canBeAsked
            case .refused: false
            }
        }
        return Set(possible.map(\.member.entityID)).count
    }

    /// When asking ends.
    package var expiresAt: UnixTime { since.advanced(byMilliseconds: quorum.expiresAfter) }

    /// Whether enough of our own people approved it.
    package var isGranted: Bool { approvals >= quorum.minApprovals }

    /// What is to be done at this time.
    package func next(at now: UnixTime) -> Next {
        guard end == nil else { return .wait }
        let needed = max(quorum.group.quorum, quorum.minApprovals)
        guard approvals < needed else { return .wait }
        guard attainable >= needed else { return .stop(.denied) }
        guard now < expiresAt else { return .stop(.expired) }
        let waiting = members.indices.filter {
            members[$0].standing == .open && !members[$0].isAsked && members[$0].canBeAsked
        }
        switch quorum.order {
        case .parallel: return waiting.isEmpty ? .wait : .ask(waiting)
        case .sequential:
            let isSomebodyThinking = members.contains { $0.standing == .open && $0.isAsked }
            guard !isSomebodyThinking, let first = waiting.first else { return .wait }
            return .ask([first])
        }
    }

    /// The one sentence that says who was asked, who approved, who is missing and until when.
    package var sentence: String {
        func names(_ standing: Standing, asked: Bool? = nil) -> [String] {
            members.filter {
                $0.standing == standing && (asked == nil || ($0.isAsked || $0.begun > 0) == asked)
            }.map(\.member.name)
        }
        func part(_ title: String, _ names: [String]) -> String? {
            names.isEmpty ? nil : "\(title) \(names.joined(separator: ", "))"
        }
        let needed = max(quorum.group.quorum, quorum.minApprovals)
        let approved = part("approved by", names(.approved))
        let others = [
            part(end == nil ? "waiting for" : "no answer of", names(.open, asked: true)),
            part(end == nil ? "not asked yet:" : "not asked:", names(.open, asked: false)),
            part("refused by", names(.refused)),
            end.map { "nobody else is asked (\($0.rawValue))" }
                ?? "until \(expiresAt.minute) UTC",
        ]
        // Once there are enough, nobody is missing.
        let parts = [approved] + (approvals >= needed ? [] : others)
        return
            (["group \(quorum.group.name): \(approvals) of \(needed) approvals"]
            + parts.compactMap(\.self)).joined(separator: "; ")
    }
}

extension Asking.Asked {
    /// Whether a request of this agent's is before the member.
    package var isAsked: Bool { !requests.isEmpty }

    /// Whether another request may be begun for the member.
    var canBeAsked: Bool { begun < Asking.mostBegun }
}
