internal import ApprovalAgent
internal import ApprovalCore

/// `options` of a file of tests, a test or one of its cases: what it does not say is said further
/// out.
struct PolicyTestOptions {
    /// nil where it is not said, or cannot be read.
    private(set) var now: UnixTime?
    /// Whether `now` is said, right or wrong.
    private(set) var saysTime = false
    /// nil where it is not said.
    private(set) var tier: Tier?

    /// Reads `options` of `owner`, where it has them.
    init(_ owner: YAMLFields, of policy: Policy?, within outer: PolicyTestOptions? = nil) {
        if let outer { self = outer }
        guard let field = owner.optional("options") else { return }
        let own = field.mapping { fields in
            let isTold = fields.namesOne(of: ["now", "tier"])
            return Own(
                now: fields.optional("now")?.time(),
                tier: fields.optional("tier").flatMap { Self.tier($0, policy) },
                saysTime: fields.has("now") || !isTold)
        }
        guard let own else {
            saysTime = true
            return
        }
        now = own.now ?? (own.saysTime ? nil : now)
        saysTime = saysTime || own.saysTime
        tier = own.tier ?? tier
    }

    /// What one `options` says.
    private struct Own {
        let now: UnixTime?
        let tier: Tier?
        let saysTime: Bool
    }

    /// The same at another time.
    func at(_ time: UnixTime) -> PolicyTestOptions {
        var options = self
        (options.now, options.saysTime) = (time, true)
        return options
    }

    /// What the platform would show; a text that is no amount is for a test of just that.
    private static func tier(_ field: YAMLField, _ policy: Policy?) -> Tier? {
        if let policy, !policy.readsTier {
            field.report(
                .unknownName, "no rule of this policy has `tier`",
                fix: "remove it here, or write `tier: { headroom: required }` in a rule")
        }
        return field.mapping { fields in
            guard fields.has("send_limit") else {
                _ = fields.required("send_limit")
                return nil
            }
            guard let limit = fields.nullable("send_limit") else { return Tier(sendLimit: nil) }
            return limit.quotedString("money").map { Tier(sendLimit: $0) }
        }
    }
}
