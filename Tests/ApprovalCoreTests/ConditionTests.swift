import AgentTestKit
import ApprovalCore
import Testing

/// Each condition alone, in a block rule, where TRUE and UNKNOWN show and FALSE does not.
struct ConditionTests {
    enum Value: Equatable { case yes, no, unknown }

    private let sample: Sample

    init() throws { sample = try Sample() }

    private func value(
        _ condition: Condition, _ body: JSONValue, basis: Settings.AmountBasis = .amountPlusFee,
        account: PolicyAccount? = nil
    ) throws -> Value {
        let policy = try sample.policy(
            settings: Settings(defaultAction: .escalate, amountBasis: basis),
            rules: [Rule(id: "only", action: .block, conditions: [condition])], limits: [])
        let decision = policy.decide(
            Case(
                transaction: try sample.transaction(body),
                account: try sample.account(account ?? sample.payouts)),
            at: Moment(now: Sample.now), answers: Sample.unused)
        #expect(decision.action == (decision.rules.isEmpty ? .escalate : .block))
        switch decision.rules.first?.match {
        case nil, .isFalse: return .no
        case .isTrue: return .yes
        case .unknown: return .unknown
        }
    }

    @Test func `type, source and asset are always known`() throws {
        let body = sample.withdrawal()
        let entity = sample.payouts.entityID
        let table: [(Condition, Value)] = [
            (.type(.init([.withdrawal])), .yes), (.type(.init([.transferOutgoing])), .no),
            (.type(.init([.withdrawal, .transferOutgoing])), .yes), (.type(.init([])), .no),
            (.source(.init()), .yes), (.source(.init(accounts: [sample.payouts.id])), .yes),
            (.source(.init(accounts: [sample.treasury.id])), .no),
            (.source(.init(accounts: [])), .no),
            (.source(.init(accounts: [sample.treasury.id, sample.payouts.id])), .yes),
            (.source(.init(entities: [entity])), .yes),
            (.source(.init(entities: [sample.board.entityID])), .no),
            (.source(.init(accounts: [sample.payouts.id], entities: [sample.board.entityID])), .no),
            (.source(.init(accounts: [sample.payouts.id], entities: [entity])), .yes),
            (.asset(.init(["BTC"])), .yes), (.asset(.init(["ETH"])), .no),
            (.asset(.init(["btc"])), .no),
        ]
        for (condition, expected) in table {
            #expect(try value(condition, body) == expected, "\(condition)")
        }
    }

