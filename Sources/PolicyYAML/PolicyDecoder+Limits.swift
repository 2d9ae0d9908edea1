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
            let per = fields.given("per") { field in
                field.distinct { $0.choice(Limit.Dimension.self) }
            }.map { $0 ?? [] }
            let window = fields.required("window")?.mapping(self.window)
            let onExceed = fields.given("on_exceed") { $0.choice(Limit.OnExceed.self) }
            let maxAmount = fields.given("max_amount") { self.maxAmount($0, scope, per) }
            let maxCount = fields.given("max_count") { $0.integer(in: 1...Self.mostCounted) }
            guard limitsSomething(fields), let id, let scope, let per, let window, let onExceed,
                let maxAmount, let maxCount
            else { return nil }
            return Limit(
                id: id, scope: scope, per: Set(per), window: window,
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

    private func limitScope(_ fields: YAMLFields) -> [Condition]? {
        let scope = scope(fields)
        guard fields.namesOne(of: ["type", "source", "destination", "asset"]) else { return nil }
        return scope
    }

    private func window(_ fields: YAMLFields) -> Window? {
        fields.refuseUnbuilt("calendar", "total")
        if !fields.has("rolling"), fields.has("calendar") || fields.has("total") { return nil }
        return fields.required("rolling")?.durationMilliseconds()
            .map { .rolling(milliseconds: $0) }
    }

    /// A sum needs one asset: the one that the scope names, or, counted `per: [asset]`, the one
    /// that every account in scope holds.
    private func maxAmount(
        _ field: YAMLField, _ scope: [Condition]?, _ per: [Limit.Dimension]?
    ) -> Amount? {
        guard let scope, let per, scope.assetNames?.count != 1 else {
            return field.money(of: oneAsset(scope?.assetNames))
        }
        if !names.areAccountsRead { return field.money(of: nil) }
        let held = names.readAccounts.filter { account in
            TransactionType.allCases.contains { scope.covers($0, account) }
        }
        let assets = Set(held.map(\.asset.name))
        if per.contains(.asset), assets.count == 1 { return field.money(of: oneAsset(assets)) }
        field.report(
            .severalAssets, "`max_amount` needs exactly one asset",
            fix: assets.count > 1
                ? "write one limit for each asset, with `scope: { asset: [NAME] }`"
                : "add `asset: [NAME]` to its `scope`")
        return field.money(of: nil)
    }

    /// Reports a policy in which more limits could apply to one transaction than are evaluated.
    func checkCount(_ limits: [Limit], at field: YAMLField) {
        guard limits.count > Self.mostLimits else { return }
        for account in names.readAccounts.sorted(by: { $0.name < $1.name }) {
            for type in TransactionType.allCases {
                let count = limits.count { $0.scope.covers(type, account) }
                guard count > Self.mostLimits else { continue }
                field.report(
                    .tooManyLimits,
                    "\(count) limits could apply to one \(type.rawValue) from"
                        + " \(Shown.word(account.name)), more than the \(Self.mostLimits) allowed",
                    fix: "narrow their scopes, or remove some")
                return
            }
        }
    }
}
