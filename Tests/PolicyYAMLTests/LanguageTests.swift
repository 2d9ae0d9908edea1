import ApprovalAgent
import ApprovalCore
import PolicyYAML
import Testing

/// Every key of the language becomes the value that it stands for.
@Suite struct LanguageTests {
    private func policy(_ edits: (old: String, new: String)...) throws -> Policy {
        var text = PolicyText()
        for (old, new) in edits { text.policy = text.policy.replacing(old, with: new) }
        let (loaded, findings) = text.checkWithoutDisk()
        return try #require(loaded, "\(findings)").policy
    }

    private func settings(_ lines: String) throws -> Settings {
        try policy(("default_action: block\n", "default_action: block\n" + lines)).settings
    }

    @Test func `settings are as written, and their defaults where they are not`() throws {
        let settings = try settings(
            """
              timezone: "Europe/Berlin"
              max_request_age: 2h
              max_clock_skew: 5s
              on_block: cancel
              max_cancels_per_hour: 3

            """)
        #expect(settings.zone == ZoneRules(named: "Europe/Berlin") && settings.zone != nil)
        #expect(settings.maxRequestAge == 7_200_000 && settings.maxClockSkew == 5_000)
        #expect(settings.onBlock == .cancel(mostPerHour: 3))
        let plain = try self.settings("")
        #expect(plain.zone == nil && plain.onBlock == .leave)
        #expect(plain.maxRequestAge == 86_400_000 && plain.maxClockSkew == 60_000)
        #expect(try self.settings("  on_block: cancel\n").onBlock == .cancel(mostPerHour: 10))
        #expect(try self.settings("  on_block: leave\n").onBlock == .leave)
    }

    @Test func `the span of a policy is in its metadata`() throws {
        let metadata = try policy(
            (
                "  revision: 7",
                """
                  revision: 7
                  effective_from: "2026-10-01T00:00:00Z"
                  review_by: "2027-10-01T00:00:00Z"
                """
            )
        ).metadata
        #expect(metadata.effectiveFrom == UnixTime(rfc3339: "2026-10-01T00:00:00Z"))
        #expect(metadata.reviewBy == UnixTime(rfc3339: "2027-10-01T00:00:00Z"))
    }

