import ApprovalCore

/// What stood beside the policy when a transaction was decided: how the clock was read, and what
/// can only turn an `allow` into a `hold`.
struct Standpoint: Hashable, Sendable {
    enum Standing: Hashable, Sendable {
        /// The ledger does not count under the policy yet: everything is held, for this reason.
        case notInForce(Reason)
        /// The policy decides; a doubt, such as a halt or the brake, holds what it allows.
        case inForce(doubt: Reason?)
    }

    /// From which the ledger made now′.
    let reading: Reading
    let standing: Standing

    /// The decision that is made of what the policy says.
    func turn(_ weighed: Decision) -> Decision {
        switch standing {
        case .notInForce(let reason): .hold(reason)
        case .inForce(let doubt?) where weighed.action == .allow:
            weighed.turned(to: .hold, because: [doubt])
        case .inForce: weighed
        }
    }

    /// Members of `inputs`: the clock, whether the policy was in force, and the doubt with its
    /// numbers, where there is one.
    var members: [JSONMember] {
        let clock: JSONValue = .object([
            "time": .string(reading.time.description), "trusted": .bool(reading.isTrusted),
        ])
        let (isInForce, doubt): (Bool, Reason?) =
            switch standing {
            case .notInForce(let reason): (false, reason)
            case .inForce(let doubt): (true, doubt)
            }
        return [JSONMember("clock", clock), JSONMember("in_force", .bool(isInForce))]
            + (doubt.map { [JSONMember("doubt", $0.json)] } ?? [])
    }
}
