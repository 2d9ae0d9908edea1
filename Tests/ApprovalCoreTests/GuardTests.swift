import AgentTestKit
import ApprovalCore
import Testing

/// The guards, alone and together with rules.
struct GuardTests {
    private let sample: Sample
    private let lookalike = "3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r"

    init() throws { sample = try Sample() }

    private static func guards(_ name: Guards.Name, _ action: Restraint) -> Guards {
        switch name {
        case .lookalike: Guards(lookalike: .init(prefix: 4, suffix: 4, action: action))
        case .newDestination:
            Guards(newDestination: .init(coolOffMilliseconds: 86_400_000, action: action))
        case .duplicateReference: Guards(duplicateReference: .init(action: action))
        }
    }

    private static func code(_ name: Guards.Name) -> String {
        switch name {
        case .lookalike: "LOOKALIKE"
        case .newDestination: "NEW_DESTINATION"
        case .duplicateReference: "DUPLICATE_REFERENCE"
        }
    }

    /// A withdrawal that the guard catches, given the answers of ``caught``.
    private func suspect(_ name: Guards.Name) -> JSONValue {
        sample.withdrawal(name == .lookalike ? ["address": .string(lookalike)] : [:])
    }

    private func unreadable(_ name: Guards.Name, _ value: JSONValue?) -> JSONValue {
        sample.withdrawal([name == .duplicateReference ? "reference" : "address": value])
    }

    private func answers(_ questions: Questions, caught: Bool) throws -> Answers {
        Answers(
            usage: Sample.unused(questions).usage,
            destination: questions.destination.map { _ in
                DestinationAge(
                    activatedAt: Sample.now.advanced(byMilliseconds: caught ? -1 : -86_400_000),
                    isOriginal: false)
            },
            sameReference: caught && questions.reference != nil
                ? try Sample.id("00000000000000000000000000000009atrx") : nil)
    }

    private func decide(
        _ body: JSONValue, _ guards: Guards, caught: Bool, rules: [Rule]? = nil,
        fallback: Settings.DefaultAction = .block
    ) throws -> Decision {
        let policy = try sample.policy(
            settings: Settings(defaultAction: fallback), rules: rules ?? sample.everything(),
            limits: [], guards: guards)
        let answers = try answers(sample.questions(body, under: policy), caught: caught)
        return try sample.decide(body, under: policy) { _ in answers }
    }

    @Test(arguments: Guards.Name.allCases, Restraint.allCases)
    func `a guard lets pass what it does not catch, and restrains what it does`(
        name: Guards.Name, action: Restraint
    ) throws {
        let guards = Self.guards(name, action)
        let free = try decide(sample.withdrawal(), guards, caught: false)
        #expect(free.action == .allow && free.reasons.map(\.code) == ["RULE_ALLOW"])
        #expect(free.guards == [GuardResult(guarding: name, match: .isFalse)])
        let caught = try decide(suspect(name), guards, caught: true)
        #expect(caught.action == (action == .block ? .block : .escalate))
        #expect(caught.reasons.map(\.code) == [Self.code(name)])
        #expect(caught.guards == [GuardResult(guarding: name, match: .isTrue)])
        #expect(caught.exposure == nil)
        #expect(caught.reasons.first?.json["guard"]?.text == name.rawValue)
    }

