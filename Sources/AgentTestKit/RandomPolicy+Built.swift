package import ApprovalCore

extension RandomPolicy {
    /// The policy, over the sample's accounts.
    package func built(_ sample: Sample) throws -> Policy {
        try sample.policy(
            settings: Settings(
                defaultAction: defaultBlocks ? .block : .escalate,
                amountBasis: plusFee ? .amountPlusFee : .amount,
                zone: hasZone ? Sample.berlin : nil, maxRequestAge: Int64(maxRequestAge)),
            groups: try Self.groups(),
            rules: try rules.map { rule in
                ApprovalCore.Rule(
                    id: rule.id, action: rule.action, conditions: rule.conditions,
                    quorum: try rule.asks?.built())
            },
            limits: limits.map { limit in
                ApprovalCore.Limit(
                    id: limit.id, scope: limit.scope.conditions, per: Self.dimensions(limit.per),
                    window: limit.window.built, onExceed: limit.blocks ? .block : .escalate,
                    maxAmount: Self.amount(limit.maxAmount),
                    maxCount: limit.maxCount.map(Int64.init))
            },
            patterns: patterns.map(\.built), guards: builtGuards,
            addressBook: AddressBook(
                id: "random", revision: 1, entries: book.map { $0.built(asset) }),
            effectiveFrom: effectiveFrom.map(Sample.fromNow), reviewBy: reviewBy.map(Sample.fromNow)
        )
    }

    /// Two groups, with people in both.
    fileprivate static func groups() throws -> [PolicyGroup] {
        [
            try Sample.group("board", ["anna", "bora", "carl"], quorum: 2),
            try Sample.group("desk", ["anna", "dora"], quorum: 1),
        ]
    }

    fileprivate static func amount(_ units: Int?) -> Amount? {
        units.flatMap { Amount(units: Int128($0), scale: 8) }
    }

    fileprivate static func dimensions(_ names: Set<String>) -> Set<ApprovalCore.Limit.Dimension> {
        Set(names.compactMap(ApprovalCore.Limit.Dimension.init))
    }

    private var builtGuards: Guards {
        Guards(
            lookalike: lookalike.map {
                .init(prefix: $0.prefix, suffix: $0.suffix, action: $0.blocks ? .block : .escalate)
            },
            newDestination: newDestination.map {
                .init(
                    coolOffMilliseconds: Int64($0.coolOff), action: $0.blocks ? .block : .escalate)
            },
            duplicateReference: duplicateReference.map {
                .init(action: $0.0 ? .block : .escalate)
            })
    }
}

extension Sample {
    /// So many milliseconds after ``now``.
    package static func fromNow(_ milliseconds: Int) -> UnixTime {
        now.advanced(byMilliseconds: Int64(milliseconds))
    }
}

extension RandomPolicy.Rule {
    fileprivate var conditions: [Condition] {
        var conditions = scope.conditions
        if moreThan != nil || upTo != nil {
            conditions.append(
                .amount(
                    .init(
                        moreThan: RandomPolicy.amount(moreThan), upTo: RandomPolicy.amount(upTo))))
        }
        if feeMoreThan != nil || feeUpTo != nil || feeAccounts != nil {
            conditions.append(
                .fee(
                    .init(
                        moreThan: RandomPolicy.amount(feeMoreThan),
                        upTo: RandomPolicy.amount(feeUpTo),
                        accounts: feeAccounts.map { Set($0.compactMap(AccountID.init)) })))
        }
        if let hours {
            conditions.append(
                .when(
                    .init(
                        days: hours.days.map { Set($0.compactMap(CivilTime.Weekday.init)) },
                        from: hours.from, to: hours.to)))
        }
        if needsHeadroom { conditions.append(.tier(.init())) }
        return conditions
    }
}

extension RandomPolicy.Scope {
    fileprivate var conditions: [Condition] {
        var conditions: [Condition] = []
        if let types {
            conditions.append(.type(.init(Set(types.compactMap(TransactionType.init)))))
        }
        if sources != nil || entities != nil {
            conditions.append(
                .source(
                    .init(
                        accounts: sources.map { Set($0.compactMap(AccountID.init)) },
                        entities: entities.map { Set($0.compactMap(EntityID.init)) })))
        }
        if let assets { conditions.append(.asset(.init(assets))) }
        if let destination {
            conditions.append(
                .destination(
                    .init(
                        labels: destination.labels, tags: destination.tags,
                        kind: destination.kind.flatMap(DestinationCondition.Kind.init),
                        accounts: destination.accounts.map { Set($0.compactMap(AccountID.init)) })))
        }
        return conditions
    }
}

extension RandomPolicy.Asking {
    fileprivate func built() throws -> Quorum {
        guard let known = try RandomPolicy.groups().first(where: { $0.name == group }) else {
            throw Sample.Unusable(text: group)
        }
        return Quorum(
            group: known, minApprovals: minApprovals,
            ask: ask.compactMap { name in known.members.first { $0.name == name } },
            order: isParallel ? .parallel : .sequential, expiresAfter: Int64(expiresAfter),
            onExpiry: cancels ? .cancel : .escalate)
    }
}

extension RandomPolicy.Window {
    fileprivate var built: Window {
        switch self {
        case .rolling(let milliseconds): .rolling(milliseconds: Int64(milliseconds))
        case .calendar(let unit): Window.Unit(rawValue: unit).map(Window.calendar) ?? .total
        case .total: .total
        }
    }
}

extension RandomPolicy.Pattern {
    fileprivate var built: Pattern {
        Pattern(
            id: id, action: blocks ? .block : .escalate, scope: scope.conditions,
            per: RandomPolicy.dimensions(per), window: window.built, percent: percent,
            caps: caps.compactMap { cap in
                RandomPolicy.amount(cap.upTo).map {
                    Pattern.Cap(rule: "rule-0", assets: cap.assets, upTo: $0)
                }
            }, countAtLeast: Int64(countAtLeast))
    }
}

extension RandomPolicy.Entry {
    fileprivate func built(_ asset: String) -> AddressBook.Entry {
        AddressBook.Entry(
            label: label, assets: [asset], address: address,
            compare: AddressBook.Entry.Compare(rawValue: compare) ?? .exact, tags: tags,
            activeFrom: activeFrom.map(Sample.fromNow), expiresAt: expiresAt.map(Sample.fromNow),
            maxPerTransaction: RandomPolicy.amount(most))
    }
}
