/// A sound policy or address book with one mistake. In the edits `§` marks each place where a
/// finding must stand; `expected` are their codes in the order of the text.
struct BadPolicy: CustomStringConvertible, Sendable {
    enum File: String, Sendable {
        case policy = "p/policy.yaml"
        case book = "p/address_book.yaml"
    }

    let description: String
    let file: File
    let edits: [(old: String, new: String)]
    let expected: [String]

    init(
        _ description: String, in file: File = .policy, _ old: String, _ new: String,
        and more: [(old: String, new: String)] = [], _ expected: String...
    ) {
        self.description = description
        self.file = file
        edits = [(old, new)] + more
        self.expected = expected
    }

    /// A mistake in the policy that takes several edits.
    init(_ description: String, expecting: [String], _ edits: [(old: String, new: String)]) {
        self.init(description, file: .policy, edits: edits, expected: expecting)
    }

    /// The same with another edit, made after the others.
    func at(_ old: String, _ new: String) -> BadPolicy {
        BadPolicy(description, file: file, edits: edits + [(old, new)], expected: expected)
    }

    private init(
        _ description: String, file: File, edits: [(old: String, new: String)], expected: [String]
    ) {
        self.description = description
        self.file = file
        self.edits = edits
        self.expected = expected
    }

    /// The edited text without marks, and the marks' lines and columns. Nil where an edit does not
    /// fit exactly one place.
    func apply(to sound: String) -> (text: String, places: [String])? {
        var marked = sound
        for (old, new) in edits {
            guard marked.components(of: old) == 1 else { return nil }
            marked = marked.replacing(old, with: new)
        }
        var text = ""
        var places: [String] = []
        var (line, column) = (1, 1)
        for scalar in marked.unicodeScalars {
            if scalar == "§" {
                places.append("\(line):\(column)")
                continue
            }
            text.unicodeScalars.append(scalar)
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        return (text, places)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        ranges(of: part).count
    }
}

extension BadPolicy {
    static let all =
        head + settings + names + rules + limits + book + times + patterns + reviewed + lookalikes
        + entries + groups

    private static let head = [
        BadPolicy("a key that nobody knows", "  id: demo", "  id: demo\n  §tittle: x", "E001"),
        BadPolicy("an unknown key at the top", "kind: Policy", "kind: Policy\n§rulez: []", "E001"),
        BadPolicy(
            "a duplicate key", "  revision: 7", "  revision: 7\n  §revision: 8", "E002"),
        BadPolicy("another version", "countersign/v1", "§countersign/v2", "E003"),
        BadPolicy("the wrong kind", "kind: Policy", "kind: §AddressBook", "E003"),
        BadPolicy(
            "no kind", "apiVersion: countersign/v1\nkind: Policy", "§apiVersion: countersign/v1",
            "E003"),
        BadPolicy("no id", "  id: demo\n  revision", "  §revision", "E003"),
        BadPolicy("an id with a space", "id: demo", "id: §my policy", "E003"),
        BadPolicy("revision zero", "revision: 7", "revision: §0", "E003"),
        BadPolicy("a quoted revision", "revision: 7", "revision: §\"7\"", "E003"),
        BadPolicy("a fractional revision", "revision: 7", "revision: §7.5", "E003"),
        BadPolicy("officers", "kind: Policy", "kind: Policy\n§officers: {}", "E001"),
        BadPolicy("a shadow", "kind: Policy", "kind: Policy\n§shadow: true", "E001"),
        BadPolicy("an anchor", "title: \"Demo: payouts\"", "title: §&t \"Demo\"", "E003"),
    ]

    private static let settings = [
        BadPolicy(
            "no default action", "  default_action: block\n  challenge", "  §challenge", "E003"),
        BadPolicy(
            "allow as the default", "default_action: block", "default_action: §allow", "E003"),
        BadPolicy(
            "another basis", "default_action: block",
            "default_action: block\n  amount_basis: §fee", "E003"),
        BadPolicy(
            "an attribute that must be signed", "[\"fee_account_id\"]",
            "[fee_account_id, §amount]", "E037"),
        BadPolicy(
            "an attribute required and accepted unsigned", "{ accept",
            "{ required_attrs: [reference, fee_amount], accept",
            and: [("[\"fee_account_id\"]", "[fee_account_id, §reference]")], "E037"),
        BadPolicy(
            "a required attribute that the platform does not have", "{ accept",
            "{ required_attrs: [fee_amount, §initiator], accept", "E033"),
        BadPolicy(
            "an attribute accepted twice", "[\"fee_account_id\"]",
            "[fee_account_id, §fee_account_id]", "E003"),
        BadPolicy("a loose binding", "{ accept", "{ bind: §loose, accept", "E003"),
        BadPolicy(
            "a fee account that may not be signed",
            "  challenge: { accept_unsigned: [\"fee_account_id\"] }",
            "  amount_basis: amount_plus_fee",
            and: [("settings:\n  default", "settings:\n  §default")], "W114"),
    ]