    @Test(
        arguments: [
            ("{ days: [mon, sun] }", [.mon, .sun], 0, 1_440),
            ("{ from: \"08:30\" }", nil, 510, 1_440), ("{ to: '24:00' }", nil, 0, 1_440),
            ("{ days: [fri], from: \"00:00\", to: \"00:01\" }", [.fri], 0, 1),
            ("{ from: \"23:59\", to: \"24:00\" }", nil, 1_439, 1_440),
        ] as [(String, Set<CivilTime.Weekday>?, Int, Int)])
    func `hours are minutes of the days named`(
        _ written: String, _ days: Set<CivilTime.Weekday>?, _ from: Int, _ to: Int
    ) throws {
        let policy = try policy(
            ("default_action: block", "default_action: block\n  timezone: UTC"),
            ("    external_ref: P-2", "    external_ref: P-2\n    when: \(written)"))
        #expect(
            policy.rules.last?.conditions.last
                == .when(WhenCondition(days: days, from: from, to: to)))
    }

    @Test func `a fee has bounds and payers`() throws {
        let btc = { (text: String) in try Amount(text, precision: 8) }
        var policy = try policy(
            (
                "fee: { up_to: \"0.01\" }",
                "fee: { more_than: \"0\", up_to: \"0.01\", account: [hot, cold] }"
            ))
        let accounts = Set(["hot", "cold"].compactMap { policy.accounts[$0]?.id })
        #expect(
            policy.rules.last?.conditions.last
                == .fee(
                    FeeCondition(moreThan: try btc("0"), upTo: try btc("0.01"), accounts: accounts))
        )
        let ether = Set(["ether"].compactMap { policy.accounts[$0]?.id })
        let finest = try Amount("0.000000000000000001", precision: 18)
        for (old, action) in [
            ("fee: { up_to: \"0.01\" }", 1), ("destination: { tags: [\"blocked\"] }", 0),
        ] {
            policy = try self.policy(
                (old, "fee: { up_to: \"0.000000000000000001\", account: [ether] }"))
            #expect(
                policy.rules.reversed()[1 - action].conditions.last
                    == .fee(FeeCondition(upTo: finest, accounts: ether)))
        }
        policy = try self.policy(
            ("    destination: { tags: [\"blocked\"] }", "    fee: { account: [cold] }"))
        let cold = Set(["cold"].compactMap { policy.accounts[$0]?.id })
        #expect(policy.rules.first?.conditions == [.fee(FeeCondition(accounts: cold))])
    }

    @Test(
        arguments: [
            ("rolling: 90s", .rolling(milliseconds: 90_000)), ("calendar: hour", .calendar(.hour)),
            ("calendar: day", .calendar(.day)), ("calendar: week", .calendar(.week)),
            ("calendar: \"month\"", .calendar(.month)), ("total: true", .total),
        ] as [(String, Window)])
    func `a window is rolling, by the calendar, or for ever`(
        _ written: String, _ window: Window
    ) throws {
        let policy = try policy(
            ("default_action: block", "default_action: block\n  timezone: UTC"),
            ("rolling: 24h", written))
        #expect(policy.limits.last?.window == window)
    }

    @Test func `a pattern has the caps of the rules that it names`() throws {
        let policy = try policy(
            (
                "limits:\n",
                """
                patterns:
                  - id: near
                    action: block
                    scope: { type: [WITHDRAWAL] }
                    per: [destination, source]
                    window: { rolling: 24h }
                    near: { percent: 10, of: [small] }
                    count_at_least: 3
                limits:

                """
            ))
        let cap = Pattern.Cap(
            rule: "small", assets: ["BTC"], upTo: try Amount("1.5", precision: 8))
        #expect(
            policy.patterns == [
                Pattern(
                    id: "near", action: .block, scope: [.type(TypeCondition([.withdrawal]))],
                    per: [.destination, .source], window: .rolling(milliseconds: 86_400_000),
                    percent: 10, caps: [cap], countAtLeast: 3)
            ])
    }

    @Test func `guards are those that are written`() throws {
        let all = try policy(
            (
                "limits:\n",
                """
                guards:
                  lookalike: { prefix: 4, suffix: 6, action: block }
                  new_destination: { cool_off: 24h, action: escalate }
                  duplicate_reference: { action: block }
                limits:

                """
            ))
        #expect(
            all.guards
                == Guards(
                    lookalike: .init(prefix: 4, suffix: 6, action: .block),
                    newDestination: .init(coolOffMilliseconds: 86_400_000, action: .escalate),
                    duplicateReference: .init(action: .block)))
        #expect(try policy().guards == Guards())
    }

    @Test func `an entry has every key of the address book`() throws {
        var text = PolicyText()
        text.book += """
              - label: Ether desk
                asset: [ETH]
                address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
                compare: hex_case_insensitive
                tags: [exchange]
                added_by: anna
                approved_by: [bora, carl]
                active_from: "2026-09-21T09:00:00Z"
                expires_at: "2027-09-21T00:00:00Z"
                max_per_transaction: "1.000000000000000001"
                note: ""

            """
        let (loaded, findings) = text.checkWithoutDisk()
        let book = try #require(loaded, "\(findings)").policy.addressBook
        #expect(
            book.entries.last
                == AddressBook.Entry(
                    label: "Ether desk", assets: ["ETH"],
                    address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                    compare: .hexCaseInsensitive, tags: ["exchange"], addedBy: "anna",
                    approvedBy: ["bora", "carl"],
                    activeFrom: UnixTime(rfc3339: "2026-09-21T09:00:00Z"),
                    expiresAt: UnixTime(rfc3339: "2027-09-21T00:00:00Z"),
                    maxPerTransaction: Amount(units: 1_000_000_000_000_000_001, scale: 18),
                    note: ""))
    }

    @Test func `a pattern near a rule that is wrong itself adds no finding of its own`() {
        var text = PolicyText()
        text.policy = text.policy.replacing("up_to: \"1.5\"", with: "up_to: 1.5").replacing(
            "limits:\n",
            with: "patterns:\n  - { id: near, action: block, window: { rolling: 1h }, "
                + "near: { percent: 1, of: [small] }, count_at_least: 2 }\nlimits:\n")
        #expect(
            text.checkWithoutDisk().findings.filter { $0.severity == .error }.map(\.code)
                == [.unquoted])
    }
}
