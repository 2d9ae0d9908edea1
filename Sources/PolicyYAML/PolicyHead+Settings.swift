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
        let basis = fields.optional("amount_basis")?.choice(Settings.AmountBasis.self)
        let challenge = fields.optional("challenge")?.mapping(challenge)
        guard let action else { return nil }
        return Settings(
            defaultAction: action, amountBasis: basis ?? .amountPlusFee,
            requiredAttributes: challenge?.required ?? Settings.defaultRequiredAttributes,
            acceptUnsigned: challenge?.unsigned ?? [])
    }

    private static func challenge(
        _ fields: YAMLFields
    ) -> (required: Set<String>, unsigned: Set<String>)? {
        _ = fields.optional("bind")?.choice(["strict": true])
        let required = fields.optional("required_attrs")?
            .distinct(allowEmpty: true, requiredAttribute).map(Set.init)
        let isExplicit = fields.has("required_attrs")
        let unsigned = fields.optional("accept_unsigned")?.distinct(allowEmpty: true) { item in
            unsignedAttribute(item, required: required ?? [])
        }
        let accepted = Set(unsigned ?? [])
        guard !isExplicit else { return ((required ?? []).subtracting(alwaysRequired), accepted) }
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
