extension BadPolicy {
    /// Groups and a rule that asks one of them, both sound in the sound policy.
    static let soundGroups = """
        groups:
          board:
            approval_method_id: "00000000000000000000000000000009apmt"
            approval_group_id: "board-1"
            quorum: 2
            members:
              anna: { entity_id: "0000000000000000000000000000000aenty", approval_method_id: "0000000000000000000000000000000aapmt" }
              bora: { entity_id: "0000000000000000000000000000000benty", approval_method_id: "0000000000000000000000000000000bapmt" }
              carl: { entity_id: "0000000000000000000000000000000centy", approval_method_id: "0000000000000000000000000000000capmt" }

        """

    static let soundQuorum =
        "    quorum: { group: board, min_approvals: 2, ask: [anna, bora, carl], "
        + "order: parallel, expires_after: 24h, on_expiry: cancel }\n"

    /// The sound policy with a group that its allow rule asks, and a mistake in it.
    private static func asking(
        _ description: String, _ old: String, _ new: String, _ expected: String...
    ) -> BadPolicy {
        BadPolicy(
            description, expecting: expected,
            [
                ("rules:\n", soundGroups + "rules:\n"),
                ("    external_ref: P-2\n", "    external_ref: P-2\n" + soundQuorum), (old, new),
            ])
    }

    static let groups = groupMistakes + memberMistakes + quorumMistakes + askMistakes + together

    private static let groupMistakes = [
        BadPolicy("groups as a list", "rules:\n", "groups: §[board]\nrules:\n", "E003"),
        BadPolicy("no group at all", "rules:\n", "groups: §{}\nrules:\n", "E003"),
        BadPolicy(
            "a group that no rule asks", "rules:\n",
            soundGroups.replacing("  board:", with: "  §board:") + "rules:\n", "W124"),
        asking(
            "a group of nobody's", "groups:\n  board:", "groups:\n  §none: {}\n  board:", "E003"),
        asking(
            "a bare method", "approval_method_id: \"00000000000000000000000000000009apmt\"",
            "approval_method_id: §00000000000000000000000000000009apmt", "E020"),
        asking(
            "an account for a method", "\"00000000000000000000000000000009apmt\"",
            "§\"00000000000000000000000000000009\"", "E003"),
        asking("a bare group id", "\"board-1\"", "§board-1", "E020"),
        asking("an empty group id", "\"board-1\"", "§\"\"", "E003"),
        asking("a group id that is not plain", "\"board-1\"", "§\"bøard\"", "E003"),
        asking(
            "a long group id", "\"board-1\"", "§\"" + String(repeating: "a", count: 129) + "\"",
            "E003"),
        asking("a quorum of nobody", "quorum: 2", "quorum: §0", "E003"),
        asking("a quorum in quotes", "quorum: 2", "quorum: §\"2\"", "E003"),
        asking("a quorum above the members", "quorum: 2", "quorum: §4", "E039"),
        asking(
            "a key twice in a group", "    quorum: 2\n", "    quorum: 2\n    §quorum: 2\n", "E002"),
        asking(
            "an unknown key of a group", "    quorum: 2\n", "    quorum: 2\n    §chair: anna\n",
            "E001"),
        asking("a group without a quorum", "    quorum: 2\n", "", "E003").at(
            "    approval_method_id: \"00000000000000000000000000000009apmt\"",
            "    §approval_method_id: \"00000000000000000000000000000009apmt\""),
        asking(
            "one method in two groups", "groups:\n",
            """
            groups:
              atrium:
                approval_method_id: "00000000000000000000000000000009apmt"
                approval_group_id: "other"
                quorum: 1
                members:
                  dora: { entity_id: "0000000000000000000000000000000denty", approval_method_id: "0000000000000000000000000000000dapmt" }

            """, "W124", "E003"
        ).at("  atrium:", "  §atrium:")
            .at(
                "  board:\n    approval_method_id: \"", "  board:\n    approval_method_id: §\""),
    ]

    private static let memberMistakes = [
        asking(
            "one person as two members", "\"0000000000000000000000000000000centy\"",
            "§\"0000000000000000000000000000000aenty\"", "E045"),
        asking(
            "one method for two members", "\"0000000000000000000000000000000capmt\"",
            "§\"0000000000000000000000000000000aapmt\"", "E045"),
        asking(
            "the group's method for a member", "\"0000000000000000000000000000000capmt\"",
            "§\"00000000000000000000000000000009apmt\"", "E045"),
        asking(
            "a member without a method",
            "{ entity_id: \"0000000000000000000000000000000centy\", approval_method_id:"
                + " \"0000000000000000000000000000000capmt\" }",
            "§{ entity_id: \"0000000000000000000000000000000centy\" }", "E003"),
        asking(
            "a member by name alone",
            "{ entity_id: \"0000000000000000000000000000000centy\", approval_method_id:"
                + " \"0000000000000000000000000000000capmt\" }", "§carl", "E003"),
        asking(
            "a member twice", "      bora: {",
            "      §anna: { entity_id: \"0000000000000000000000000000000denty\","
                + " approval_method_id: \"0000000000000000000000000000000dapmt\" }\n      bora: {",
            "E002"),
        asking(
            "an approver who owns the account", "\"0000000000000000000000000000000centy\"",
            "\"00000000000000000000000000000001enty\"", "E046"
        ).at("{ group: board", "{ group: §board"),
    ]