    private static let names = [
        BadPolicy(
            "an unquoted id", "hot: { account_id: \"00000000000000000000000000000001acct\"",
            "hot: { account_id: §00000000000000000000000000000001acct", "E020"),
        BadPolicy(
            "an id of another length",
            "hot: { account_id: \"00000000000000000000000000000001acct\"",
            "hot: { account_id: §\"0001acct\"", "E003"),
        BadPolicy(
            "an account without entity",
            "cold: { account_id: \"00000000000000000000000000000002acct\", entity_id: \"00000000000000000000000000000001enty\",",
            "cold: §{ account_id: \"00000000000000000000000000000002acct\",", "E003"),
        BadPolicy(
            "one account under two names", "\"00000000000000000000000000000002acct\"",
            "§\"00000000000000000000000000000001acct\"", "E003"),
        BadPolicy(
            "one asset under two names", "\"00000000000000000000000000000002asst\"",
            "§\"00000000000000000000000000000001asst\"", "E003"),
        BadPolicy(
            "an account of an unknown asset", "0002enty\", asset: ETH", "0002enty\", asset: §ETC",
            "E032"),
        BadPolicy("too fine a precision", "precision: 18", "precision: §19", "E003"),
        BadPolicy("a quoted precision", "precision: 18", "precision: §\"18\"", "E003"),
    ]

    private static let rules = [
        BadPolicy("no id of a rule", "  - id: small\n    action", "  - §action", "E003"),
        BadPolicy("one id for two rules", "id: blocked", "id: §small", "E003"),
        BadPolicy("a slip in an action", "action: allow", "action: §alow", "E003"),
        BadPolicy("a slip in a key", "    description: small", "    §descripton: small", "E001"),
        BadPolicy(
            "a key of rules that is not built yet", "    external_ref: P-2",
            "    external_ref: P-2\n    §approvals: { min: 2 }", "E001"),
        BadPolicy(
            "an initiator", "    external_ref: P-2", "    §initiator: [anna]", "E033"),
        BadPolicy(
            "no type", "  - id: small", "  - §id: small", and: [("    type: [WITHDRAWAL]\n", "")],
            "E031"),
        BadPolicy(
            "no source", "  - id: small", "  - §id: small",
            and: [("    source: { accounts: [hot] }\n    dest", "    dest")], "E031"),
        BadPolicy(
            "no asset", "  - id: small", "  - §id: small",
            and: [("    asset: [BTC]\n    amount", "    amount")], "E031"),
        BadPolicy(
            "no cap", "  - id: small", "  - §id: small", and: [(", up_to: \"1.5\"", "")], "E031"),
        BadPolicy(
            "no amount", "  - id: small", "  - §id: small",
            and: [("    amount: { more_than: \"0.1\", up_to: \"1.5\" }\n", "")], "E031"),
        BadPolicy(
            "a source that names nothing", "source: { accounts: [hot] }\n    dest",
            "source: §{}\n    dest", "E031"),
        BadPolicy(
            "a destination that names nothing",
            "{ labels: [\"Exchange A\"], tags: [exchange], kind: allowlisted }", "§{}", "E031"),
        BadPolicy("an empty list", "type: [WITHDRAWAL]", "type: §[]", "E003"),
        BadPolicy("a word for a list", "type: [WITHDRAWAL]", "type: §WITHDRAWAL", "E003"),
        BadPolicy("a deposit", "type: [WITHDRAWAL]", "type: [§DEPOSIT]", "E003"),
        BadPolicy(
            "an account twice", "source: { accounts: [hot] }\n",
            "source: { accounts: [hot, §hot] }\n",
            "E003"),
        BadPolicy(
            "an unknown account", "source: { accounts: [hot] }\n", "source: { accounts: [§hto] }\n",
            "E032"),
        BadPolicy(
            "an entity without account", "source: { accounts: [hot] }\n",
            "source: { entities: [§\"00000000000000000000000000000009enty\"] }\n", "E032"),
        BadPolicy("an unknown label", "[\"Exchange A\"]", "[§\"Exchange B\"]", "E032"),
        BadPolicy("an unknown kind", "kind: allowlisted", "kind: §known", "E003"),
        BadPolicy(
            "a tag that no entry carries", "tags: [\"blocked\"]", "tags: [§\"bloked\"]", "W103"),
        BadPolicy(
            "an unknown asset", "asset: [BTC]\n    amount", "asset: [§BTX]\n    amount", "E032"),
        BadPolicy("unquoted money", "up_to: \"1.5\"", "up_to: §1.5", "E020"),
        BadPolicy("too many digits", "up_to: \"1.5\"", "up_to: §\"1.123456789\"", "E021"),
        BadPolicy("an exponent", "up_to: \"1.5\"", "up_to: §\"1e3\"", "E003"),
        BadPolicy("a negative cap", "up_to: \"1.5\"", "up_to: §\"-1.5\"", "E003"),
        BadPolicy(
            "a cap of zero", "{ more_than: \"0.1\", up_to: \"1.5\" }", "{ up_to: §\"0\" }", "E003"),
        BadPolicy(
            "a cap beyond all bounds", "up_to: \"1.5\"",
            "up_to: §\"99999999999999999999999999999999999999\"", "E003"),
        BadPolicy(
            "no amount between the bounds", "more_than: \"0.1\"", "more_than: §\"1.50\"", "E003"),
        BadPolicy(
            "an amount over two assets", "asset: [BTC]\n    amount: {",
            "asset: [BTC, ETH]\n    amount: §{", "E036"),
        BadPolicy(
            "an amount over any asset", "    destination: { tags: [\"blocked\"] }",
            "    amount: §{ more_than: \"1\" }", "E036"),
        BadPolicy(
            "a fee over any asset", "    destination: { tags: [\"blocked\"] }",
            "    fee: §{ up_to: \"1\" }", "E036"),
        BadPolicy(
            "a fee without cap", "fee: { up_to: \"0.01\" }", "fee: §{}",
            and: [("  - id: small", "  - §id: small")], "W113", "E003"),
        BadPolicy(
            "an allow rule without fee", "  - id: small", "  - §id: small",
            and: [("    fee: { up_to: \"0.01\" }\n", "")], "W113"),
    ]