    @Test func `a withdrawal's destination is its exact address on the book`() throws {
        let table: [(DestinationCondition, JSONValue?, Value)] = [
            (.init(labels: ["Exchange"]), .string(Sample.exchangeAddress), .yes),
            (.init(labels: ["Cold wallet"]), .string(Sample.exchangeAddress), .no),
            (.init(labels: ["Cold wallet", "Exchange"]), .string(Sample.exchangeAddress), .yes),
            (.init(tags: ["exchange"]), .string(Sample.exchangeAddress), .yes),
            (.init(tags: ["exchange", "x"]), .string(Sample.exchangeAddress), .yes),
            (.init(tags: ["x"]), .string(Sample.exchangeAddress), .no),
            (.init(labels: ["Exchange"], tags: ["x"]), .string(Sample.exchangeAddress), .no),
            (.init(kind: .allowlisted), .string(Sample.exchangeAddress), .yes),
            (
                .init(labels: ["Exchange"], tags: ["exchange"], kind: .allowlisted),
                .string(Sample.exchangeAddress), .yes
            ),
            (.init(kind: .allowlisted), .string("1Unlisted"), .no),
            (.init(tags: ["exchange"]), .string("1Unlisted"), .no),
            (.init(kind: .allowlisted), .string(Sample.exchangeAddress.lowercased()), .no),
            (.init(kind: .allowlisted), .string(Sample.exchangeAddress + " "), .no),
            (.init(kind: .allowlisted), .string(Sample.coldAddress.uppercased()), .no),
            (.init(kind: .account), .string(Sample.exchangeAddress), .no),
            (.init(kind: .account), .string(sample.treasury.id.text), .no),
            (.init(accounts: [sample.treasury.id]), .string(sample.treasury.id.text), .no),
            (.init(), .string("anything"), .yes),
        ]
        for (condition, address, expected) in table {
            #expect(
                try value(.destination(condition), sample.withdrawal(["address": address]))
                    == expected,
                "\(condition) \(String(describing: address))")
        }
    }

    @Test func `a transfer's destination is the receiving account`() throws {
        let treasury = JSONValue.string(sample.treasury.id.text)
        let elsewhere = JSONValue.string("00000000000000000000000000000000acct")
        let table: [(DestinationCondition, JSONValue?, Value)] = [
            (.init(accounts: [sample.treasury.id]), treasury, .yes),
            (.init(accounts: [sample.fees.id]), treasury, .no),
            (.init(accounts: [sample.fees.id, sample.treasury.id]), treasury, .yes),
            (.init(accounts: []), treasury, .no),
            (.init(kind: .account), treasury, .yes), (.init(kind: .account), elsewhere, .no),
            (.init(kind: .account), .string("not an id"), .no),
            (.init(kind: .account, accounts: [sample.treasury.id]), treasury, .yes),
            (.init(labels: ["Exchange"]), treasury, .no),
            (.init(tags: ["exchange"]), treasury, .no),
            (.init(kind: .allowlisted), treasury, .no),
            (.init(kind: .allowlisted), .string(Sample.exchangeAddress), .no),
            (.init(tags: ["exchange"], accounts: [sample.treasury.id]), treasury, .no),
            (.init(), elsewhere, .yes),
        ]
        for (condition, receiver, expected) in table {
            #expect(
                try value(
                    .destination(condition), sample.transfer(["receiver_account_id": receiver]))
                    == expected,
                "\(condition) \(String(describing: receiver))")
        }
    }

    @Test func `an unreadable destination makes every key of it UNKNOWN`() throws {
        let conditions: [DestinationCondition] = [
            .init(labels: ["Exchange"]), .init(tags: ["exchange"]), .init(kind: .allowlisted),
            .init(kind: .account),
            .init(accounts: [sample.treasury.id]), .init(),
        ]
        for condition in conditions {
            for value in [
                nil, .null, .string(""), .integer(1), .bool(false), .array([]), .object([]),
            ] as [JSONValue?] {
                #expect(
                    try self.value(.destination(condition), sample.withdrawal(["address": value]))
                        == .unknown)
                let transfer = sample.transfer(["receiver_account_id": value])
                #expect(try self.value(.destination(condition), transfer) == .unknown)
            }
            // The other type's field does not count.
            let swapped = sample.transfer([
                "receiver_account_id": nil, "address": .string(Sample.exchangeAddress),
            ])
            #expect(try value(.destination(condition), swapped) == .unknown)
        }
    }

    @Test func `an amount is above more_than and at most up_to, to the last unit`() throws {
        func condition(_ more: String?, _ upTo: String?) throws -> Condition {
            .amount(.init(moreThan: try more.map(sample.amount), upTo: try upTo.map(sample.amount)))
        }
        let table: [(String?, String?, String, Value)] = [
            (nil, "0.5", "-0.50000000", .yes), (nil, "0.5", "-0.50000001", .no),
            (nil, "0.5", "-0.00000001", .yes),
            ("0.5", nil, "-0.50000000", .no), ("0.5", nil, "-0.50000001", .yes),
            ("0.5", "1", "-1.00000000", .yes),
            ("0.5", "1", "-1.00000001", .no), ("0.5", "1", "-0.5", .no), ("1", "0.5", "-0.7", .no),
            (nil, nil, "-0.7", .yes),
            (nil, "0", "-0.00000001", .no), ("0", nil, "-0.00000001", .yes),
            (nil, "0.5", "-1000000000000000000000000000000", .no),
        ]
        for (more, upTo, amount, expected) in table {
            #expect(
                try value(
                    condition(more, upTo), sample.withdrawal(["amount": .string(amount)]),
                    basis: .amount)
                    == expected, "\(String(describing: more)) \(String(describing: upTo)) \(amount)"
            )
        }
    }

    static let badAmounts: [JSONValue?] = [
        nil, .null, .integer(-1), .bool(true), .array([.string("-1")]), .object([]), .string(""),
        .string("0"),
        .string("0.00000000"), .string("-0"), .string("-0.00000000"), .string("0.4"),
        .string("-0.400000000"), .string("-1e-8"),
        .string("-1.0abc"), .string(" -1"), .string("-1 "), .string("--1"), .string("-\u{0661}"),
        .string("-01"), .string("-.5"), .string("-1."),
        .string("-" + String(repeating: "9", count: 60)), .string("\u{2212}1"), .string("-1,0"),
    ]

    static let badFees: [JSONValue?] = [
        nil, .null, .integer(0), .bool(false), .array([]), .object([]), .string(""), .string("-0"),
        .string("-0.00000001"),
        .string("0.000000001"), .string("1e-8"), .string("+0"), .string("0 "),
        .string(String(repeating: "9", count: 60)),
    ]

    @Test func `an amount that cannot be read, or is not below zero, is UNKNOWN`() throws {
        for bad in Self.badAmounts {
            for basis in Settings.AmountBasis.allCases {
                for condition in [
                    AmountCondition(), .init(upTo: try sample.amount("1")),
                    .init(moreThan: try sample.amount("1")),
                ] {
                    let body = sample.withdrawal(["amount": bad])
                    #expect(
                        try value(.amount(condition), body, basis: basis) == .unknown,
                        "\(String(describing: bad))")
                }
            }
        }
    }

    @Test
    func `a fee that cannot be read makes the fee UNKNOWN, and the amount only where it is added`()
        throws
    {
        let amount = Condition.amount(.init(upTo: try sample.amount("1")))
        let fee = Condition.fee(.init(upTo: try sample.amount("1")))
        for bad in Self.badFees {
            let body = sample.withdrawal(["fee_amount": bad])
            #expect(try value(fee, body, basis: .amount) == .unknown, "\(String(describing: bad))")
            #expect(
                try value(fee, body, basis: .amountPlusFee) == .unknown,
                "\(String(describing: bad))")
            #expect(try value(amount, body, basis: .amount) == .yes, "\(String(describing: bad))")
            #expect(
                try value(amount, body, basis: .amountPlusFee) == .unknown,
                "\(String(describing: bad))")
        }
    }

    @Test(
        arguments: [
            ("0.00200000", .yes), ("0.00200001", .no), ("0", .yes), ("0.002", .yes),
            ("99999999", .no),
        ] as [(String, Value)])
    func `a fee is at most up_to`(fee: String, expected: Value) throws {
        let condition = Condition.fee(.init(upTo: try sample.amount("0.002")))
        #expect(try value(condition, sample.withdrawal(["fee_amount": .string(fee)])) == expected)
    }

    @Test
    func `the fee is added only where the same account pays it, and unknown where nobody says who`()
        throws
    {
        let condition = Condition.amount(.init(upTo: try sample.amount("0.5")))
        func body(_ amount: String, _ payer: JSONValue?) -> JSONValue {
            sample.withdrawal([
                "amount": .string(amount), "fee_amount": .string("0.1"), "fee_account_id": payer,
            ])
        }
        let own = JSONValue.string(sample.payouts.id.text)
        let other = JSONValue.string(sample.fees.id.text)
        let stranger = JSONValue.string("00000000000000000000000000000000acct")
        let table: [(String, JSONValue?, Value, Value)] = [
            ("-0.40000000", own, .yes, .yes), ("-0.40000001", own, .no, .yes),
            ("-0.5", other, .yes, .yes),
            ("-0.50000001", other, .no, .no), ("-0.5", stranger, .yes, .yes),
            ("-0.1", nil, .unknown, .yes),
            ("-0.1", .null, .unknown, .yes), ("-0.1", .string(""), .unknown, .yes),
            ("-0.1", .integer(1), .unknown, .yes),
            ("-0.1", .array([]), .unknown, .yes),
        ]
        for (amount, payer, plusFee, plain) in table {
            #expect(
                try value(condition, body(amount, payer), basis: .amountPlusFee) == plusFee,
                "\(amount) \(String(describing: payer))")
            #expect(
                try value(condition, body(amount, payer), basis: .amount) == plain,
                "\(amount) \(String(describing: payer))")
        }
    }

    @Test func `an amount and its own fee that overflow together are UNKNOWN`() throws {
        let body = sample.withdrawal([
            "amount": .string("-1701411834604692317316873037158.84105727"),
            "fee_amount": .string("0.00000001"),
            "fee_account_id": .string(sample.payouts.id.text),
        ])
        let condition = Condition.amount(.init(moreThan: try sample.amount("1")))
        #expect(try value(condition, body, basis: .amountPlusFee) == .unknown)
        #expect(try value(condition, body, basis: .amount) == .yes)
    }

    @Test func `FALSE wins over UNKNOWN and UNKNOWN over TRUE, in either order`() {
        let unknown = Match.unknown(fields: ["a"])
        let table: [(Match, Match, Match)] = [
            (.isTrue, .isTrue, .isTrue), (.isTrue, .isFalse, .isFalse),
            (.isFalse, .isTrue, .isFalse),
            (.isFalse, .isFalse, .isFalse), (unknown, .isTrue, unknown),
            (.isTrue, unknown, unknown),
            (unknown, .isFalse, .isFalse), (.isFalse, unknown, .isFalse),
            (unknown, .unknown(fields: ["b"]), .unknown(fields: ["a", "b"])),
        ]
        for (left, right, expected) in table { #expect(left.and(right) == expected) }
    }

    @Test func `the fields that a decision read are those that docs/policy.md names`() throws {
        func fields(_ condition: Condition, _ basis: Settings.AmountBasis, _ body: JSONValue) throws
            -> Set<String>
        {
            let policy = try sample.policy(
                settings: Settings(defaultAction: .block, amountBasis: basis),
                rules: [Rule(id: "r", action: .block, conditions: [condition])], limits: [])
            return policy.weigh(
                Case(
                    transaction: try sample.transaction(body),
                    account: try sample.account(sample.payouts)),
                at: Moment(now: Sample.now)
            ).decide(Answers()).fields
        }
        let (withdrawal, transfer) = (sample.withdrawal(), sample.transfer())
        let amount = Condition.amount(.init(upTo: try sample.amount("1")))
        let fee = Condition.fee(.init(upTo: try sample.amount("1")))
        #expect(try fields(.type(.init([])), .amount, withdrawal) == ["type"])
        #expect(try fields(.source(.init()), .amount, withdrawal) == ["account_id"])
        #expect(try fields(.asset(.init(["ETH"])), .amount, withdrawal) == ["account_id"])
        #expect(try fields(.destination(.init()), .amount, withdrawal) == ["address"])
        #expect(try fields(.destination(.init()), .amount, transfer) == ["receiver_account_id"])
        #expect(try fields(amount, .amount, withdrawal) == ["amount"])
        #expect(
            try fields(amount, .amountPlusFee, withdrawal) == [
                "amount", "fee_amount", "fee_account_id",
            ])
        #expect(try fields(fee, .amount, withdrawal) == ["fee_amount"])
        #expect(try fields(fee, .amountPlusFee, withdrawal) == ["fee_amount", "fee_account_id"])
        let limit = Limit(
            id: "l", per: [.destination, .entity], window: .rolling(milliseconds: 1),
            maxAmount: try sample.amount("1"))
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: .amount),
            rules: [Rule(id: "r", action: .allow, conditions: [.type(.init([]))])], limits: [limit])
        let weighing = policy.weigh(
            Case(
                transaction: try sample.transaction(transfer),
                account: try sample.account(sample.payouts)), at: Moment(now: Sample.now))
        #expect(
            weighing.decide(Answers()).fields == [
                "type", "amount", "fee_amount", "receiver_account_id", "account_id",
            ])
    }
}

struct AddressBookTests {
    @Test func `an address is found by its exact bytes, for its assets alone`() {
        let book = AddressBook(
            id: "b", revision: 3,
            entries: [
                .init(label: "one", assets: ["BTC", "ETH"], address: "K\u{E9}"),
                .init(label: "two", assets: ["BTC"], address: "K\u{E9}"),
                .init(label: "three", assets: ["BTC"], address: "k\u{E9}"),
            ])
        #expect(book.entry(for: "K\u{E9}", asset: "BTC")?.label == "one")
        #expect(book.entry(for: "K\u{E9}", asset: "ETH")?.label == "one")
        #expect(book.entry(for: "k\u{E9}", asset: "BTC")?.label == "three")
        #expect(book.entry(for: "k\u{E9}", asset: "ETH") == nil)
        for other in ["\u{212A}\u{E9}", "Ke\u{301}", "K\u{E9} ", "K", ""] {
            #expect(book.entry(for: other, asset: "BTC") == nil)
        }
    }
}
