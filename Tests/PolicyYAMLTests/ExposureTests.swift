import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

/// E040: what an allow rule grants must be bounded in sum. The sound policy's rule `small` is held
/// against one limit after another.
@Suite struct ExposureTests {
    private static let sound =
        "  - { id: all, scope: { asset: [\"BTC\"] }, window: { total: true }, max_amount: \"100\" }\n"

    private func text(limits: String, tags: String = "[exchange]") -> PolicyText {
        var text = PolicyText()
        text.policy = text.policy.replacing(Self.sound, with: limits)
            .replacing("default_action: block", with: "default_action: block\n  timezone: UTC")
            .replacing("tags: [exchange]", with: "tags: \(tags)")
        return text
    }

    private func exposures(_ text: PolicyText) -> [Finding] {
        text.checkWithoutDisk().findings.filter { $0.code == .unboundedExposure }
    }

    @Test(arguments: [
        "scope: { asset: [BTC] }, window: { rolling: 1h }, max_amount: \"9\"",
        "scope: { asset: [BTC] }, window: { calendar: month }, max_amount: \"9\"",
        "scope: { asset: [BTC] }, window: { total: true }, max_amount: \"9\", max_count: 3",
        "scope: { asset: [BTC] }, per: [source, asset, entity], window: { rolling: 1h },"
            + " max_amount: \"9\"",
        "scope: { source: { accounts: [cold, hot] }, type: [WITHDRAWAL] }, per: [asset],"
            + " window: { rolling: 1h }, max_amount: \"9\"",
        "scope: { asset: [BTC], destination: { kind: allowlisted } }, window: { rolling: 1h },"
            + " max_amount: \"9\"",
        "scope: { asset: [BTC], destination: { tags: [exchange, blocked] } },"
            + " window: { rolling: 1h }, max_amount: \"9\"",
        "scope: { asset: [BTC], destination: { labels: [Frozen, Exchange A] } },"
            + " window: { rolling: 1h }, max_amount: \"9\"",
    ])
    func `a limit on the sum of all that a rule grants bounds it`(_ limit: String) {
        let text = text(limits: "  - { id: sum, \(limit) }\n")
        #expect(exposures(text).isEmpty)
        #expect(text.checkWithoutDisk().loaded != nil)
    }

    @Test(arguments: [
        "scope: { asset: [BTC] }, per: [destination], window: { total: true }, max_amount: \"9\"",
        "scope: { asset: [BTC] }, per: [source, destination], window: { rolling: 1h },"
            + " max_amount: \"9\"",
        "scope: { asset: [BTC] }, window: { total: true }, max_count: 9",
        "scope: { asset: [ETH] }, window: { total: true }, max_amount: \"9\"",
        "scope: { asset: [BTC], type: [TRANSFER_OUTGOING] }, window: { total: true },"
            + " max_amount: \"9\"",
        "scope: { asset: [BTC], source: { accounts: [cold] } }, window: { total: true },"
            + " max_amount: \"9\"",
        "scope: { asset: [BTC], destination: { tags: [fast] } }, window: { total: true },"
            + " max_amount: \"9\"",
        "scope: { asset: [BTC], destination: { labels: [Exchange A], tags: [fast] } },"
            + " window: { total: true }, max_amount: \"9\"",
    ])
    func `a limit that lets some of it go on for ever does not`(_ limit: String) {
        let text = text(limits: "  - { id: sum, \(limit) }\n")
        #expect(exposures(text).count == 1)
        #expect(text.checkWithoutDisk().loaded == nil)
    }

    @Test func `limits that share a rule's destinations among them bound it together`() {
        func limit(_ tag: String) -> String {
            "  - { id: \(tag), scope: { asset: [BTC], destination: { tags: [\(tag)] } },"
                + " window: { rolling: 1h }, max_amount: \"9\" }\n"
        }
        let both = text(limits: limit("exchange") + limit("fast"), tags: "[exchange, fast]")
        #expect(exposures(both).isEmpty)
        #expect(exposures(text(limits: limit("fast"), tags: "[exchange, fast]")).count == 1)
    }

    @Test func `the finding names what is open, and its line of YAML closes it`() throws {
        var text = text(limits: "")
        let finding = try #require(exposures(text).first)
        #expect(
            finding.message
                == "`small` allows WITHDRAWAL of `BTC` from `hot`, and no limit with `max_amount`"
                + " bounds their sum over all destinations")
        #expect(finding.path.description == "rules[0]" && finding.severity == .error)
        let line = try #require(finding.fix?.split(separator: "`limits`: ").last)
        text.policy += "  \(line)\n"
        #expect(text.checkWithoutDisk().loaded?.policy.limits.map(\.id) == ["day", "small-sum"])
    }

    @Test func `each type and every open account is named`() throws {
        var text = text(limits: "")
        text.policy = text.policy
            .replacing("type: [WITHDRAWAL]", with: "type: [WITHDRAWAL, TRANSFER_OUTGOING]")
            .replacing("source: { accounts: [hot] }\n", with: "source: { accounts: [hot, cold] }\n")
            .replacing(
                "{ labels: [\"Exchange A\"], tags: [exchange], kind: allowlisted }",
                with: "{ kind: account }")
        #expect(exposures(text).count == 1, "withdrawals go to no account")
        text.policy = text.policy.replacing(
            "limits:\n",
            with: """
                  - id: both
                    action: allow
                    type: [WITHDRAWAL]
                    source: { accounts: [hot, cold] }
                    destination: { kind: allowlisted }
                    asset: [BTC]
                    amount: { up_to: "1" }
                    fee: { up_to: "0" }
                limits:

                """)
        #expect(
            exposures(text).map { $0.message.prefix(62) } == [
                "`small` allows TRANSFER_OUTGOING of `BTC` from `cold`, `hot`, ",
                "`both` allows WITHDRAWAL of `BTC` from `cold`, `hot`, and no l",
            ])
    }

    @Test func `with unbounded_exposure warn it is a warning of the same code`() throws {
        var text = text(limits: "")
        text.policy = text.policy.replacing(
            "  timezone: UTC", with: "  timezone: UTC\n  unbounded_exposure: warn")
        let (loaded, findings) = text.checkWithoutDisk()
        #expect(
            findings.filter { $0.code == .unboundedExposure }.map(\.severity) == [.warning])
        let warnings = try #require(loaded).warnings
        #expect(warnings.contains { $0.contains(": warning E040: `small` allows") })
    }

    @Test func `nothing is said of sums while a limit cannot be read`() {
        let text = text(limits: "  - { id: sum, window: { rolling: never }, max_amount: \"9\" }\n")
        #expect(exposures(text).isEmpty)
        #expect(text.checkWithoutDisk().loaded == nil)
    }
}
