internal import ApprovalCore

extension PolicyHead {
    /// Signed in every challenge, whatever a policy says.
    static let alwaysRequired: Set<String> = TransactionType.allCases.reduce(
        into: ["id", "account_id", "type", "amount"]
    ) { $0.insert($1.destinationField) }

    private static let second: Int64 = 1_000
    private static let hour: Int64 = 3_600_000
    private static let year: Int64 = 365 * 24 * hour

    static func settings(_ fields: YAMLFields) -> Settings? {
        let action = fields.required("default_action")?.choice(Settings.DefaultAction.self)
        let zone = fields.given("timezone", zone)
        let basis = fields.given("amount_basis") { $0.choice(Settings.AmountBasis.self) }
        let exposure = fields.given("unbounded_exposure") {
            $0.choice(["error": true, "warn": true])
        }
        let maxRequestAge = fields.given("max_request_age") {
            $0.durationMilliseconds(in: second...year)
        }
        let maxClockSkew = fields.given("max_clock_skew") {
            $0.durationMilliseconds(in: second...hour)
        }
        let onBlock = onBlock(fields)
        let attributes = fields.given("challenge") { $0.mapping(challenge) }
        guard let action, let zone, let basis, exposure != nil, let maxRequestAge,
            let maxClockSkew, let onBlock, let attributes
        else { return nil }
        return Settings(
            defaultAction: action, amountBasis: basis ?? .amountPlusFee, zone: zone,
            maxRequestAge: maxRequestAge ?? Settings.defaultMaxRequestAge,
            maxClockSkew: maxClockSkew ?? Settings.defaultMaxClockSkew, onBlock: onBlock.onBlock,
            mostCancelsPerHour: onBlock.mostPerHour,
            requiredAttributes: attributes?.required ?? Settings.defaultRequiredAttributes,
            acceptUnsigned: attributes?.unsigned ?? [])
    }

    private static func zone(_ field: YAMLField) -> ZoneRules? {
        guard let name = field.string() else { return nil }
        if let rules = ZoneRules(named: name) { return rules }
        let near = ZoneRules.nearestName(to: name).map { "did you mean \($0)? " } ?? ""
        field.report(
            .unknownName, "\(Shown.quoted(name)) is no time zone",
            fix: "\(near)write its name in the IANA database, such as Europe/Berlin or UTC")
        return nil
    }

    private static func onBlock(
        _ fields: YAMLFields
    ) -> (onBlock: Settings.OnBlock, mostPerHour: Int64)? {
        let cancels = fields.given("on_block") { $0.choice(["leave": false, "cancel": true]) }
        let most = fields.given("max_cancels_per_hour") { $0.integer(in: 1...1_000) }
        guard let cancels, let most else { return nil }
        let mostPerHour = most ?? Settings.defaultMostCancelsPerHour
        return (cancels == true ? .cancel(mostPerHour: mostPerHour) : .leave, mostPerHour)
    }

    /// Reports a bound of cancels in a policy that never cancels.
    static func judgeCancels(_ fields: YAMLFields, _ settings: Settings, _ rules: Listed<Rule>) {
        guard settings.onBlock == .leave, rules.isWhole,
            !rules.values.contains(where: { $0.quorum?.onExpiry == .cancel })
        else { return }
        fields.optional("settings")?.child("max_cancels_per_hour")?.report(
            .wrongType,
            "`max_cancels_per_hour` means nothing without `on_block: cancel` or `on_expiry: cancel`",
            fix: "add `on_block: cancel`, or remove it")
    }

    private static func challenge(
        _ fields: YAMLFields
    ) -> (required: Set<String>, unsigned: Set<String>)? {
        let bind = fields.given("bind") { $0.choice(["strict": true]) }
        let required = fields.given("required_attrs") { field in
            field.distinct(allowEmpty: true, requiredAttribute).map { Set($0) }
        }
        let written = (required ?? []) ?? []
        let unsigned = fields.given("accept_unsigned") { field in
            field.distinct(allowEmpty: true) { unsignedAttribute($0, required: written) }
                .map { Set($0) }
        }
        guard bind != nil, let required, let unsigned else { return nil }
        let accepted = unsigned ?? []
        if let required { return (required.subtracting(alwaysRequired), accepted) }
        return (Settings.defaultRequiredAttributes.subtracting(accepted), accepted)
    }

    private static func requiredAttribute(_ field: YAMLField) -> String? {
        guard let name = field.string() else { return nil }
        if Transaction.fieldNames.contains(name) { return name }
        let near = NearestKey.of(name, in: Transaction.fieldNames.sorted())
        field.report(
            .fieldNotAvailable, "the platform's transaction has no field \(Shown.word(name))",
            fix: near.map { "did you mean \(Shown.word($0))?" } ?? "remove it")
        return nil
    }

    private static func unsignedAttribute(
        _ field: YAMLField, required: Set<String>
    ) -> String? {
        guard let name = field.string() else { return nil }
        guard Settings.acceptableUnsigned.contains(name) else {
            field.report(
                .mustBeSigned, "\(Shown.word(name)) cannot be accepted unsigned",
                fix: "only \(Shown.choices(Settings.acceptableUnsigned.sorted())) can")
            return nil
        }
        guard !required.contains(name) else {
            field.report(
                .mustBeSigned, "\(Shown.word(name)) stands in `required_attrs` too",
                fix: "remove it from one of the two lists")
            return nil
        }
        return name
    }
}
