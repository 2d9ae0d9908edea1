internal import ApprovalCore

extension PolicyHead {
    /// Signed in every challenge, whatever a policy says.
    static let alwaysRequired: Set<String> = TransactionType.allCases.reduce(
        into: ["id", "account_id", "type", "amount"]
    ) { $0.insert($1.destinationField) }

    static func settings(_ fields: YAMLFields) -> Settings? {
        fields.refuseUnbuilt(
            "timezone", "unbounded_exposure", "max_request_age", "max_clock_skew", "on_block",
            "max_cancels_per_hour")
        let action = fields.required("default_action")?.choice(Settings.DefaultAction.self)
        let basis = fields.given("amount_basis") { $0.choice(Settings.AmountBasis.self) }
        let attributes = fields.given("challenge") { $0.mapping(challenge) }
        guard let action, let basis, let attributes else { return nil }
        return Settings(
            defaultAction: action, amountBasis: basis ?? .amountPlusFee,
            requiredAttributes: attributes?.required ?? Settings.defaultRequiredAttributes,
            acceptUnsigned: attributes?.unsigned ?? [])
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
