internal import ApprovalAgent
internal import ApprovalCore

// `expect`. Every name in it must be one that the policy has.
extension PolicyTestDecoder {
    func expectation(_ fields: YAMLFields) -> PolicyTestExpectation? {
        guard let field = fields.optional("expect") else {
            fields.report(
                .emptyTest, "without `expect` this case checks nothing",
                fix: "write what must come of it, such as `expect: { action: block }`")
            return nil
        }
        return field.mapping { expect in
            let action = expect.given("action") { $0.choice(Decision.Action.self) }
            let rules = names(expect, "rules", "rule", policy?.rules.map(\.id))
            let reasons = expect.given("reasons") { $0.distinct(reason) }.map { $0 ?? [] }
            let limits = expect.given("limits") { $0.mapping(self.limits) }.map { $0 ?? [] }
            let patterns = names(expect, "patterns", "pattern", policy?.patterns.map(\.id))
            let guards = expect.given("guards") { $0.distinct(guarding) }.map { $0 ?? [] }
            let people = expect.given("quorum", people)
            let text = expect.given("explain_contains") { $0.string() }
            let keys = [
                "action", "rules", "reasons", "limits", "patterns", "guards", "quorum",
                "explain_contains",
            ]
            if !keys.contains(where: expect.has) {
                expect.report(
                    .emptyTest, "this expects nothing", fix: "name at least `action`")
            }
            guard let action, let rules, let reasons, let limits, let patterns, let guards,
                let people, let text
            else { return nil }
            return PolicyTestExpectation(
                action: action, rules: rules, reasons: reasons, limits: limits,
                patterns: patterns, guards: guards, quorum: people, explainContains: text)
        }
    }

    /// The group that must be asked, or `none`.
    private func people(_ field: YAMLField) -> PolicyTestExpectation.People? {
        guard let name = field.name() else { return nil }
        if name == PolicyHead.nobody { return .nobody }
        guard let policy else { return .group(name) }
        return field.isKnown(name, "group", in: policy.groups.keys) ? .group(name) : nil
    }

    private func names(
        _ fields: YAMLFields, _ key: String, _ what: String, _ known: [String]?
    ) -> [String]? {
        fields.given(key) { field in
            field.distinct { item -> String? in
                guard let name = item.name() else { return nil }
                guard let known else { return name }
                return item.isKnown(name, what, in: known) ? name : nil
            }
        }.map { $0 ?? [] }
    }

    private func reason(_ field: YAMLField) -> String? {
        guard let code = field.string() else { return nil }
        let known = PolicyTestExpectation.reasonCodes
        if known.contains(code) { return code }
        let near = NearestKey.of(code, in: known.sorted())
        field.report(
            .unknownName, "\(Shown.quoted(code)) is no reason that a test can have",
            fix: near.map { "did you mean \(Shown.quoted($0))?" }
                ?? "docs/policy.md lists the reasons")
        return nil
    }

    private func guarding(_ field: YAMLField) -> Guards.Name? {
        guard let name = field.choice(Guards.Name.self) else { return nil }
        guard let guards = policy?.guards else { return name }
        let isThere =
            switch name {
            case .lookalike: guards.lookalike != nil
            case .newDestination: guards.newDestination != nil
            case .duplicateReference: guards.duplicateReference != nil
            }
        if isThere { return name }
        field.report(
            .unknownName, "this policy has no guard \(Shown.word(name.rawValue))",
            fix: "define it under `guards`, or remove it here")
        return nil
    }

    private func limits(_ fields: YAMLFields) -> [PolicyTestExpectation.LimitUse]? {
        let entries = fields.everyEntry()
        if entries.isEmpty {
            fields.report(.emptyTest, "no limit is named", fix: "name one, or remove the key")
        }
        let uses = entries.compactMap { name, value -> PolicyTestExpectation.LimitUse? in
            guard let id = name.name() else { return nil }
            guard let policy else { return limit(id, nil, value) }
            guard name.isKnown(id, "limit", in: policy.limits.map(\.id)) else { return nil }
            return limit(id, policy.limits.first { $0.id == id }, value)
        }
        return uses.count == entries.count ? uses : nil
    }