    @Test(arguments: Guards.Name.allCases, Restraint.allCases)
    func `a guard whose field cannot be read restrains`(name: Guards.Name, action: Restraint) throws
    {
        for value in [nil, .null, .string(""), .integer(1), .array([])] as [JSONValue?] {
            let decision = try decide(
                unreadable(name, value), Self.guards(name, action), caught: false)
            let field = name == .duplicateReference ? "reference" : "address"
            #expect(
                decision.guards == [
                    GuardResult(guarding: name, match: .unknown(fields: [field]))
                ])
            #expect(
                decision.reasons.contains(.fieldUnknown(by: .guarding(name), fields: [field])))
            #expect(decision.action == (action == .block ? .block : .escalate))
            #expect(decision.exposure == nil)
        }
    }

    @Test func `a transfer has no address to guard, but a reference`() throws {
        for name in [Guards.Name.lookalike, .newDestination] {
            for receiver in [.string(sample.treasury.id.text), .null] as [JSONValue] {
                let decision = try decide(
                    sample.transfer(["receiver_account_id": receiver]),
                    Self.guards(name, .block), caught: true)
                #expect(decision.guards == [GuardResult(guarding: name, match: .isFalse)])
                #expect(decision.action != .block)
            }
        }
        let duplicate = Self.guards(.duplicateReference, .block)
        #expect(try decide(sample.transfer(), duplicate, caught: true).action == .block)
        #expect(try decide(sample.transfer(), duplicate, caught: false).action == .allow)
        #expect(
            try decide(sample.transfer(["reference": nil]), duplicate, caught: false).action
                == .block)
    }

    @Test(arguments: Guards.Name.allCases, Restraint.allCases)
    func `the stronger of rule and guard holds, and both are told`(
        name: Guards.Name, action: Restraint
    ) throws {
        for ruled in [Rule.Action.allow, .escalate, .block] {
            let rule = Rule(
                id: "r", action: ruled, conditions: try sample.everything()[0].conditions)
            let decision = try decide(
                suspect(name), Self.guards(name, action), caught: true, rules: [rule])
            let expected: Decision.Action =
                ruled == .block || action == .block ? .block : .escalate
            #expect(decision.action == expected, "\(ruled)")
            #expect(decision.reasons.map(\.code).contains(Self.code(name)))
            // What decides comes first.
            let codes: [String] =
                switch (ruled, action) {
                case (.allow, _): [Self.code(name)]
                case (.escalate, .block): [Self.code(name), "RULE_ESCALATE"]
                case (.escalate, .escalate): ["RULE_ESCALATE", Self.code(name)]
                case (.block, _): ["RULE_BLOCK", Self.code(name)]
                }
            #expect(decision.reasons.map(\.code) == codes)
        }
    }

    @Test func `a guard restrains what no rule grants, too`() throws {
        for fallback in Settings.DefaultAction.allCases {
            let decision = try decide(
                suspect(.lookalike), Self.guards(.lookalike, .block), caught: true, rules: [],
                fallback: fallback)
            #expect(decision.action == .block)
            #expect(decision.reasons.map(\.code).contains("LOOKALIKE"))
        }
    }

    @Test func `an address that looks like a listed one is blocked and the entry named`() throws {
        let policy = try sample.policy(
            guards: Guards(lookalike: .init(prefix: 4, suffix: 4, action: .block)))
        let decision = try sample.decide(suspect(.lookalike), under: policy)
        #expect(decision.action == .block)
        #expect(decision.reasons.map(\.code) == ["NO_RULE_MATCHED", "LOOKALIKE"])
        #expect(decision.reasons.last?.message.contains("Exchange") == true)
    }

    @Test func `an entry counts for a look-alike though it is not active, and by its asset alone`()
        throws
    {
        let expired = AddressBook.Entry(
            label: "Old", assets: ["BTC"], address: Sample.exchangeAddress,
            expiresAt: UnixTime(milliseconds: 1))
        let foreign = AddressBook.Entry(
            label: "Foreign", assets: ["ETH"], address: Sample.exchangeAddress)
        let table: [(AddressBook.Entry, String, Match)] = [
            (expired, lookalike, .isTrue), (expired, Sample.exchangeAddress, .isFalse),
            (foreign, lookalike, .isFalse), (foreign, Sample.exchangeAddress, .isFalse),
            (expired, "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFkXX", .isFalse),
        ]
        for (entry, address, expected) in table {
            let policy = try sample.policy(
                rules: sample.everything(), guards: Self.guards(.lookalike, .block),
                addressBook: AddressBook(id: "b", revision: 1, entries: [entry]))
            let decision = try sample.decide(
                sample.withdrawal(["address": .string(address)]), under: policy)
            #expect(decision.guards.map(\.match) == [expected], "\(entry.label) \(address)")
        }
    }

    @Test func `of two entries that it looks like the first in the alphabet is named`() throws {
        let entries = ["Zürich", "Aachen"].enumerated().map { number, label in
            AddressBook.Entry(label: label, assets: ["BTC"], address: "3D2o\(number)sFk9r")
        }
        for entries in [entries, entries.reversed()] {
            let policy = try sample.policy(
                guards: Self.guards(.lookalike, .block),
                addressBook: AddressBook(id: "b", revision: 1, entries: entries))
            let decision = try sample.decide(suspect(.lookalike), under: policy)
            #expect(decision.reasons.contains(.lookalike(label: "Aachen")))
        }
    }

    @Test func `nothing is asked of the ledger for guards that the policy does not have`() throws {
        let none = try sample.questions(sample.withdrawal(), under: sample.policy())
        #expect(none.destination == nil && none.reference == nil)
        let both = Guards(
            newDestination: .init(coolOffMilliseconds: 1, action: .block),
            duplicateReference: .init(action: .block))
        let asked = try sample.questions(
            sample.withdrawal(["amount": .string("-0.6")]), under: sample.policy(guards: both))
        #expect(
            asked.destination == KnownDestination(asset: "BTC", address: Sample.exchangeAddress))
        #expect(asked.reference == "payout-1" && asked.limits.isEmpty && !asked.asksFirstDecision)
    }

    @Test func `the reference of the same transaction is not one used before`() throws {
        let policy = try sample.policy(guards: Self.guards(.duplicateReference, .block))
        var history = History(under: policy)
        let decision = try sample.decide(sample.withdrawal(), under: policy) {
            Answers(usage: history.usage($0), sameReference: history.sameReference($0))
        }
        let exposure = try #require(decision.exposure)
        history.add(
            .init(
                transactionID: try Sample.id(Sample.transactionID), exposure: exposure,
                settledAt: nil))
        func action(_ changes: KeyValuePairs<String, JSONValue?>) throws -> Decision.Action {
            try sample.decide(sample.withdrawal(changes), under: policy) {
                Answers(usage: history.usage($0), sameReference: history.sameReference($0))
            }.action
        }
        let other = JSONValue.string("00000000000000000000000000000009atrx")
        #expect(try action([:]) == .allow)
        #expect(try action(["id": other]) == .block)
        #expect(try action(["id": other, "reference": .string("payout-2")]) == .allow)
        #expect(try action(["id": other, "reference": .string("Payout-1")]) == .allow)
    }
}

