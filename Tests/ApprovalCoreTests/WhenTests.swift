import AgentTestKit
import ApprovalCore
import Testing

/// `when` alone in a block rule, where TRUE and UNKNOWN show and FALSE does not.
struct WhenTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    private func match(
        _ condition: WhenCondition, _ time: String, zone: ZoneRules? = Sample.berlin,
        action: Rule.Action = .block
    ) throws -> Match {
        let policy = try sample.policy(
            settings: Settings(defaultAction: .escalate, zone: zone, maxRequestAge: .max),
            rules: [Rule(id: "only", action: action, conditions: [.when(condition)])], limits: [])
        let decision = try sample.decide(
            sample.withdrawal(), under: policy, at: Sample.at(time))
        return decision.rules.first?.match ?? .isFalse
    }

    @Test(
        arguments: [
            ("2026-10-06T05:59:59.999Z", false), ("2026-10-06T06:00:00Z", true),
            ("2026-10-06T09:14:03Z", true), ("2026-10-06T15:59:59.999Z", true),
            ("2026-10-06T16:00:00Z", false), ("2026-10-06T22:00:00Z", false),
        ])
    func `from is the first minute that counts, to the first that does not`(
        time: String, isTrue: Bool
    ) throws {
        let hours = WhenCondition(from: 8 * 60, to: 18 * 60)
        #expect(try match(hours, time) == (isTrue ? .isTrue : .isFalse))
    }

    @Test(
        arguments: [
            ("2026-10-04T21:59:59.999Z", false), ("2026-10-04T22:00:00Z", true),
            ("2026-10-05T21:59:59.999Z", true), ("2026-10-05T22:00:00Z", false),
        ])
    func `a day is that of the policy's zone, to its last minute`(time: String, isTrue: Bool) throws
    {
        #expect(try match(WhenCondition(days: [.mon]), time) == (isTrue ? .isTrue : .isFalse))
    }

    @Test func `hours over midnight are two rules`() throws {
        let evening = WhenCondition(days: [.mon], from: 22 * 60)
        let morning = WhenCondition(days: [.tue], to: 6 * 60)
        let table: [(String, Match, Match)] = [
            ("2026-10-05T19:59:00Z", .isFalse, .isFalse),
            ("2026-10-05T20:00:00Z", .isTrue, .isFalse),
            ("2026-10-05T21:59:59Z", .isTrue, .isFalse),
            ("2026-10-05T22:00:00Z", .isFalse, .isTrue),
            ("2026-10-06T03:59:59Z", .isFalse, .isTrue),
            ("2026-10-06T04:00:00Z", .isFalse, .isFalse),
        ]
        for (time, first, second) in table {
            #expect(try match(evening, time) == first, "\(time)")
            #expect(try match(morning, time) == second, "\(time)")
        }
    }

    @Test func `no day at all is never`() throws {
        #expect(try match(WhenCondition(days: []), "2026-10-06T09:00:00Z") == .isFalse)
    }

    @Test func `the repeated hour counts twice, the hour that is left out never`() throws {
        let twoToThree = WhenCondition(from: 2 * 60, to: 3 * 60)
        let table: [(String, Match)] = [
            ("2026-10-24T23:59:59.999Z", .isFalse), ("2026-10-25T00:00:00Z", .isTrue),
            ("2026-10-25T00:59:59.999Z", .isTrue), ("2026-10-25T01:00:00Z", .isTrue),
            ("2026-10-25T01:59:59.999Z", .isTrue), ("2026-10-25T02:00:00Z", .isFalse),
            ("2026-03-29T00:59:59.999Z", .isFalse), ("2026-03-29T01:00:00Z", .isFalse),
        ]
        for (time, expected) in table {
            #expect(try match(twoToThree, time) == expected, "\(time)")
        }
    }

    @Test func `without a time zone it is UNKNOWN, and nothing is asked to be signed for it`()
        throws
    {
        let always = WhenCondition()
        for action in [Rule.Action.block, .escalate, .allow] {
            let match = try match(always, "2026-10-06T09:00:00Z", zone: nil, action: action)
            #expect(match == .unknown(fields: ["timezone"]))
        }
        let allow = try Rule(
            id: "hours", action: .allow,
            conditions: sample.everything()[0].conditions + [.when(always)])
        let policy = try sample.policy(rules: [allow], limits: [])
        let decision = try sample.decide(sample.withdrawal(), under: policy)
        #expect(decision.action == .block && decision.exposure == nil)
        #expect(decision.reasons.map(\.code) == ["NO_RULE_MATCHED", "FIELD_UNKNOWN"])
        #expect(!policy.fields(read: .withdrawal).contains("timezone"))
    }
}