    private func limit(
        _ id: String, _ limit: Limit?, _ field: YAMLField
    ) -> PolicyTestExpectation.LimitUse? {
        field.mapping { fields in
            let used = fields.given("used") { $0.use(of: limit) }
            let after = fields.given("used_after") { $0.use(of: limit) }
            let exceeded = fields.given("exceeded") { $0.boolean() }
            guard fields.namesOne(of: ["used_after", "used", "exceeded"], code: .emptyTest),
                let used, let after, let exceeded
            else { return nil }
            return PolicyTestExpectation.LimitUse(
                id: id, used: used, usedAfter: after, exceeded: exceeded)
        }
    }
}

extension YAMLField {
    /// An amount at the precision of the limit, where it has one.
    fileprivate func use(of limit: Limit?) -> Amount? {
        guard let text = quotedString("money") else { return nil }
        let precision = limit?.maxAmount?.scale ?? Amount.maximumScale
        do throws(Amount.ParseError) {
            return try Amount(text, precision: precision)
        } catch {
            switch error {
            case .precision:
                report(
                    .tooManyDigits, "\(Shown.quoted(text)) has more fraction digits than the asset",
                    fix: "write at most \(precision) digits after the point")
            case .grammar, .overflow:
                report(
                    .wrongType, "\(Shown.quoted(text)) is not an amount",
                    fix: "write digits, and a point where needed, such as \"1.60\"")
            }
            return nil
        }
    }
}

// Times that are told from another time.
extension YAMLField {
    /// A hundred years: nothing that a policy looks at is further away.
    private static let furthest: Int64 = 36_525 * 86_400_000

    /// `-2h`, `-1d12h`, or a quoted moment.
    func pastTime() -> PolicyTestApproval.Time? {
        if case .scalar(let text, _) = node.content, text.utf8.first == UInt8(ascii: "-") {
            return offset(sign: "-").map { .before(milliseconds: $0) }
        }
        if case .scalar(let text, _) = node.content, text.utf8.first == UInt8(ascii: "+") {
            report(.wrongType, "history lies before the test", fix: "write \"-2h\" for 2 hours")
            return nil
        }
        return time().map { .at($0) }
    }

    /// `+0h`, `+24h30m`: milliseconds after the start.
    func laterBy() -> Int64? { offset(sign: "+") }

    private func offset(sign: String) -> Int64? {
        guard case .scalar(let text, _) = node.content, !node.isPlainNull else {
            expected("a time such as \(sign)2h or \(sign)1d12h30m")
            return nil
        }
        if text.hasPrefix(sign), let value = Self.composite(text.utf8.dropFirst()),
            value <= Self.furthest
        {
            return value
        }
        report(
            .wrongType, "\(Shown.quoted(text)) is not a time such as \(sign)2h",
            fix: "write \(sign) and whole numbers of d, h, m and s, in this order,"
                + " such as \(sign)1d12h30m")
        return nil
    }

    /// Whole numbers of d, h, m and s, each at most once and in this order.
    private static func composite(_ text: Substring.UTF8View) -> Int64? {
        let units: [(UInt8, Int64)] = [
            (UInt8(ascii: "d"), 86_400_000), (UInt8(ascii: "h"), 3_600_000),
            (UInt8(ascii: "m"), 60_000), (UInt8(ascii: "s"), 1_000),
        ]
        var (rest, total, place) = (Array(text)[...], Int64(0), 0)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            guard (1...12).contains(digits.count), let letter = rest.popFirst(),
                let unit = units[place...].firstIndex(where: { $0.0 == letter })
            else { return nil }
            let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
            let (value, isTooLong) = number.multipliedReportingOverflow(by: units[unit].1)
            guard !isTooLong, value <= furthest else { return nil }
            total += value
            place = unit + 1
        }
        return total
    }
}
