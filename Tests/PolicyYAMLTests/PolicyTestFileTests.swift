import AgentTestKit
import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

/// Files of tests that must not pass, each with what an officer sees.
@Suite struct PolicyTestFileTests {
    struct Wrong: CustomStringConvertible, Sendable {
        let description: String
        /// What follows metadata and options.
        let text: String
        /// Without file and severity.
        let expected: [String]
    }

    private static let head = """
        apiVersion: countersign/v1
        kind: PolicyTest
        metadata: { id: t }
        options: { now: "2026-10-06T09:00:00Z" }
        fixtures:
          base:
            account_id: "00000000000000000000000000000001acct"
            type: WITHDRAWAL
            amount: "-1"
            fee_amount: "0"
            fee_account_id: "00000000000000000000000000000001acct"
            address: "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"

        """

    private static func test(_ name: String, _ line: String, _ expected: String...) -> Wrong {
        Wrong(
            description: name, text: "tests:\n  - { name: a, \(line) }\n", expected: expected)
    }

    private static func wrong(_ name: String, _ text: String, _ expected: String...) -> Wrong {
        Wrong(description: name, text: text, expected: expected)
    }

    private static let step =
        "{ at: \"+1h\", transaction: base, expect: { action: allow } }"

    static let all: [Wrong] = [
        wrong(
            "nothing at all", "",
            "1:1: E044: nothing runs in this file; write `tests` or `sequences`"),
        wrong(
            "empty lists", "tests: []\nsequences: []\n",
            "1:1: E044: nothing runs in this file; write `tests` or `sequences`"),
        wrong(
            "no cases", "tests:\n  - { name: a, cases: [] }\n",
            "14:23: E003: the list is empty; name at least one, or remove the key"
                + " (tests[0].cases)"),
        wrong(
            "only a restart",
            "sequences:\n  - { name: a, start: \"2026-10-06T07:00:00Z\", steps: "
                + "[{ restart: true }] }\n",
            "14:5: E044: nothing is decided in this sequence; write a step with `at`,"
                + " `transaction` and `expect` (sequences[0])"),
        test(
            "no expect", "transaction: base",
            "14:5: E044: without `expect` this case checks nothing; write what must come of it,"
                + " such as `expect: { action: block }` (tests[0])"),
        test(
            "an empty expect", "transaction: base, expect: {}",
            "14:43: E044: this expects nothing; name at least `action` (tests[0].expect)"),
        test(
            "a limit of which nothing is expected",
            "transaction: base, expect: { limits: { day: {} } }",
            "14:60: E044: this names nothing; name at least one of `used_after`, `used` or"
                + " `exceeded` (tests[0].expect.limits.day)"),
        test(
            "an unknown key in expect", "transaction: base, expect: { actoin: allow }",
            "14:43: E044: this expects nothing; name at least `action` (tests[0].expect)",
            "14:45: E001: unknown key `actoin`; did you mean `action`? the keys here are `action`,"
                + " `rules`, `reasons`, `limits`, `patterns`, `guards`, `quorum`,"
                + " `explain_contains` (tests[0].expect.actoin)"),
        test(
            "an unknown action", "transaction: base, expect: { action: alow }",
            "14:53: E003: `alow` is not accepted here; did you mean `allow`? write `allow`,"
                + " `escalate`, `block` or `hold` (tests[0].expect.action)"),
        test(
            "an unknown rule", "transaction: base, expect: { rules: [smal] }",
            "14:53: E032: \"smal\" is no rule of this policy; did you mean \"small\"?"
                + " (tests[0].expect.rules[0])"),
        test(
            "an unknown limit",
            "transaction: base, expect: { limits: { dya: { exceeded: true } } }",
            "14:55: E032: \"dya\" is no limit of this policy; did you mean \"day\"?"
                + " (tests[0].expect.limits.dya)"),
        test(
            "an unknown reason", "transaction: base, expect: { reasons: [LIMIT_EXCEDED] }",
            "14:55: E032: \"LIMIT_EXCEDED\" is no reason that a test can have; did you mean"
                + " \"LIMIT_EXCEEDED\"? (tests[0].expect.reasons[0])"),
        test(
            "a reason that no test can have", "transaction: base, expect: { reasons: [HALTED] }",
            "14:55: E032: \"HALTED\" is no reason that a test can have; docs/policy.md lists the reasons"
                + " (tests[0].expect.reasons[0])"),
        test(
            "an unknown pattern", "transaction: base, expect: { patterns: [splitting] }",
            "14:56: E032: \"splitting\" is no pattern of this policy; define it, or correct the"
                + " name (tests[0].expect.patterns[0])"),
        test(
            "a guard that the policy does not have",
            "transaction: base, expect: { guards: [lookalike] }",
            "14:54: E032: this policy has no guard `lookalike`; define it under `guards`, or"
                + " remove it here (tests[0].expect.guards[0])"),
        test(
            "a group that the policy does not have",
            "transaction: base, expect: { quorum: board }",
            "14:53: E032: \"board\" is no group of this policy; define it, or correct the name"
                + " (tests[0].expect.quorum)"),
        test(
            "an option that nobody knows",
            "options: { zone: UTC }, transaction: base, expect: { action: allow }",
            "14:25: E003: this names nothing; name at least one of `now` or `tier`"
                + " (tests[0].options)",
            "14:27: E001: unknown key `zone`; the keys here are `now`, `tier`"
                + " (tests[0].options.zone)"),
        test(
            "a tier that no rule asks for",
            "options: { tier: { send_limit: \"1\" } }, transaction: base,"
                + " expect: { action: allow }",
            "14:33: E032: no rule of this policy has `tier`; remove it here, or write `tier: {"
                + " headroom: required }` in a rule (tests[0].options.tier)"),
        test(
            "a tier of nothing",
            "options: { tier: {} }, transaction: base, expect: { action: allow }",
            "14:33: E003: the key `send_limit` is missing; add it"
                + " (tests[0].options.tier.send_limit)",
            "14:33: E032: no rule of this policy has `tier`; remove it here, or write `tier: {"
                + " headroom: required }` in a rule (tests[0].options.tier)"),
        test(
            "bare money", "transaction: base, expect: { limits: { day: { used: 1.5 } } }",
            "14:68: E020: money must be a quoted string; write \"1.5\""
                + " (tests[0].expect.limits.day.used)"),
        test(
            "too many digits",
            "transaction: base, expect: { limits: { day: { used_after: \"1.000000001\" } } }",
            "14:74: E021: \"1.000000001\" has more fraction digits than the asset; write at most 8"
                + " digits after the point (tests[0].expect.limits.day.used_after)"),
        test(
            "an unknown fixture", "transaction: bas, expect: { action: allow }",
            "14:29: E032: \"bas\" is no fixture of this file; did you mean \"base\"?"
                + " (tests[0].transaction)"),
        test(
            "an unknown origin", "transaction: { $from: bsae }, expect: { action: allow }",
            "14:38: E032: \"bsae\" is no fixture of this file; did you mean \"base\"?"
                + " (tests[0].transaction.$from)"),
        test(
            "an unknown field",
            "transaction: { $from: base, adress: \"x\" }, expect: { action: allow }",
            "14:44: E001: unknown key `adress`; did you mean `address`? the keys here are `$from`,"
                + " `account_id`, `address`, `amount`, `blockchain_output_n`, `blockchain_txid`,"
                + " `created_at`, `end_to_end_id`, `fee_account_id`, `fee_amount`, `id`,"
                + " `linked_tx_ids`, `receiver_account_id`, `reference`, `sender_account_id`,"
                + " `state`, `total_amount`, `type`, `updated_at` (tests[0].transaction.adress)"),
        test(
            "a bare address",
            "transaction: { $from: base, address: 3D2o }, expect: { action: allow }",
            "14:53: E020: `address` must be a quoted string; write \"3D2o\""
                + " (tests[0].transaction.address)"),
        test(
            "a number that JSON does not have",
            "transaction: { $from: base, amount: 0x10 }, expect: { action: allow }",
            "14:52: E003: `0x10` is no number that JSON can carry; write \"0x10\" for text"
                + " (tests[0].transaction.amount)"),
        test(
            "an account of somebody else",
            "transaction: { $from: base, account_id: \"00000000000000000000000000000009acct\" },"
                + " expect: { action: hold }",
            "14:56: E032: no account of this policy has the id"
                + " \"00000000000000000000000000000009acct\"; write the `account_id` of one of"
                + " `accounts` (tests[0].transaction.account_id)"),
        test(
            "a bare time",
            "options: { now: 2026-10-06 }, transaction: base, expect: { action: allow }",
            "14:32: E020: a time must be a quoted string; write UTC, such as"
                + " \"2026-10-01T08:00:00Z\" (tests[0].options.now)"),
        wrong(
            "a case beside cases",
            "tests:\n  - name: a\n    expect: { action: allow }\n    cases:\n"
                + "      - { transaction: base, expect: { action: allow } }\n",
            "15:5: E001: `expect` belongs to each of `cases`; move it there (tests[0].expect)"),
        wrong(
            "a name twice",
            "tests:\n  - { name: a, transaction: base, expect: { action: allow } }\n"
                + "  - { name: a, transaction: base, expect: { action: allow } }\n",
            "15:13: E003: the test on line 14 has this name already; give each test its own"
                + " (tests[1].name)"),
        wrong(
            "history that cannot have happened",
            "history:\n  - { at: \"-1h\", transaction: { $from: base, amount: null } }\n"
                + "tests:\n  - { name: a, transaction: base, expect: { action: allow } }\n",
            "14:31: E003: this cannot have been approved: amount is not an amount below zero;"
                + " correct it (history[0].transaction)"),
        wrong(
            "history to come",
            "history:\n  - { at: \"+1h\", transaction: base }\n"
                + "  - { at: \"2026-10-06T09:00:01Z\", transaction: base }\n"
                + "tests:\n  - { name: a, transaction: base, expect: { action: allow } }\n",
            "14:11: E003: history lies before the test; write \"-2h\" for 2 hours"
                + " (history[0].at)"),
        wrong(
            "history after a test",
            "history:\n  - { at: \"2026-10-06T09:00:01Z\", transaction: base }\n"
                + "tests:\n  - { name: a, transaction: base, expect: { action: allow } }\n",
            "14:11: E003: this is later than the test on line 16, at 2026-10-06T09:00:00.000Z;"
                + " write an earlier time, such as \"-2h\" (history[0].at)"),
        wrong(
            "a clock that goes back",
            "sequences:\n  - name: a\n    start: \"2026-10-06T07:00:00Z\"\n    steps:\n"
                + "      - \(step)\n      - { at: \"+59m\", transaction: base,"
                + " expect: { action: allow } }\n",
            "18:15: E003: this step is before the one above it; clocks do not go back: put the"
                + " steps in order (sequences[0].steps[1].at)"),
        wrong(
            "steps that cannot be read",
            "sequences:\n  - name: a\n    start: \"2026-10-06T07:00:00Z\"\n    steps:\n"
                + "      - { at: \"+30m1h\", transaction: base, expect: { action: allow } }\n"
                + "      - { at: \"+1h\", transaction: base }\n"
                + "      - { restart: true, at: \"+2h\" }\n      - { restart: false }\n",
            "17:15: E003: \"+30m1h\" is not a time such as +2h; write + and whole numbers of d, h,"
                + " m and s, in this order, such as +1d12h30m (sequences[0].steps[0].at)",
            "18:9: E044: without `expect` this case checks nothing; write what must come of it,"
                + " such as `expect: { action: block }` (sequences[0].steps[1])",
            "19:26: E001: `at` cannot stand beside `restart`; write two steps"
                + " (sequences[0].steps[2].at)",
            "20:20: E003: `false` is not accepted here; write `true`"
                + " (sequences[0].steps[3].restart)"),
    ]

