import AgentTestKit
import ApprovalCore
import Testing

/// What an entry of the address book says: from when to when, compared how, and how much.
struct AddressBookEntryTests {
    private let sample: Sample
    private static let hex = "0x52908400098527886E0F7030069857D2E4169EE7"
    private static let bech32 = "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv"

    init() throws { sample = try Sample() }

    private func book(_ entries: AddressBook.Entry...) -> AddressBook {
        AddressBook(id: "b", revision: 1, entries: entries)
    }

    private func entry(
        from: Int64? = nil, to: Int64? = nil, most: String? = nil
    ) throws -> AddressBook.Entry {
        AddressBook.Entry(
            label: "Exchange", assets: ["BTC"], address: Sample.exchangeAddress, tags: ["exchange"],
            activeFrom: from.map { Sample.now.advanced(byMilliseconds: $0) },
            expiresAt: to.map { Sample.now.advanced(byMilliseconds: $0) },
            maxPerTransaction: try most.map(sample.amount))
    }

    /// From and to are milliseconds from now.
    private static let validities: [(Int64?, Int64?, Bool)] = [
        (nil, nil, true), (0, nil, true), (-1, nil, true), (1, nil, false), (nil, 1, true),
        (nil, 0, false), (nil, -1, false), (0, 1, true), (-5, 0, false), (1, 5, false),
    ]

    private static let conditions: [DestinationCondition] = [
        .init(labels: ["Exchange"]), .init(tags: ["exchange"]), .init(kind: .allowlisted),
        .init(labels: ["Exchange"], tags: ["exchange"], kind: .allowlisted),
    ]

    @Test func `an entry grants from active_from on and before expires_at`() throws {
        for (from, to, isActive) in Self.validities {
            for condition in Self.conditions {
                let rule = Rule(
                    id: "r", action: .allow,
                    conditions: try sample.everything()[0].conditions + [.destination(condition)])
                let policy = try sample.policy(
                    rules: [rule], addressBook: book(entry(from: from, to: to)))
                let decision = try sample.decide(sample.withdrawal(), under: policy)
                #expect(decision.action == (isActive ? .allow : .block), "\(condition)")
                #expect(decision.rules.isEmpty == !isActive)
            }
        }
    }

    @Test func `for rules that restrain, limits and patterns an entry counts at any time`() throws {
        for (from, to, _) in Self.validities {
            let book = try book(entry(from: from, to: to))
            for condition in Self.conditions.map(Condition.destination) {
                for action in [Rule.Action.block, .escalate] {
                    let rule = Rule(id: "r", action: action, conditions: [condition])
                    let decision = try sample.decide(
                        sample.withdrawal(),
                        under: sample.policy(
                            rules: [rule] + sample.everything(), addressBook: book))
                    #expect(decision.action == (action == .block ? .block : .escalate))
                }
                let limit = Limit(id: "l", scope: [condition], window: .total, maxCount: 0)
                let cap = Pattern.Cap(
                    rule: "r", assets: ["BTC"], upTo: try sample.amount("0.4"))
                let pattern = Pattern(
                    id: "p", action: .escalate, scope: [condition], window: .total, percent: 10,
                    caps: [cap], countAtLeast: 1)
                let decision = try sample.decide(
                    sample.withdrawal(),
                    under: sample.policy(
                        rules: sample.everything(), limits: [limit], patterns: [pattern],
                        addressBook: book))
                #expect(decision.limits.map(\.exceeded) == [true])
                #expect(decision.patterns.map(\.isSeen) == [true])
            }
        }
    }

