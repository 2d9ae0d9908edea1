import AgentTestKit
import ApprovalCore
import Testing

/// Every way in which deciding can go wrong: none of them ends in an allow, so none is signed.
struct NothingSignedTests {
    /// A way to go wrong. `spoil` gets the sample and gives what is decided on.
    struct Path: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let spoil: @Sendable (Sample) throws -> Attempt

        init(_ name: String, _ spoil: @escaping @Sendable (Sample) throws -> Attempt) {
            testDescription = name
            self.spoil = spoil
        }
    }

    struct Attempt {
        var body: JSONValue
        var policy: Policy
        var account: Account?
        var now = Sample.now
        /// nil answers everything as ``Sample/unused(_:)`` does.
        var answers: ((Questions) -> Answers)?
    }

    /// All allowed but for what is spoilt: every feature is in the policy.
    private static func policy(
        _ sample: Sample, limits: [Limit]? = nil, zone: ZoneRules? = Sample.berlin,
        from: UnixTime? = nil, guards: Guards? = nil, conditions: [Condition] = []
    ) throws -> Policy {
        try sample.policy(
            settings: Settings(defaultAction: .block, zone: zone),
            rules: [
                Rule(
                    id: "allow", action: .allow,
                    conditions: try [
                        .type(.init([.withdrawal, .transferOutgoing])),
                        .source(.init(accounts: [sample.payouts.id])), .asset(.init(["BTC"])),
                        .destination(.init()), .amount(.init(upTo: sample.amount("0.5"))),
                        .fee(.init(upTo: sample.amount("0.002"), accounts: [sample.fees.id])),
                    ] + conditions)
            ],
            limits: try limits ?? [
                Limit(
                    id: "day", per: [.destination], window: .rolling(milliseconds: 86_400_000),
                    maxAmount: sample.amount("2"), maxCount: 9)
            ],
            patterns: [
                Pattern(
                    id: "p", action: .block, per: [.destination], window: .calendar(.day),
                    percent: 50,
                    caps: [.init(rule: "allow", assets: ["BTC"], upTo: sample.amount("0.5"))],
                    countAtLeast: 3)
            ],
            guards: guards
                ?? Guards(
                    lookalike: .init(prefix: 4, suffix: 4, action: .escalate),
                    newDestination: .init(coolOffMilliseconds: 1, action: .escalate),
                    duplicateReference: .init(action: .escalate)),
            effectiveFrom: from)
    }

    private static func body(_ name: String, _ field: String, _ value: JSONValue?) -> Path {
        Path(name) {
            Attempt(body: $0.withdrawal([field: value]), policy: try policy($0))
        }
    }

    /// The answers of the ledger, changed.
    private static func ledger(
        _ name: String, _ change: @escaping @Sendable (Questions) -> Answers
    ) -> Path {
        Path(name) {
            Attempt(body: $0.withdrawal(), policy: try policy($0), answers: change)
        }
    }

    private static func usage(
        _ name: String, _ change: @escaping @Sendable (LimitQuestion) -> LimitUsage?
    ) -> Path {
        ledger(name) { questions in
            Answers(
                usage: questions.limits.compactMap(change),
                destination: Sample.unused(questions).destination)
        }
    }

    private static func used(
        _ question: LimitQuestion, _ units: Int128, _ count: Int64, scale: UInt8? = nil,
        limit: String? = nil, key: String? = nil
    ) -> LimitUsage {
        LimitUsage(
            limit: limit ?? question.limit, key: key ?? question.key, since: question.since,
            used: Amount(units: units, scale: scale ?? question.scale) ?? .zero(scale: 0),
            count: count)
    }

    private static let wrongValues: [(String, JSONValue?)] = [
        ("absent", nil), ("null", .null), ("empty", .string("")), ("a number", .integer(-1)),
        ("a list", .array([])), ("an object", .object([])), ("a truth", .bool(true)),
    ]

    static let fields: [Path] = [
        "amount", "fee_amount", "fee_account_id", "address", "reference", "created_at",
    ].flatMap { field in
        wrongValues.map { body("\(field) is \($0.0)", field, $0.1) }
    }

    static let amounts: [Path] =
        [
            "0", "-0", "0.4", "+0.4", "-0.400000001", "-1e-1", "-0,4", " -0.4", "-0.4 ", "-.4",
            "-٠.٤",
            "-00.4", "-99999999999999999999999999999999999999999", "NaN",
        ].map { body("amount is \($0)", "amount", .string($0)) }
        + ["-0.0001", "1e-4", "0.000000001", "0.0x", "9999999999999999999999999999999999999999"]
        .map { body("fee is \($0)", "fee_amount", .string($0)) }

    static let ledgers: [Path] = [
        ledger("the ledger answers nothing") { _ in Answers() },
        usage("no limit is answered") { _ in nil },
        usage("the pattern is not answered") { $0.limit == "day" ? used($0, 0, 0) : nil },
        usage("another key is answered") { used($0, 0, 0, key: "all") },
        usage("another limit is answered") { used($0, 0, 0, limit: "other") },
        usage("the use is below zero") { used($0, -1, 0) },
        usage("the number is below zero") { used($0, 0, -1) },
        usage("the use overflows") { used($0, .max, 0) },
        usage("the use overflows when its scale is changed") { used($0, .max, 0, scale: 0) },
        usage("the use is the least number") { used($0, .min, 0) },
        usage("the number is the greatest") { used($0, 0, .max) },
        usage("the number is the least") { used($0, 0, .min) },
        ledger("the age of the destination is not known") {
            Answers(usage: Sample.unused($0).usage)
        },
        ledger("the destination is from the end of time") { questions in
            Answers(
                usage: Sample.unused(questions).usage,
                destination: DestinationAge(
                    activatedAt: UnixTime(milliseconds: .max), isOriginal: false))
        },
        ledger("it was first decided at the end of time") { questions in
            let unused = Sample.unused(questions)
            return Answers(
                usage: unused.usage, destination: unused.destination,
                firstDecision: UnixTime(milliseconds: .max))
        },
    ]

    static let surroundings: [Path] = [
        Path("a limit's calendar window has no time zone") { sample in
            let limit = Limit(
                id: "day", window: .calendar(.day), maxAmount: try sample.amount("2"))
            return Attempt(
                body: sample.withdrawal(),
                policy: try policy(sample, limits: [limit], zone: nil),
                answers: { questions in
                    let unused = Sample.unused(questions)
                    return Answers(
                        usage: unused.usage + [
                            LimitUsage(
                                limit: "day", key: "all", since: nil, used: .zero(scale: 8),
                                count: 0)
                        ], destination: unused.destination)
                })
        },
        Path("when has no time zone") { sample in
            Attempt(
                body: sample.withdrawal(),
                policy: try policy(sample, zone: nil, conditions: [.when(.init())]))
        },
        Path("the policy is not in force yet") { sample in
            Attempt(
                body: sample.withdrawal(),
                policy: try policy(sample, from: Sample.now.advanced(byMilliseconds: 1)))
        },
        Path("it is no longer PENDING") { sample in
            Attempt(
                body: sample.withdrawal(["state": .string("APPROVED")]), policy: try policy(sample))
        },
        Path("the account is another one") { sample in
            Attempt(
                body: sample.withdrawal(), policy: try policy(sample),
                account: try sample.account(sample.board))
        },
        Path("the policy names no such account") { sample in
            Attempt(
                body: sample.withdrawal([
                    "account_id": .string("00000000000000000000000000000000acct")
                ]), policy: try policy(sample))
        },
        Path("the sender is another account") { sample in
            Attempt(
                body: sample.withdrawal([
                    "sender_account_id": .string(sample.treasury.id.text)
                ]), policy: try policy(sample))
        },
        Path("it is older than time") { sample in
            Attempt(
                body: sample.withdrawal(), policy: try policy(sample),
                now: UnixTime(milliseconds: .max))
        },
        Path("amount and fee overflow together") { sample in
            Attempt(
                body: sample.withdrawal([
                    "amount": .string("-1701411834604692317316873037158.84105727"),
                    "fee_amount": .string("0.001"),
                    "fee_account_id": .string(sample.payouts.id.text),
                ]), policy: try policy(sample))
        },
    ]

    @Test func `the attempt that nothing spoils is allowed`() throws {
        let sample = try Sample()
        let decision = try sample.decide(sample.withdrawal(), under: Self.policy(sample))
        #expect(decision.action == .allow && decision.exposure != nil)
        #expect(decision.patterns.count == 1 && decision.guards.count == 3)
    }

    @Test(arguments: fields + amounts + ledgers + surroundings)
    func `whatever goes wrong while deciding, nothing is allowed and nothing is reserved`(
        path: Path
    ) throws {
        let sample = try Sample()
        let attempt = try path.spoil(sample)
        var subject = try sample.subject(attempt.body, attempt.policy)
        if let account = attempt.account {
            subject = Case(transaction: subject.transaction, account: account)
        }
        let decision = attempt.policy.decide(
            subject, at: attempt.policy.moment(at: attempt.now),
            answers: attempt.answers ?? Sample.unused)
        #expect(decision.action != .allow && decision.exposure == nil)
        #expect(!decision.reasons.isEmpty)
        #expect(decision.reasons.allSatisfy { $0.code != "RULE_ALLOW" })
        // Nor is it bound, whatever the platform offers for signature.
        let request = try ApprovalRequest(
            bytes: Sample.bytes(
                sample.request(attributes: [
                    "id", "account_id", "type", "amount", "fee_amount", "fee_account_id", "address",
                    "reference",
                ])))
        let binding = attempt.policy.bind(
            decision, decided: subject.transaction, current: subject.transaction,
            request: request,
            asked: RequestedApproval(
                requestID: try Sample.id(Sample.requestID), transactionID: subject.transaction.id,
                entityID: sample.payouts.entityID, methodID: try Sample.id(Sample.methodID)))
        if case .sign = binding { Issue.record("it would be signed") }
    }
}
