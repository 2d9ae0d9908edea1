extension BadPolicy {
    static let times = [
        BadPolicy(
            "a bare time", "  id: demo", "  id: demo\n  effective_from: §2026-10-01T00:00:00Z",
            "E020"),
        BadPolicy(
            "a bare date", "  id: demo", "  id: demo\n  review_by: §2027-10-01", "E020"),
        BadPolicy(
            "a date for a time", "  id: demo", "  id: demo\n  review_by: §\"2027-10-01\"", "E003"),
        BadPolicy(
            "a time of another zone", "  id: demo",
            "  id: demo\n  review_by: §\"2027-10-01T00:00:00+02:00\"", "E003"),
        BadPolicy(
            "a review before the effect", "  id: demo",
            """
              id: demo
              effective_from: "2027-10-01T00:00:00Z"
              review_by: §"2027-10-01T00:00:00Z"
            """, "E042"),
        BadPolicy(
            "a review that is overdue", "  id: demo",
            "  id: demo\n  review_by: §\"2026-10-06T09:00:00Z\"", "W116"),
        BadPolicy(
            "a zone that does not exist", "default_action: block",
            "default_action: block\n  timezone: §Europe/Berlim", "E032"),
        BadPolicy(
            "an offset for a zone", "default_action: block",
            "default_action: block\n  timezone: §\"GMT+2\"", "E032"),
        BadPolicy(
            "a request age of no length", "default_action: block",
            "default_action: block\n  max_request_age: §0h", "E003"),
        BadPolicy(
            "a clock that may be a day off", "default_action: block",
            "default_action: block\n  max_clock_skew: §24h", "E003"),
        BadPolicy(
            "another way to block", "default_action: block",
            "default_action: block\n  on_block: §delete", "E003"),
        BadPolicy(
            "cancels without cancelling", "default_action: block",
            "default_action: block\n  on_block: leave\n  max_cancels_per_hour: §10", "E003"),
        BadPolicy(
            "no cancels", "default_action: block",
            "default_action: block\n  on_block: cancel\n  max_cancels_per_hour: §0", "E003"),
        BadPolicy(
            "another weight of exposure", "default_action: block",
            "default_action: block\n  unbounded_exposure: §ignore", "E003"),
        BadPolicy(
            "hours without a zone", "    external_ref: P-2",
            "    external_ref: P-2\n    when: §{ from: \"08:00\" }", "E041"),
        BadPolicy("a month without a zone", "rolling: 24h", "calendar: §month", "E041"),
        zoned(
            "hours that name nothing", "    external_ref: P-2",
            "    external_ref: P-2\n    when: §{}", "E003"),
        zoned(
            "a day in full", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { days: [§monday] }", "E003"),
        zoned(
            "a day twice", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { days: [mon, §mon] }", "E003"),
        zoned(
            "a bare time of day", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { from: §08:00 }", "E020"),
        zoned(
            "a time of day without minutes", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { from: §\"8\" }", "E003"),
        zoned(
            "a beginning at the end of the day", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { from: §\"24:00\" }", "E003"),
        zoned(
            "a minute too many", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { to: §\"24:01\" }", "E003"),
        zoned(
            "hours over midnight", "    external_ref: P-2",
            "    external_ref: P-2\n    when: { from: §\"22:00\", to: \"06:00\" }", "E042"),
        BadPolicy(
            "two windows in one", "{ rolling: 24h }", "§{ rolling: 24h, total: true }", "E003"),
        BadPolicy("a total that is none", "rolling: 24h", "total: §false", "E003"),
        zoned("a calendar year", "rolling: 24h", "calendar: §year", "E003"),
    ]

    private static func zoned(
        _ description: String, _ old: String, _ new: String, _ code: String
    ) -> BadPolicy {
        BadPolicy(
            description, "default_action: block",
            "default_action: block\n  timezone: Europe/Berlin", and: [(old, new)], code)
    }

    /// A policy with one pattern, and a mistake in it.
    private static func pattern(
        _ description: String, _ old: String, _ new: String, _ code: String
    ) -> BadPolicy {
        let sound = """
              - id: near
                action: escalate
                scope: { type: [WITHDRAWAL] }
                per: [destination]
                window: { rolling: 24h }
                near: { percent: 10, of: [small] }
                count_at_least: 3
            """
        return BadPolicy(
            description, "limits:\n",
            "patterns:\n" + sound.replacing(old, with: new) + "\nlimits:\n", code)
    }

    static let patterns = [
        pattern("a pattern that allows", "escalate", "§allow", "E003"),
        pattern("a pattern without window", "    window: { rolling: 24h }\n", "", "E003")
            .at("  - id: near", "  - §id: near"),
        pattern("a pattern near nothing", "[small]", "§[]", "E003"),
        pattern("a pattern near an unknown rule", "[small]", "[§smal]", "E032"),
        pattern("a pattern near a block rule", "[small]", "[§blocked]", "E043"),
        pattern("all of a cap", "percent: 10", "percent: §100", "E003"),
        pattern("a habit of one", "count_at_least: 3", "count_at_least: §1", "E003"),
        pattern("a pattern of transfers", "  - id: near", "  - §id: near", "W115")
            .at("[WITHDRAWAL] }\n    per: [destination]\n", "[TRANSFER_OUTGOING] }\n"),
        pattern("an unknown key of a pattern", "    per:", "    §perr:", "E001"),
        BadPolicy("empty guards", "limits:\n", "guards: §{}\nlimits:\n", "E003"),
        BadPolicy(
            "a guard that allows", "limits:\n",
            "guards: { duplicate_reference: { action: §allow } }\nlimits:\n", "E003"),
        BadPolicy(
            "a guard without action", "limits:\n",
            "guards: { new_destination: §{ cool_off: 24h } }\nlimits:\n", "E003"),
        BadPolicy(
            "a likeness of two characters", "limits:\n",
            "guards: { lookalike: §{ prefix: 1, suffix: 1, action: block } }\nlimits:\n", "E003"),
        BadPolicy(
            "an unknown guard", "limits:\n",
            "guards: { duplicate_reference: { action: block }, §sanctions: {} }\nlimits:\n", "E001"
        ),
    ]

    static let reviewed = [
        BadPolicy(
            "a sum that no limit bounds", "  - { id: all,", "  - { id: all, per: [destination],",
            and: [("  - id: small", "  - §id: small")], "E040"),
        BadPolicy(
            "a rule for accounts of another asset", "source: { accounts: [hot] }\n    dest",
            "source: { accounts: [ether] }\n    dest",
            and: [("  - id: small", "  - §id: small")], "W101"),
        BadPolicy(
            "a rule for transfers to addresses", "type: [WITHDRAWAL]", "type: [TRANSFER_OUTGOING]",
            and: [("  - id: small", "  - §id: small")], "W101"),
        BadPolicy(
            "a label without the tag", "tags: [exchange]", "tags: [blocked]",
            and: [("  - id: small", "  - §id: small")], "W101"),
        BadPolicy(
            "a limit that counts nothing", "scope: { source: { accounts: [hot] }",
            "scope: { source: { accounts: [ether] }", and: [("  - id: day", "  - §id: day")],
            "W105"),
        BadPolicy(
            "one account of another asset among others",
            "source: { accounts: [hot] }\n    dest",
            "source: { accounts: [hot, §ether] }\n    dest",
            "W118"),
        BadPolicy(
            "a fee from accounts of two assets", "fee: { up_to: \"0.01\" }",
            "fee: { up_to: \"0.01\", account: §[hot, ether] }", "E036"),
        BadPolicy(
            "a fee of no bound from accounts of two assets",
            "    destination: { tags: [\"blocked\"] }",
            "    fee: { account: §[cold, ether] }", "E036"),
        BadPolicy(
            "a fee too fine for its payer's asset", "fee: { up_to: \"0.01\" }",
            "fee: { up_to: §\"0.000000001\", account: [cold] }", "E021"),
        BadPolicy(
            "an amount over any asset beside a fee of one",
            "    destination: { tags: [\"blocked\"] }",
            "    amount: §{ more_than: \"1\" }\n"
                + "    fee: { up_to: \"1\", account: [ether] }", "E036"),
        BadPolicy(
            "two limits of the same", "  - { id: all,",
            "  - §{ id: again, scope: { asset: [BTC] }, window: { total: true },"
                + " max_amount: \"9\" }\n  - { id: all,",
            and: [("rules:\n", "rules:\n")], "W117"
        ).at(
            "  - §{ id: again", "  - { id: again"
        ).at("  - { id: all,", "  - §{ id: all,"),
        BadPolicy(
            "an allow rule with a fee account and no bound", "fee: { up_to: \"0.01\" }",
            "fee: { account: [hot] }", and: [("  - id: small", "  - §id: small")], "W113"),
        BadPolicy(
            "no fee between the bounds", "fee: { up_to: \"0.01\" }",
            "fee: { up_to: \"0.01\", more_than: §\"0.01\" }", "E003"),
        BadPolicy(
            "an unknown fee account", "fee: { up_to: \"0.01\" }",
            "fee: { up_to: \"0.01\", account: [§fees] }", "E032"),
    ]

    /// Text that looks like other text, and addresses and labels with two meanings.
    static let lookalikes = [
        BadPolicy(
            "a variation selector in a label", in: .book, "label: Frozen",
            "label: §\"Frozen\u{FE0F}\"", "E003"),
        BadPolicy(
            "a variation selector of another plane in a tag", in: .book, "[blocked]",
            "[§\"blocked\u{E0100}\"]", "E003"),
        BadPolicy(
            "a filler in a tag", in: .book, "[blocked]", "[§\"bl\u{3164}ocked\"]", "E003"),
        BadPolicy(
            "a Braille blank in a label of a rule", "[\"Exchange A\"]",
            "[§\"Exchange\u{2800}A\"]", "E003"),
        BadPolicy(
            "a space that does not break in a label of a rule", "[\"Exchange A\"]",
            "[§\"Exchange\u{A0}A\"]", "E003"),
        BadPolicy(
            "a wide space in a tag of a rule", "[exchange]", "[§\"exchange\u{3000}\"]", "E003"),
        BadPolicy(
            "a joiner of graphemes in a title", "title: \"Demo: payouts\"",
            "title: §\"Demo\u{34F}\"", "E003"),
        BadPolicy(
            "a letter by its number", "tags: [\"blocked\"]", "tags: [§\"bl\\x6fcked\"]", "E003"),
        BadPolicy(
            "a key by its number", in: .book, "    note:", "    §\"n\\u006fte\":", "E003"),
        BadPolicy(
            "a slip in a tag", in: .book, "tags: [exchange, fast]",
            "tags: [exchange, fast, §bloked]", "W120"),
        BadPolicy(
            "a tag in another case", in: .book, "tags: [exchange, fast]",
            "tags: [exchange, §Blocked]", "W120"),
        BadPolicy(
            "a Cyrillic letter in a tag", in: .book, "tags: [exchange, fast]",
            "tags: [exchange, §blоcked]", "W120"),
        BadPolicy(
            "a Greek letter in a tag that is near to none", in: .book, "tags: [exchange, fast]",
            "tags: [exchange, §οtc-desk]", "W120"),
        BadPolicy(
            "a Cyrillic letter in a tag of a rule", "tags: [\"blocked\"]",
            "tags: [blocked, §§\"blоcked\"]", "W103", "W120"),
        BadPolicy(
            "an address blocked for another asset alone", in: .book, "    asset: [BTC, ETH]",
            "    asset: [ETH]",
            and: [
                (
                    "\"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\"",
                    "§\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\""
                )
            ], "W121"),
        BadPolicy(
            "a label on two entries", in: .book, "label: Frozen", "label: §Exchange A", "W122"),
        BadPolicy(
            "a revision that cannot be raised any more", "revision: 7",
            "revision: §9007199254740992", "E003"),
        BadPolicy(
            "a revision of the book that cannot be raised any more", in: .book, "revision: 3",
            "revision: §9223372036854775807", "E003"),
    ]

    static let entries = [
        BadPolicy(
            "another way to compare", in: .book, "    note:", "    compare: §loosely\n    note:",
            "E003"),
        BadPolicy(
            "hexadecimal comparison of other text", in: .book,
            "    address: \"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
            "    compare: hex_case_insensitive\n"
                + "    address: §\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"", "E003"),
        BadPolicy(
            "Bech32 comparison of mixed cases", in: .book,
            "    address: \"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
            "    compare: bech32_case_insensitive\n"
                + "    address: §\"bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2LHV\"", "E003"),
        BadPolicy(
            "one address in two spellings", in: .book,
            "    address: \"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
            "    address: \"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"",
            and: [
                (
                    "    address: \"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\"",
                    "    compare: hex_case_insensitive\n"
                        + "    address: §\"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\""
                )
            ], "E034"),
        BadPolicy(
            "a bare time of an entry", in: .book, "    note:",
            "    active_from: §2026-09-21T09:00:00Z\n    note:", "E020"),
        BadPolicy(
            "an entry that ends before it begins", in: .book, "    note:",
            "    active_from: \"2026-09-21T09:00:00Z\"\n"
                + "    expires_at: §\"2026-09-21T09:00:00Z\"\n    note:", "E042"),
        BadPolicy(
            "an entry that has expired", in: .book, "    note:",
            "    expires_at: §\"2026-10-06T09:00:00Z\"\n    note:", "W106"),
        BadPolicy(
            "an entry that is not active yet", in: .book, "    note:",
            "    active_from: §\"2026-10-06T09:00:01Z\"\n    note:", "W106"),
        BadPolicy(
            "a most over two assets", in: .book, "    tags: [blocked]",
            "    tags: [blocked]\n    max_per_transaction: §\"1\"", "E036"),
        BadPolicy(
            "a bare most", in: .book, "    note:", "    max_per_transaction: §1\n    note:", "E020"),
        BadPolicy(
            "a most of too many digits", in: .book, "    note:",
            "    max_per_transaction: §\"1.123456789\"\n    note:", "E021"),
        BadPolicy(
            "a mistyped address", in: .book, "\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
            "§\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9R\"", "W107"),
        BadPolicy(
            "an address that looks like another", in: .book,
            "\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"", "\"abcd-first-wxyz\"",
            and: [("\"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\"", "§\"ABCD-second-wxyz\"")], "W108"),
        BadPolicy(
            "an approval of one's own", in: .book, "    note:",
            "    added_by: anna\n    approved_by: §[bora, anna]\n    note:", "W119"),
    ]
}
