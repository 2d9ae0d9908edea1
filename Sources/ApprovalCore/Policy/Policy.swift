/// What compliance wrote, read and checked: data that grants (rules) and restrains (limits).
/// What is not granted is not signed. Schema and semantics: docs/policy.md.
package struct Policy: Sendable {
    private let parts: Parts

    /// A policy is handed on with every decision, so its parts are held once.
    private final class Parts: Sendable {
        let metadata: Metadata
        let settings: Settings
        let assets: [String: PolicyAsset]
        let accounts: [String: PolicyAccount]
        let groups: [String: PolicyGroup]
        let rules: [Rule]
        let limits: [Limit]
        let patterns: [Pattern]
        let guards: Guards
        let addressBook: AddressBook
        let accountsByID: [AccountID: PolicyAccount]
        let fieldsOfWithdrawal: Set<String>
        let fieldsOfTransfer: Set<String>
        let lookalikes: LookalikeIndex?
        let blockRules: Set<String>
        let readsTier: Bool
        let calendarUnits: Set<Window.Unit>
        let outlines: PolicyOutlines

        init(
            metadata: Metadata, settings: Settings, assets: [PolicyAsset],
            accounts: [PolicyAccount], groups: [PolicyGroup], rules: [Rule], limits: [Limit],
            patterns: [Pattern], guards: Guards, addressBook: AddressBook
        ) {
            self.metadata = metadata
            self.settings = settings
            self.assets = Dictionary(
                assets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            self.accounts = Dictionary(
                accounts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            self.groups = Dictionary(
                groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            self.rules = rules
            self.limits = limits
            self.patterns = patterns
            self.guards = guards
            self.addressBook = addressBook
            let byID = Dictionary(
                accounts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            accountsByID = byID
            blockRules = Set(rules.filter { $0.action == .block }.map(\.id))
            readsTier = rules.contains { rule in
                rule.conditions.contains { if case .tier = $0 { true } else { false } }
            }
            let windows = limits.map(\.window) + patterns.map(\.window)
            calendarUnits = Set(
                windows.compactMap { if case .calendar(let unit) = $0 { unit } else { nil } })
            lookalikes = guards.lookalike.map { LookalikeIndex($0, addressBook) }
            outlines = PolicyOutlines(
                rules: rules, limits: limits, patterns: patterns, accounts: byID)
            func fields(_ type: TransactionType) -> Set<String> {
                let basis = settings.amountBasis
                let others = guards.fields(type).union(addressBook.fields(type, basis: basis))
                let sets =
                    rules.map { $0.fields(type, basis: basis) }
                    + limits.map { $0.fields(type, basis: basis) }
                    + patterns.map { $0.fields(type, basis: basis) }
                let all = sets.reduce(into: others) { $0.formUnion($1) }
                // Who pays says in which asset a fee is, where there is more than one.
                let isOneAsset = Set(byID.values.map(\.asset)).count <= 1
                return isOneAsset || !all.contains("fee_amount")
                    ? all : all.union(["fee_account_id"])
            }
            fieldsOfWithdrawal = fields(.withdrawal)
            fieldsOfTransfer = fields(.transferOutgoing)
        }
    }

    /// Takes parts that a loader has checked: names resolve, ids are distinct.
    package init(
        metadata: Metadata, settings: Settings, assets: [PolicyAsset], accounts: [PolicyAccount],
        groups: [PolicyGroup] = [], rules: [Rule], limits: [Limit], patterns: [Pattern] = [],
        guards: Guards = Guards(), addressBook: AddressBook
    ) {
        parts = Parts(
            metadata: metadata, settings: settings, assets: assets, accounts: accounts,
            groups: groups, rules: rules.sorted { $0.id < $1.id },
            limits: limits.sorted { $0.id < $1.id },
            patterns: patterns.sorted { $0.id < $1.id }, guards: guards, addressBook: addressBook)
    }

    package var metadata: Metadata { parts.metadata }
    package var settings: Settings { parts.settings }
    /// By name.
    package var assets: [String: PolicyAsset] { parts.assets }
    /// By name; these accounts are watched.
    package var accounts: [String: PolicyAccount] { parts.accounts }
    /// By name.
    package var groups: [String: PolicyGroup] { parts.groups }
    /// Sorted by id; order means nothing.
    package var rules: [Rule] { parts.rules }
    /// Sorted by id.
    package var limits: [Limit] { parts.limits }
    /// Sorted by id.
    package var patterns: [Pattern] { parts.patterns }
    package var guards: Guards { parts.guards }
    package var addressBook: AddressBook { parts.addressBook }
    var lookalikes: LookalikeIndex? { parts.lookalikes }
    /// The ids of the rules that block.
    var blockRules: Set<String> { parts.blockRules }
    var outlines: PolicyOutlines { parts.outlines }
    /// The units of the calendar by which limits and patterns count.
    package var calendarUnits: Set<Window.Unit> { parts.calendarUnits }
    /// Whether any rule asks for the tier of an account's entity: ``Case/tier`` is read then.
    package var readsTier: Bool { parts.readsTier }

    /// The union of the fields that rules, limits, patterns, guards and entries of the address
    /// book read. All are evaluated, so all count: what must be signed does not depend on which
    /// of them happened to match.
    package func fields(read type: TransactionType) -> Set<String> {
        switch type {
        case .withdrawal: parts.fieldsOfWithdrawal
        case .transferOutgoing: parts.fieldsOfTransfer
        }
    }

    /// now′ with what a clock in the policy's time zone shows then.
    package func moment(at now: UnixTime) -> Moment {
        Moment(now: now, civil: settings.zone.map { $0.civil(at: now) })
    }

    /// The policy's account with this platform id; nil where it is none of ours.
    package func account(_ id: AccountID) -> PolicyAccount? { parts.accountsByID[id] }
}

/// `assets.NAME`.
package struct PolicyAsset: Hashable, Sendable {
    package let name: String
    package let id: AssetID
    /// Fraction digits, 0 to 18; must equal the platform's.
    package let precision: UInt8

    package init(name: String, id: AssetID, precision: UInt8) {
        self.name = name
        self.id = id
        self.precision = precision
    }
}

/// `accounts.NAME`.
package struct PolicyAccount: Hashable, Sendable {
    package let name: String
    package let id: AccountID
    package let entityID: EntityID
    package let asset: PolicyAsset

    package init(name: String, id: AccountID, entityID: EntityID, asset: PolicyAsset) {
        self.name = name
        self.id = id
        self.entityID = entityID
        self.asset = asset
    }
}