    private static let limits = [
        BadPolicy(
            "a limit of nothing", "  - id: day", "  - §id: day",
            and: [("    max_amount: \"3\"\n    max_count: 10\n", "")], "E003"),
        BadPolicy(
            "no window", "  - id: day", "  - §id: day",
            and: [("    window: { rolling: 24h }\n", "")], "E003"),
        BadPolicy("an empty window", "window: { rolling: 24h }", "window: §{}", "E003"),
        BadPolicy("a window of no length", "rolling: 24h", "rolling: §0h", "E003"),
        BadPolicy("a window without unit", "rolling: 24h", "rolling: §24", "E003"),
        BadPolicy(
            "a scope that names nothing", "scope: { source: { accounts: [hot] }, asset: [BTC] }",
            "scope: §{}", and: [("    max_amount: \"3\"\n", "")], "E003"),
        BadPolicy("a scope by amount", "asset: [BTC] }", "asset: [BTC], §amount: {} }", "E001"),
        BadPolicy(
            "a limit by what is unknown", "per: [destination, source]", "per: [§address]", "E003"),
        BadPolicy("an exceeded limit that allows", "on_exceed: block", "on_exceed: §allow", "E003"),
        BadPolicy("a limit of zero", "max_amount: \"3\"", "max_amount: §\"0\"", "E003"),
        BadPolicy("an unquoted limit", "max_amount: \"3\"", "max_amount: §3", "E020"),
        BadPolicy("too fine a limit", "max_amount: \"3\"", "max_amount: §\"3.000000001\"", "E021"),
        BadPolicy("a count of zero", "max_count: 10", "max_count: §0", "E003"),
        BadPolicy(
            "a sum over any asset", ", asset: [BTC] }", " }", and: [("\"3\"", "§\"3\"")], "E036"),
        BadPolicy(
            "a sum per asset over two assets", "{ source: { accounts: [hot] }, asset: [BTC] }",
            "{ asset: [BTC, ETH] }",
            and: [("per: [destination, source]", "per: [asset]"), ("\"3\"", "§\"3\"")], "E036"),
        BadPolicy(
            "one id for two limits", "limits:\n",
            "limits:\n  - { id: day, window: { rolling: 1h }, max_count: 1 }\n",
            and: [("  - id: day\n", "  - id: §day\n")], "E003"),
    ]

    private static let book = [
        BadPolicy(
            "no revision of the book", in: .book, "{ id: demo-addresses, revision: 3 }",
            "§{ id: demo-addresses }", "E003"),
        BadPolicy(
            "an unquoted address", in: .book, "\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
            "§3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", "E020"),
        BadPolicy(
            "an address with a space", in: .book, "\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"",
            "§\"3D2o etdN\"", "E003"),
        BadPolicy(
            "an address with a letter of another script", in: .book,
            "\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"", "§\"3D2оetdN\"", "E003"),
        BadPolicy(
            "an address twice", in: .book, "\"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\"",
            "§\"3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r\"", "E034"),
        BadPolicy("an entry for an unknown asset", in: .book, "[BTC, ETH]", "[BTC, §ETC]", "E032"),
        BadPolicy(
            "an entry without label", in: .book, "  - label: Frozen\n    asset", "  - §asset",
            "E003"),
        BadPolicy(
            "a label with a space at its end", in: .book, "label: Frozen", "label: §\"Frozen \"",
            "E003"),
        BadPolicy(
            "an entry without asset", in: .book, "  - label: Frozen\n    asset: [BTC, ETH]\n",
            "  - §label: Frozen\n", "E003"),
        BadPolicy("an unknown key of an entry", in: .book, "    note:", "    §notes:", "E001"),
    ]
}