    @Test func `an address is compared as its entry says`() throws {
        let lower = Self.hex.lowercased()
        let upperDigits = "0x" + Self.hex.dropFirst(2).uppercased()
        let mixed = "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhV"
        let table: [(String, AddressBook.Entry.Compare, String, Bool)] = [
            (Self.hex, .exact, Self.hex, true), (Self.hex, .exact, lower, false),
            (Self.hex, .hexCaseInsensitive, Self.hex, true),
            (Self.hex, .hexCaseInsensitive, lower, true),
            (Self.hex, .hexCaseInsensitive, upperDigits, true),
            (lower, .hexCaseInsensitive, Self.hex, true),
            (Self.hex, .hexCaseInsensitive, Self.hex.uppercased(), false),
            (Self.hex, .hexCaseInsensitive, String(lower.dropLast()), false),
            (Self.hex, .hexCaseInsensitive, lower + "0", false),
            (Self.bech32, .exact, Self.bech32.uppercased(), false),
            (Self.bech32, .bech32CaseInsensitive, Self.bech32, true),
            (Self.bech32, .bech32CaseInsensitive, Self.bech32.uppercased(), true),
            (Self.bech32.uppercased(), .bech32CaseInsensitive, Self.bech32, true),
            (Self.bech32, .bech32CaseInsensitive, mixed, false),
            ("0xK", .hexCaseInsensitive, "0x\u{212A}", false),
            ("0xk", .hexCaseInsensitive, "0xk", false),
        ]
        for (listed, compare, address, isListed) in table {
            let book = book(
                .init(label: "e", assets: ["BTC"], address: listed, compare: compare))
            #expect(
                (book.entry(for: address, asset: "BTC") != nil) == isListed,
                "\(listed) \(compare) \(address)")
            #expect(book.entry(for: address, asset: "ETH") == nil)
        }
    }

    @Test func `an address counts under one spelling in limits and for its age`() throws {
        let book = book(
            .init(
                label: "e", assets: ["BTC"], address: Self.hex, compare: .hexCaseInsensitive))
        let policy = try sample.policy(
            rules: sample.everything(),
            limits: [Limit(id: "l", per: [.destination], window: .total, maxCount: 9)],
            guards: Guards(newDestination: .init(coolOffMilliseconds: 1, action: .block)),
            addressBook: book)
        let lower = Self.hex.lowercased()
        for address in [Self.hex, lower] {
            let body = sample.withdrawal(["address": .string(address)])
            let questions = try sample.questions(body, under: policy)
            #expect(questions.limits.map(\.key) == ["BTC:" + lower])
            #expect(questions.destination?.address == lower)
            let decision = try sample.decide(body, under: policy)
            let exposure = try #require(decision.exposure)
            #expect(exposure.destination == address)
            #expect(policy.memberships(of: exposure).map(\.key) == ["BTC:" + lower])
        }
        #expect(book.destinations == [KnownDestination(asset: "BTC", address: lower)])
    }

    @Test(
        arguments: [
            ("-0.40000000", "0.4", .allow), ("-0.40000001", "0.4", .escalate),
            ("-0.40000000", "0", .escalate), ("-9", "9", .allow),
        ] as [(String, String, Decision.Action)])
    func `max_per_transaction is the most that one transaction may take there`(
        amount: String, most: String, action: Decision.Action
    ) throws {
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: .amount),
            rules: sample.everything(), limits: [], addressBook: book(entry(most: most)))
        let decision = try sample.decide(
            sample.withdrawal(["amount": .string(amount)]), under: policy)
        #expect(decision.action == action)
        if action != .allow {
            #expect(decision.reasons.map(\.code) == ["LIMIT_EXCEEDED"])
            #expect(decision.reasons.first?.message.contains("to Exchange") == true)
            #expect(decision.exposure == nil)
        }
    }

    @Test func `max_per_transaction counts the fee where the basis does`() throws {
        for basis in Settings.AmountBasis.allCases {
            let policy = try sample.policy(
                settings: Settings(defaultAction: .block, amountBasis: basis),
                rules: sample.everything(), limits: [], addressBook: book(entry(most: "0.4")))
            let own = sample.withdrawal(["fee_account_id": .string(sample.payouts.id.text)])
            let decision = try sample.decide(own, under: policy)
            #expect(decision.action == (basis == .amount ? .allow : .escalate))
        }
    }

    @Test func `max_per_transaction of an amount that is UNKNOWN is for a person`() throws {
        let policy = try sample.policy(
            rules: sample.everything(), limits: [], addressBook: book(entry(most: "99")))
        let decision = try sample.decide(
            sample.withdrawal(["fee_account_id": .null]), under: policy)
        #expect(decision.action == .escalate && decision.exposure == nil)
        #expect(decision.reasons.map(\.code) == ["FIELD_UNKNOWN"])
        #expect(decision.reasons.first?.json["setting"]?.text == "max_per_transaction")
    }

    @Test func `what max_per_transaction compares must be signed`() throws {
        let rules = [
            Rule(id: "r", action: .allow, conditions: [.fee(.init(upTo: try sample.amount("1")))])
        ]
        func fields(_ most: String?) throws -> Set<String> {
            try sample.policy(
                settings: Settings(defaultAction: .block, amountBasis: .amount), rules: rules,
                limits: [], addressBook: book(entry(most: most))
            ).fields(read: .withdrawal)
        }
        #expect(try fields(nil) == ["fee_amount"])
        #expect(try fields("1") == ["fee_amount", "amount", "address"])
    }
}
