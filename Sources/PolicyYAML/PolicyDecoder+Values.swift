internal import ApprovalCore

extension YAMLField {
    /// A platform id in quotes: `what` names it, such as "an account id".
    func identifier<Resource>(_ what: String) -> Identifier<Resource>? {
        guard let text = quotedString(what) else { return nil }
        if let id = Identifier<Resource>(text) { return id }
        report(
            .wrongType, "\(Shown.quoted(text)) is not \(what)",
            fix: "copy it from the platform: 36 characters of 0-9 and a-z")
        return nil
    }

    /// A list without repetition, in its order; nil where any item is wrong.
    func distinct<Value: Hashable>(
        allowEmpty: Bool = false, _ read: (YAMLField) -> Value?
    ) -> [Value]? {
        guard let items = items(allowEmpty: allowEmpty) else { return nil }
        // Most lists are short, and looked through sooner than hashed.
        let isShort = items.count <= 8
        var seen: Set<Value> = []
        var short: [Value] = []
        let values = items.compactMap { item -> Value? in
            guard let value = read(item) else { return nil }
            if isShort, !short.contains(value) {
                short.append(value)
                return value
            }
            if !isShort, seen.insert(value).inserted { return value }
            item.report(.wrongType, "\(item.node.kind) stands twice", fix: "keep one of them")
            return nil
        }
        return values.count == items.count ? values : nil
    }

    /// Money at the precision of `asset`, never negative; zero only where that is allowed. Where
    /// the asset could not be read, only the grammar is checked and nothing is given.
    func money(of asset: PolicyAsset?, allowZero: Bool = false) -> Amount? {
        guard let text = quotedString("money") else { return nil }
        let precision = asset?.precision ?? Amount.maximumScale
        let amount: Amount
        do throws(Amount.ParseError) {
            amount = try Amount(text, precision: precision)
        } catch {
            report(error, text, precision: precision, asset)
            return nil
        }
        if amount.isNegative || (amount.units == 0 && !allowZero) {
            report(
                .wrongType, "\(Shown.quoted(text)) is not above 0",
                fix: "amounts here are what leaves the account, without a sign")
            return nil
        }
        return asset == nil ? nil : amount
    }

    private func report(
        _ error: Amount.ParseError, _ text: String, precision: UInt8, _ asset: PolicyAsset?
    ) {
        switch error {
        case .grammar:
            report(
                .wrongType, "\(Shown.quoted(text)) is not an amount",
                fix: "write digits, and a point where needed, such as \"0.50\"")
        case .precision:
            report(
                .tooManyDigits,
                "\(Shown.quoted(text)) has more fraction digits than "
                    + (asset.map { "the precision of \(Shown.word($0.name))" } ?? "any asset"),
                fix: "write at most \(precision) digits after the point")
        case .overflow:
            report(.wrongType, "\(Shown.quoted(text)) is too large", fix: "write a smaller amount")
        }
    }
}

extension YAMLFields {
    /// What stands under a key that may be absent: nil where it is wrong, and nil within where it
    /// is absent.
    func given<Value>(_ key: String, _ read: (YAMLField) -> Value?) -> Value?? {
        guard let field = optional(key) else { return .some(nil) }
        return read(field).map { .some($0) }
    }

    /// Refuses keys of the schema that are not built yet.
    func refuseUnbuilt(_ keys: String...) {
        for key in keys { refuse(key, "is not supported yet") }
    }

    /// Reports a mapping in which none of `keys` stands: it would read as "any" to some and as
    /// "none" to others. False where it was reported.
    func namesOne(of keys: [String], code: FindingCode = .wrongType) -> Bool {
        if keys.contains(where: has) { return true }
        report(
            code, "this names nothing", fix: "name at least one of \(Shown.choices(keys))")
        return false
    }
}
