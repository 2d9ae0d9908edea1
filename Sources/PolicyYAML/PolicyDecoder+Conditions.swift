internal import ApprovalCore

extension PolicyDecoder {
    /// `type`, `source`, `destination` and `asset`; nil where any is wrong.
    func scope(_ fields: YAMLFields, isAllow: Bool = false) -> [Condition]? {
        fields.refuse(
            "initiator",
            "cannot be asked for: the platform's transaction does not say who began it",
            fix: "use `source`, or remove it", code: .fieldNotAvailable)
        let code: FindingCode = isAllow ? .openAllowRule : .wrongType
        let type = fields.given("type") { field in
            field.distinct { $0.choice(TransactionType.self) }.map { TypeCondition(Set($0)) }
        }
        let source = fields.given("source") { $0.mapping { self.source($0, code) } }
        let destination = fields.given("destination") { $0.mapping { self.destination($0, code) } }
        let asset = fields.given("asset") { field in
            field.distinct(names.asset).map { AssetCondition(Set($0)) }
        }
        guard let type, let source, let destination, let asset else { return nil }
        return [
            type.map { .type($0) }, source.map { .source($0) },
            destination.map { .destination($0) }, asset.map { .asset($0) },
        ].compactMap { $0 }
    }

    /// `amount` and `fee`; nil where any is wrong.
    func money(
        _ fields: YAMLFields, scope: [Condition]?, isAllow: Bool
    ) -> [Condition]? {
        let asset = oneAsset(scope?.assetNames)
        let bounds = [fields.optional("amount"), fields.optional("fee")].compactMap { $0 }
            .filter { $0.child("account") == nil }
        if let first = bounds.first, let scope, scope.assetNames?.count != 1,
            !(isAllow && !fields.has("asset"))
        {
            first.report(
                .severalAssets, "an amount needs exactly one asset",
                fix: scope.assetNames == nil
                    ? "add `asset: [NAME]`" : "write one rule for each asset")
        }
        let code: FindingCode = isAllow ? .openAllowRule : .wrongType
        let amount = fields.given("amount") { $0.mapping { self.amount($0, asset, code) } }
        let fee = fields.given("fee") { $0.mapping { self.fee($0, asset) } }
        guard let amount, let fee else { return nil }
        return [amount.map { .amount($0) }, fee.map { .fee($0) }].compactMap { $0 }
    }

    /// The asset, where exactly one is named and could be read.
    func oneAsset(_ assets: Set<String>?) -> PolicyAsset? {
        guard let assets, assets.count == 1 else { return nil }
        return assets.first.flatMap { names.assets[$0] ?? nil }
    }

    private func source(_ fields: YAMLFields, _ code: FindingCode) -> SourceCondition? {
        let accounts = fields.given("accounts") { $0.distinct(names.account).map { Set($0) } }
        let entities = fields.given("entities") { $0.distinct(names.entity).map { Set($0) } }
        guard fields.namesOne(of: ["accounts", "entities"], code: code), let accounts,
            let entities
        else { return nil }
        return SourceCondition(accounts: accounts, entities: entities)
    }

    private func destination(
        _ fields: YAMLFields, _ code: FindingCode
    ) -> DestinationCondition? {
        let labels = fields.given("labels") { $0.distinct(names.label).map { Set($0) } }
        let tags = fields.given("tags") { $0.distinct(names.tag).map { Set($0) } }
        let kind = fields.given("kind") { $0.choice(DestinationCondition.Kind.self) }
        let accounts = fields.given("accounts") { $0.distinct(names.account).map { Set($0) } }
        guard fields.namesOne(of: ["labels", "tags", "kind", "accounts"], code: code),
            let labels, let tags, let kind, let accounts
        else { return nil }
        return DestinationCondition(labels: labels, tags: tags, kind: kind, accounts: accounts)
    }

    private func amount(
        _ fields: YAMLFields, _ asset: PolicyAsset?, _ code: FindingCode
    ) -> AmountCondition? {
        guard let bounds = bounds(fields, asset, lowestCap: 1) else { return nil }
        if code == .wrongType, !fields.namesOne(of: ["more_than", "up_to"]) { return nil }
        return AmountCondition(moreThan: bounds.moreThan, upTo: bounds.upTo)
    }

