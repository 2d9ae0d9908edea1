/// The outlines of everything in a policy that has conditions.
struct PolicyOutlines: Sendable {
    let rules: Outlines
    let limits: Outlines
    let patterns: Outlines
    private let marks: Target.Marks

    /// Rules, limits and patterns in the order of the policy.
    init(
        rules: [Rule], limits: [Limit], patterns: [Pattern],
        accounts: [AccountID: PolicyAccount]
    ) {
        let marks = Target.Marks(
            rules.map(\.conditions) + limits.map(\.scope) + patterns.map(\.scope))
        func outlines(_ all: [(conditions: [Condition], isGranting: Bool)]) -> Outlines {
            Outlines(all, accounts, marks)
        }
        self.rules = outlines(rules.map { ($0.conditions, $0.action == .allow) })
        self.limits = outlines(limits.map { ($0.scope, false) })
        self.patterns = outlines(patterns.map { ($0.scope, false) })
        self.marks = marks
    }

    /// What outlines are held against.
    func sight(_ facts: Facts) -> Outline.Sight {
        let granting: Target
        let restraining: Target
        switch facts.destination {
        case .unknown: (granting, restraining) = (.unknown, .unknown)
        case .account:
            granting = Target(facts.ownAccount, marks)
            restraining = granting
        case .address:
            restraining = Target(facts.entry, marks)
            granting = facts.isEntryActive ? restraining : Target(nil as AddressBook.Entry?, marks)
        }
        return Outline.Sight(
            isWithdrawal: facts.type == .withdrawal, amount: facts.amount, granting: granting,
            restraining: restraining)
    }
}

/// Outlines by the account from which money goes: those that name it, and those that name none.
struct Outlines: Sendable {
    private let byAccount: [AccountID: [Outline]]
    /// By asset.
    private let anyAccount: [String: [Outline]]
    /// The positions of all that name no account, for an asset that the policy no longer has.
    private let unnamed: [Int]
    private let knownAssets: Set<String>

    init(
        _ all: [(conditions: [Condition], isGranting: Bool)],
        _ accounts: [AccountID: PolicyAccount], _ marks: Target.Marks
    ) {
        var byAccount: [AccountID: [Outline]] = [:]
        var anyAccount: [String: [Outline]] = [:]
        var unnamed: [Int] = []
        let precisions = Dictionary(
            accounts.values.map { ($0.asset.name, $0.asset.precision) },
            uniquingKeysWith: { first, _ in first })
        for (position, (conditions, isGranting)) in all.enumerated() {
            func outline(_ precision: UInt8) -> Outline {
                Outline(
                    conditions, position: position, isGranting: isGranting, precision: precision,
                    marks)
            }
            if let named = conditions.sourceAccounts {
                for account in named.compactMap({ accounts[$0] })
                where conditions.mayBe(of: account.asset.name) {
                    byAccount[account.id, default: []].append(outline(account.asset.precision))
                }
            } else {
                unnamed.append(position)
                for (asset, precision) in precisions where conditions.mayBe(of: asset) {
                    anyAccount[asset, default: []].append(outline(precision))
                }
            }
        }
        self.unnamed = unnamed
        knownAssets = Set(precisions.keys)
        (self.byAccount, self.anyAccount) = (byAccount, anyAccount)
    }

    /// The positions of all that may be TRUE or UNKNOWN, in the order of the policy.
    func positions(_ sight: Outline.Sight, from source: PolicyAccount) -> [Int] {
        guard knownAssets.contains(source.asset.name) else { return unnamed }
        var positions: [Int] = []
        for outline in byAccount[source.id] ?? [] where outline.mayMatch(sight) {
            positions.append(outline.position)
        }
        let named = positions.count
        for outline in anyAccount[source.asset.name] ?? [] where outline.mayMatch(sight) {
            positions.append(outline.position)
        }
        if named > 0, named < positions.count { positions.sort() }
        return positions
    }
}

extension [Condition] {
    /// The accounts that the first source condition names; nil where it names none.
    fileprivate var sourceAccounts: Set<AccountID>? {
        for case .source(let condition) in self { return condition.accounts }
        return nil
    }

    /// Whether they can hold for an asset.
    fileprivate func mayBe(of asset: String) -> Bool {
        allSatisfy { condition in
            if case .asset(let condition) = condition {
                condition.names.contains(asset)
            } else {
                true
            }
        }
    }
}
