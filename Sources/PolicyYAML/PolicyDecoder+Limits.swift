internal import ApprovalCore

extension PolicyDecoder {
    /// The most limits that are evaluated for one transaction.
    private static let mostLimits = 64
    /// The largest `max_count`.
    private static let mostCounted: Int64 = 1_000_000_000

    func limit(_ field: YAMLField) -> Limit? {
        field.mapping { fields in
            let id = fields.required("id")?.name()
            let scope = fields.given("scope") { $0.mapping(limitScope) }.map { $0 ?? [] }
            let per = per(fields)
            let window = fields.required("window").flatMap(self.window)
            let onExceed = fields.given("on_exceed") { $0.restraint("a limit") }
            let maxAmount = fields.given("max_amount") { self.maxAmount($0, scope, per) }
            let maxCount = fields.given("max_count") { $0.integer(in: 1...Self.mostCounted) }
            guard limitsSomething(fields), let id, let scope, let per, let window, let onExceed,
                let maxAmount, let maxCount
            else { return nil }
            return Limit(
                id: id, scope: scope, per: per, window: window,
                onExceed: onExceed ?? .escalate, maxAmount: maxAmount, maxCount: maxCount)
        }
    }

    private func limitsSomething(_ fields: YAMLFields) -> Bool {
        if fields.has("max_amount") || fields.has("max_count") { return true }
        fields.report(
            .wrongType, "this limit limits nothing",
            fix: "add `max_amount` or `max_count`, or both")
        return false
    }

    /// `scope` of a limit or pattern.
    func limitScope(_ fields: YAMLFields) -> [Condition]? {
        let scope = scope(fields)
        guard fields.namesOne(of: ["type", "source", "destination", "asset"]) else { return nil }
        return scope
    }

    /// `per` of a limit or pattern; empty where it is not written.
    func per(_ fields: YAMLFields) -> Set<Limit.Dimension>? {
        fields.given("per") { field in
            field.distinct { $0.choice(Limit.Dimension.self) }.map { Set($0) }
        }.map { $0 ?? [] }
    }

    /// A sum needs one asset: the one that the scope names, or, counted `per: [asset]`, the one
    /// that every account in scope holds.
    private func maxAmount(
        _ field: YAMLField, _ scope: [Condition]?, _ per: Set<Limit.Dimension>?
    ) -> Amount? {
        guard let scope, let per, scope.assetNames?.count != 1 else {
            return field.money(of: oneAsset(scope?.assetNames))
        }
        if !names.areAccountsRead { return field.money(of: nil) }
        let held = names.readAccounts.filter { scope.canReach([$0]) }
        let assets = Set(held.map(\.asset.name))
        if per.contains(.asset), assets.count == 1 { return field.money(of: oneAsset(assets)) }
        field.report(
            .severalAssets, "`max_amount` needs exactly one asset",
            fix: assets.count > 1
                ? "write one limit for each asset, with `scope: { asset: [NAME] }`"
                : "add `asset: [NAME]` to its `scope`")
        return field.money(of: nil)
    }

    /// Reports a policy in which more of `what`, whose scopes these are, could apply to one
    /// transaction than are evaluated; false where it was reported.
    func isCountable(_ scopes: [[Condition]], _ what: String, at field: YAMLField) -> Bool {
        guard scopes.count > Self.mostLimits else { return true }
        let accounts = names.readAccounts.sorted { $0.name < $1.name }
        var counts: [Reach: Int] = [:]
        for scope in scopes {
            for reach in scope.reach(accounts) {
                counts[reach, default: 0] += 1
                guard counts[reach] == Self.mostLimits + 1 else { continue }
                report(scopes, what, accounts.first { $0.id == reach.account }, reach.type, field)
                return false
            }
        }
        return true
    }

    private func report(
        _ scopes: [[Condition]], _ what: String, _ account: PolicyAccount?,
        _ type: TransactionType, _ field: YAMLField
    ) {
        guard let account else { return }
        let count = scopes.count { $0.covers(type, account) }
        field.report(
            .tooManyLimits,
            "\(count) \(what) could apply to one \(type.rawValue) from"
                + " \(Shown.word(account.name)), more than the \(Self.mostLimits) allowed",
            fix: "narrow their scopes, or remove some")
    }
}