/// `guards.new_destination`: since when an address counts as known.
struct NewDestinationTests {
    private let sample: Sample
    private static let day: Int64 = 86_400_000

    init() throws { sample = try Sample() }

    /// Ages in milliseconds before now; nil is not known.
    private func decide(
        activated: Int64?, original: Bool = false, from: Int64? = nil
    ) throws -> Decision {
        let entry = AddressBook.Entry(
            label: "Exchange", assets: ["BTC"], address: Sample.exchangeAddress,
            activeFrom: from.map { Sample.now.advanced(byMilliseconds: -$0) })
        let policy = try sample.policy(
            rules: sample.everything(), limits: [],
            guards: Guards(newDestination: .init(coolOffMilliseconds: Self.day, action: .escalate)),
            addressBook: AddressBook(id: "b", revision: 1, entries: [entry]))
        return try sample.decide(sample.withdrawal(), under: policy) { _ in
            Answers(
                destination: activated.map {
                    DestinationAge(
                        activatedAt: Sample.now.advanced(byMilliseconds: -$0), isOriginal: original)
                })
        }
    }

    @Test(
        arguments: [
            (NewDestinationTests.day, nil, .allow), (NewDestinationTests.day - 1, nil, .escalate),
            (0, nil, .escalate), (-5, nil, .escalate),
            // The later of the two counts.
            (NewDestinationTests.day, NewDestinationTests.day, .allow),
            (NewDestinationTests.day * 9, NewDestinationTests.day - 1, .escalate),
            (NewDestinationTests.day - 1, NewDestinationTests.day * 9, .escalate),
            (NewDestinationTests.day, -5, .escalate),
            // One that no activation is known of is new now.
            (nil, nil, .escalate), (nil, NewDestinationTests.day * 9, .escalate),
        ] as [(Int64?, Int64?, Decision.Action)])
    func `a destination cools off from the later of its activation and active_from`(
        activated: Int64?, from: Int64?, action: Decision.Action
    ) throws {
        let decision = try decide(activated: activated, from: from)
        #expect(decision.action == action)
        #expect(
            decision.reasons.map(\.code) == [action == .allow ? "RULE_ALLOW" : "NEW_DESTINATION"])
    }

    @Test func `what the first activation of all brought is known, but for its own active_from`()
        throws
    {
        #expect(try decide(activated: 0, original: true).action == .allow)
        #expect(try decide(activated: 0, original: true, from: Self.day).action == .allow)
        #expect(try decide(activated: 0, original: true, from: Self.day - 1).action == .escalate)
        #expect(try decide(activated: Self.day * 9, original: true, from: 1).action == .escalate)
    }

    @Test func `the sentence says since when, and until when it cools off`() throws {
        let decision = try decide(activated: 3_600_000 - 1)
        #expect(
            decision.reasons.map(\.message) == [
                "Exchange is known since 2026-10-06 08:00 UTC only; it cools off until "
                    + "2026-10-07 08:01 UTC"
            ])
    }

    @Test func `an address on no entry is not new but unknown, which rules judge`() throws {
        let policy = try sample.policy(
            rules: sample.everything(),
            guards: Guards(newDestination: .init(coolOffMilliseconds: 1, action: .block)))
        let decision = try sample.decide(
            sample.withdrawal(["address": .string("1Unlisted")]), under: policy)
        #expect(decision.action == .allow)
        #expect(decision.guards.map(\.match) == [.isFalse])
    }
}