    /// Transfers are often free of charge: a fee of zero is a bound that people mean. It is of the
    /// payers' asset where they are named, and otherwise of the rule's.
    private func fee(
        _ fields: YAMLFields, _ asset: PolicyAsset?
    ) -> FeeCondition? {
        let accounts = fields.given("account") { $0.distinct(names.account).map { Set($0) } }
        let paid = fields.has("account") ? payersAsset(fields, accounts ?? nil) : asset
        let bounds = bounds(fields, paid, lowestCap: 0)
        guard fields.namesOne(of: ["more_than", "up_to", "account"]), let bounds, let accounts
        else { return nil }
        return FeeCondition(moreThan: bounds.moreThan, upTo: bounds.upTo, accounts: accounts)
    }

    /// The one asset of the accounts in `fee.account`; nil where they could not be read, or hold
    /// several, which is reported.
    private func payersAsset(_ fields: YAMLFields, _ payers: Set<AccountID>?) -> PolicyAsset? {
        guard let payers else { return nil }
        let assets = Set(names.readAccounts.filter { payers.contains($0.id) }.map(\.asset.name))
        if assets.count > 1 {
            fields.optional("account")?.report(
                .severalAssets,
                "these accounts hold \(Shown.all(assets.sorted())), and a fee is in the asset of"
                    + " the account that pays it",
                fix: "write one rule for each")
        }
        return oneAsset(assets)
    }

    private func bounds(
        _ fields: YAMLFields, _ asset: PolicyAsset?, lowestCap: Int
    ) -> (moreThan: Amount?, upTo: Amount?)? {
        let moreField = fields.optional("more_than")
        let moreThan = fields.given("more_than") { $0.money(of: asset, allowZero: true) }
        let upTo = fields.given("up_to") { $0.money(of: asset, allowZero: lowestCap == 0) }
        guard let moreThan, let upTo else { return nil }
        if let moreThan, let upTo, upTo.isAtMost(moreThan) != false {
            moreField?.report(
                .wrongType, "`more_than` is not below `up_to`, so no amount fits",
                fix: "lower it, or raise `up_to`")
            return nil
        }
        return (moreThan, upTo)
    }
}

/// What can leave one account.
struct Reach: Hashable {
    let type: TransactionType
    let account: AccountID
}

extension [Condition] {
    /// The assets that are named; nil where none are.
    var assetNames: Set<String>? {
        for case .asset(let condition) in self { return condition.names }
        return nil
    }

    /// `source.accounts`; nil where none are named.
    var sources: Set<AccountID>? {
        for case .source(let condition) in self { return condition.accounts }
        return nil
    }

    /// What of these accounts' transactions these conditions can hold for, in their order.
    func reach(_ accounts: [PolicyAccount]) -> [Reach] {
        let sources = sources
        return accounts.flatMap { account -> [Reach] in
            if let sources, !sources.contains(account.id) { return [] }
            return TransactionType.allCases.filter { covers($0, account) }
                .map { Reach(type: $0, account: account.id) }
        }
    }

    /// Whether there is any such transaction.
    func canReach(_ accounts: [PolicyAccount]) -> Bool {
        accounts.contains { account in
            TransactionType.allCases.contains { covers($0, account) }
        }
    }

    func covers(_ type: TransactionType, _ account: PolicyAccount) -> Bool {
        allSatisfy { condition in
            switch condition {
            case .type(let condition): condition.types.contains(type)
            case .source(let condition):
                condition.accounts?.contains(account.id) != false
                    && condition.entities?.contains(account.entityID) != false
            case .asset(let condition): condition.names.contains(account.asset.name)
            case .destination(let condition): condition.canHold(for: type)
            case .amount, .fee, .when, .tier: true
            }
        }
    }
}

extension DestinationCondition {
    /// Withdrawals go to addresses, transfers to accounts.
    func canHold(for type: TransactionType) -> Bool {
        switch type {
        case .withdrawal: accounts == nil && kind != .account
        case .transferOutgoing: labels == nil && tags == nil && kind != .allowlisted
        }
    }
}
