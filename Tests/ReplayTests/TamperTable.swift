import ApprovalAgent
import ApprovalCore

/// Where a changed member shows: by kind and path, the stages that may name it. `erased` says that
/// a changed hash looks like a body that is no longer kept, which is counted; `unseen` that replay
/// alone cannot tell. Both are found by `audit verify`.
enum TamperTable {
    /// Kinds that have the members that are known, and no others.
    static let closed: [EntryKind] = [
        .decided, .requested, .released, .asked, .signed, .delivered, .confirmed, .failed,
        .conflict, .quarantined, .cancelled, .policyActivated, .policyRejected, .halted,
    ]

    /// The stages of a member, named `kind path`.
    static func stages(of name: String) -> Set<String> {
        let path = name.drop { $0 != " " }.dropFirst()
        return own[String(path)] ?? all[name] ?? []
    }

    /// What only the tree over the entries protects.
    static var onlyTheTree: [String] {
        all.filter { $0.value.contains("unseen") || $0.value.contains("erased") }.keys.sorted()
    }

    /// What the ledger writes into every entry.
    private static let own: [String: Set<String>] = [
        "v": ["numbering"], "seq": ["numbering"], "kind": ["numbering"],
        "transaction_id": ["numbering"], "time": ["time"], "environment": ["members"],
        "intent": ["intent"],
    ]

    private static let all: [String: Set<String>] = Dictionary(
        uniqueKeysWithValues: groups.flatMap { stages, names in
            names.split(separator: "\n").map {
                (String($0), Set(stages.split(separator: " ").map(String.init)))
            }
        })

