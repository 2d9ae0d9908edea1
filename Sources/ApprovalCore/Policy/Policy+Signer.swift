// Whether a key is needed at all.
extension Policy {
    /// Whether this agent itself may have to sign what leaves an account: false only where every
    /// allow rule that can apply to it, by `source` and `asset`, asks people.
    package func needsSigner(account: PolicyAccount) -> Bool {
        rules.contains { rule in
            rule.action == .allow && rule.quorum == nil
                && rule.conditions.allSatisfy { $0.canHold(for: account) }
        }
    }
}

extension Condition {
    /// False where it is FALSE for everything that leaves the account.
    fileprivate func canHold(for account: PolicyAccount) -> Bool {
        switch self {
        case .source(let condition): condition.covers(account)
        case .asset(let condition): condition.names.holds(account.asset.name)
        case .type, .destination, .amount, .fee, .when, .tier: true
        }
    }
}