    private static let quorumMistakes = [
        asking(
            "a bound of cancels where nothing is cancelled", "on_expiry: cancel",
            "on_expiry: escalate", "E003"
        ).at("default_action: block", "default_action: block\n  max_cancels_per_hour: §5"),
        asking(
            "a group for two entities", "    source: { accounts: [hot] }\n    destination",
            "    source: { accounts: [hot, cold] }\n    destination", "W127"
        ).at(
            "cold: { account_id: \"00000000000000000000000000000002acct\","
                + " entity_id: \"00000000000000000000000000000001enty\"",
            "cold: { account_id: \"00000000000000000000000000000002acct\","
                + " entity_id: \"00000000000000000000000000000002enty\""
        ).at("{ group: board", "{ group: §board"),
        asking("an unknown group", "group: board", "group: §bord", "E032"),
        BadPolicy(
            "a group where there are none", "    external_ref: P-2\n",
            "    external_ref: P-2\n"
                + soundQuorum.replacing("group: board", with: "group: §board"), "E032"),
        asking(
            "a quorum of a block rule", "    destination: { tags: [\"blocked\"] }",
            "    destination: { tags: [\"blocked\"] }\n    quorum: §{ group: board,"
                + " min_approvals: 2, ask: [anna, bora], expires_after: 1h }", "E003"),
        asking(
            "an unknown key of a quorum", "min_approvals: 2,", "min_approvals: 2, §veto: anna,",
            "E001"),
        asking(
            "a key twice in a quorum", "min_approvals: 2,", "min_approvals: 2, §min_approvals: 1,",
            "E002"),
        asking("nobody must approve", "min_approvals: 2", "min_approvals: §0", "E003"),
        asking("more than the quorum", "min_approvals: 2", "min_approvals: §3", "E039"),
        asking("another order", "order: parallel", "order: §random", "E003"),
        asking("another end", "on_expiry: cancel", "on_expiry: §approve", "E003"),
        asking("no time at all", "expires_after: 24h", "expires_after: §0h", "E003"),
        asking("more than a year", "expires_after: 24h", "expires_after: §366d", "E003"),
        asking("less than a minute", "expires_after: 24h", "expires_after: §59s", "W126"),
        asking("more than 30 days", "expires_after: 24h", "expires_after: §31d", "W126"),
        asking("no end of asking", ", expires_after: 24h", "", "E003")
            .at("quorum: { group", "quorum: §{ group"),
    ]

    private static let askMistakes = [
        asking("an unknown member", "bora, carl]", "bora, §karl]", "E032"),
        asking("a member asked twice", "[anna, bora, carl]", "[anna, bora, §anna]", "E045"),
        asking("too few are asked", "ask: [anna, bora, carl]", "ask: §[anna]", "E039"),
        asking("nobody is asked", "ask: [anna, bora, carl]", "ask: §[]", "E003"),
        asking("a member without a list", "ask: [anna, bora, carl]", "ask: §anna", "E003"),
    ]

    /// Another rule that asks, for what the first is for too, written with a mark.
    private static let second = """
          - id: second
            action: allow
            type: [WITHDRAWAL]
            source: { accounts: [hot] }
            destination: { tags: [exchange] }
            asset: [BTC]
            amount: { more_than: "1", up_to: "9" }
            fee: { up_to: "0.02", account: [hot] }
            quorum: §{ group: board, min_approvals: 1, ask: [anna, bora], expires_after: 1h }
          - id: blocked

        """

    private static let together = [
        asking("two that ask differently", "  - id: blocked\n", second, "W125"),
        BadPolicy(
            "a tier for another asset than euros", "    external_ref: P-2\n",
            "    external_ref: P-2\n    tier: §{ headroom: required }\n", "W123"),
        BadPolicy(
            "a tier for a block rule", "    destination: { tags: [\"blocked\"] }",
            "    destination: { tags: [\"blocked\"] }\n    tier: §{ headroom: required }", "W123"),
        BadPolicy(
            "another headroom", "    external_ref: P-2\n",
            "    external_ref: P-2\n    tier: { headroom: §preferred }\n", "E003"),
        BadPolicy(
            "a tier of nothing", "    external_ref: P-2\n",
            "    external_ref: P-2\n    tier: §{}\n", "E003"),
        BadPolicy(
            "another key of a tier", "    external_ref: P-2\n",
            "    external_ref: P-2\n    tier: §{ §room: required, headroom: required }\n",
            "W123", "E001"),
    ]
}