    private static let groups: [(stages: String, names: String)] = [
        (
            "asking binding",
            """
            requested approval_method_id
            """
        ),
        (
            "unseen usage",
            """
            delivered attempted_at
            """
        ),
        (
            "asking",
            """
            asked asking.approval_request_id
            asked asking.entity_id
            asked asking.group.approval_group_id
            asked asking.group.approval_method_id
            asked asking.group.members.approval_method_id
            asked asking.group.members.entity_id
            asked asking.group.name
            asked asking.group.quorum
            asked asking.members.requests
            asked asking.quorum.min_approvals
            confirmed asking.approval_request_id
            confirmed asking.entity_id
            confirmed asking.group.approval_group_id
            confirmed asking.group.approval_method_id
            confirmed asking.group.members.approval_method_id
            confirmed asking.group.members.entity_id
            confirmed asking.group.name
            confirmed asking.group.quorum
            confirmed asking.members.begun
            confirmed asking.members.requests
            confirmed asking.quorum.min_approvals
            """
        ),
        (
            "binding",
            """
            requested approval_request_id
            """
        ),
        (
            "binding unseen",
            """
            released reasons.message
            """
        ),
        (
            "policy unseen",
            """
            reconciled policy.digest
            """
        ),
        (
            "signature unseen",
            """
            started approvers.entity_id
            started approvers.public_key
            """
        ),
        (
            "body",
            """
            reconciled accepted.account_id
            reconciled accepted.transaction_id
            decided inputs.account_bytes
            decided inputs.transaction_bytes
            """
        ),
        (
            "cancellation",
            """
            cancelled reasons.group
            cancelled reasons.message
            cancelled reasons.rule
            cancelled transaction_sha256
            """
        ),
        (
            "cancellation unseen",
            """
            cancelled policy.digest
            cancelled rules
            """
        ),
        (
            "challenge",
            """
            signed attributes
            signed challenge_sha256
            signed message
            """
        ),
        (
            "civil",
            """
            decided inputs.civil.day.end
            decided inputs.civil.day.start
            decided inputs.civil.minute_of_day
            decided inputs.civil.weekday
            decided inputs.civil.zone
            """
        ),
        (
            "decision",
            """
            decided inputs.doubt.code
            decided result.guards.id
            decided result.guards.match
            decided result.limits.count
            decided result.limits.exceeded
            decided result.limits.id
            decided result.limits.key
            decided result.limits.max
            decided result.limits.max_count
            decided result.limits.room_at
            decided result.limits.this
            decided result.limits.used
            decided result.patterns.count
            decided result.patterns.count_at_least
            decided result.patterns.id
            decided result.patterns.key
            decided result.patterns.seen
            decided result.quorum
            decided result.reasons.code
            decided result.reasons.group
            decided result.reasons.guard
            decided result.reasons.limit
            decided result.reasons.pattern
            decided result.reasons.rule
            decided result.reasons.setting
            decided result.rules.id
            decided result.rules.match
            """
        ),
        (
            "decision usage",
            """
            decided inputs.usage.key
            decided inputs.usage.limit
            """
        ),
        (
            "erased",
            """
            reconciled accepted.transaction_sha256
            asked request_sha256
            asked transaction_sha256
            decided inputs.account_sha256
            decided inputs.transaction_sha256
            released request_sha256
            released transaction_sha256
            signed request_sha256
            signed transaction_sha256
            """
        ),
        (
            "members",
            """
            asked action
            asked asking.end
            asked asking.expires_at
            asked asking.group.members.name
            asked asking.members.name
            asked asking.members.standing
            asked asking.quorum.ask
            asked asking.quorum.expires_after_ms
            asked asking.quorum.on_expiry
            asked asking.quorum.order
            asked asking.since
            asked reasons.code
            cancelled action
            cancelled reasons.code
            confirmed asking.end
            confirmed asking.expires_at
            confirmed asking.group.members.name
            confirmed asking.members.name
            confirmed asking.members.standing
            confirmed asking.quorum.ask
            confirmed asking.quorum.expires_after_ms
            confirmed asking.quorum.on_expiry
            confirmed asking.quorum.order
            confirmed asking.since
            confirmed transaction_state
            conflict action
            conflict reasons.code
            decided inputs.in_force
            decided result.action
            failed action
            failed reasons.code
            halted scope
            policy_rejected rejected
            quarantined action
            quarantined reasons.code
            released action
            released reasons.code
            released request_lost
            resumed scope
            """
        ),
        (
            "order",
            """
            confirmed approval_request_id
            signed signature_number
            """
        ),
        (
            "policy",
            """
            reconciled policy.address_book_revision
            reconciled policy.id
            reconciled policy.revision
            cancelled policy.address_book_revision
            cancelled policy.id
            cancelled policy.revision
            decided policy.address_book_revision
            decided policy.digest
            decided policy.id
            decided policy.revision
            policy_activated policy.address_book_revision
            policy_activated policy.digest
            policy_activated policy.id
            policy_activated policy.revision
            policy_rejected policy.address_book_revision
            policy_rejected policy.id
            policy_rejected policy.revision
            started policy.address_book_revision
            started policy.id
            started policy.revision
            """
        ),
        (
            "signature",
            """
            confirmed signature
            signed public_key
            signed signature_sha256
            """
        ),
        (
            "time",
            """
            decided inputs.clock.time
            decided inputs.clock.trusted
            decided inputs.now
            """
        ),
        (
            "unseen",
            """
            asked asking.members.begun
            asked reasons.group
            asked reasons.message
            conflict reasons.group
            conflict reasons.message
            decided engine
            decided inputs.doubt.message
            delivered result
            failed reasons.message
            halted by
            halted since
            halted why
            policy_rejected findings
            policy_rejected findings_in_all
            policy_rejected policy.digest
            quarantined account_id
            quarantined reasons.message
            reconciled accepted.class
            reconciled accepted.state
            reconciled accounts_not_covered
            reconciled after_loss
            reconciled approvals.accepted
            reconciled approvals.against_policy
            reconciled approvals.asked
            reconciled approvals.changed
            reconciled approvals.conflict
            reconciled approvals.human
            reconciled approvals.ours
            reconciled approvals.unseen
            reconciled approvals.unsigned
            reconciled by
            reconciled complete
            reconciled failed
            reconciled listed
            reconciled not_approved_in_all
            reconciled scope
            reconciled since
            reconciled trigger
            reconciled unexplained_in_all
            reconciled why
            started engine
            started policy.digest
            """
        ),
        (
            "usage",
            """
            reconciled accepted.counted
            decided inputs.destination.activated_at
            decided inputs.destination.original
            decided inputs.first_decision
            decided inputs.same_reference
            decided inputs.usage.count
            decided inputs.usage.room_after
            decided inputs.usage.since
            decided inputs.usage.used
            """
        ),
    ]
}