    private func findings(_ text: String) throws -> [String] {
        var policy = PolicyText()
        policy.others["tests/t_test.yaml"] = text
        return try policy.check().findings.map {
            $0.description.replacing("p/tests/t_test.yaml:", with: "")
                .replacing(" error ", with: " ").replacing(" warning ", with: " ")
        }
    }

    @Test(arguments: all)
    func `a test that could pass for ever is refused with its place and a fix`(
        _ wrong: Wrong
    ) throws {
        let found = try findings(Self.head + wrong.text)
        #expect(found == wrong.expected, "\(found)")
    }

    @Test func `fixtures that are made from one another are refused once`() throws {
        let text = """
            apiVersion: countersign/v1
            kind: PolicyTest
            metadata: { id: t }
            fixtures:
              a: { $from: b }
              b: { $from: c }
              c: { $from: a }
              d: { $from: d }
            tests:
              - { name: x, transaction: a, expect: { action: allow } }

            """
        #expect(
            try findings(text) == [
                "7:15: E003: these fixtures are made from one another: `a`, `b`, `c`, `a`; write"
                    + " one of them out (fixtures.c.$from)",
                "8:15: E003: these fixtures are made from one another: `d`, `d`; write one of them"
                    + " out (fixtures.d.$from)",
                "10:5: E003: the time of this test is not said; write `options: { now:"
                    + " \"2026-10-06T09:00:00Z\" }`, here or for the file (tests[0])",
            ])
    }

    @Test func `fixtures are made from fixtures in any order`() throws {
        var policy = PolicyText()
        policy.others["tests/t_test.yaml"] =
            Self.head + """
                  third: { $from: second, fee_amount: "0.01" }
                  second: { $from: base, amount: "-1.49", address: null }
                tests:
                  - name: the destination is null
                    transaction: third
                    expect: { action: block, reasons: [FIELD_UNKNOWN], rules: [blocked] }

                """
        let loaded = try #require(try policy.check().loaded)
        let (report, findings) = PolicyTests.run(loaded, shownAs: "p")
        #expect(report.isPassed, "\(report.lines(colour: false))")
        #expect(report.results.first?.line == 16)
        #expect(
            findings.map(\.description) == [
                "p/policy.yaml:20:9: warning W109: no test exercises the rule `small`: it is TRUE"
                    + " in none; add a test of a transaction that it is for",
                "p/policy.yaml:30:9: warning W109: no test exercises the rule `blocked`: it is"
                    + " TRUE in none; add a test of a transaction that it is for",
            ])
    }

    @Test func `a long chain of fixtures costs neither the stack nor the patience of anybody`()
        throws
    {
        // In an order that is neither that of the chain nor its reverse.
        let numbers = (1...2_000).sorted { $0 * 709 % 2_003 < $1 * 709 % 2_003 }
        let links = numbers.map { "  f\($0): { $from: f\($0 - 1) }\n" }
        let text =
            Self.head.replacing("  base:\n", with: "  f0:\n") + links.joined()
            + "tests:\n  - { name: x, transaction: f2000, expect: { action: block } }\n"
        #expect(try findings(text) == [])
        let circle = text.replacing("  f1: { $from: f0 }", with: "  f1: { $from: f2000 }")
        let found = try findings(circle)
        #expect(found.count == 1)
        #expect(found.first?.contains("E003: these fixtures are made from one another: ") == true)
    }
}
