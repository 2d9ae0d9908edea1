import Foundation
import ProgramTestKit

/// Mistakes in `countersign.yaml`.
enum ConfigurationMistakes {
    private static let base = "http://127.0.0.1:1/v1"

    static let platform: [Mistake] = [
        .configured(
            "plaintext to another host", base, "http://example.invalid/v1",
            says: "{folder}/countersign.yaml:7:13: error E003", "plaintext to example.invalid",
            "write https://, or use a loopback address"),
        .configured(
            "a user in the base URL", base, "https://me:secret@example.invalid/v1",
            says: "countersign.yaml:7:13", "names a user", "remove all up to the @"),
        .configured(
            "a query in the base URL", base, "https://example.invalid/v1?page=1",
            says: "countersign.yaml:7:13", "has a query", "remove the question mark"),
        .configured(
            "a fragment in the base URL", base, "https://example.invalid/v1#top",
            says: "countersign.yaml:7:13", "has a fragment", "remove the #"),
        .configured(
            "no scheme", base, "example.invalid/v1",
            says: "countersign.yaml:7:13", "does not begin with https://", "put it in front"),
        .configured(
            "another scheme", base, "ftp://example.invalid/v1",
            says: "countersign.yaml:7:13", "does not begin with https://"),
        .configured(
            "a port that is none", base, "https://example.invalid:99999/v1",
            says: "countersign.yaml:7:13", "port is not a number from 1 to 65535"),
        .configured(
            "a base URL without quotes", "\"\(base)\"", base,
            says: "countersign.yaml:7:13: error E020", "must be a quoted string",
            "write \"\(base)\""),
        .configured(
            "a loopback name that is a prefix", base, "http://localhost.example.invalid/v1",
            says: "countersign.yaml:7:13", "plaintext to localhost.example.invalid"),
        .configured(
            "a pin that is none", "pinned_public_keys: []",
            "pinned_public_keys: [\"sha256//abc\"]",
            says: "countersign.yaml:11:24", "not the pin of a public key", "44 characters"),
        .configured(
            "no connection at all", "max_connections: 8", "max_connections: 0",
            says: "countersign.yaml:13:20", "0 is out of bounds", "from 1 to 256"),
        .configured(
            "a word for a number", "max_connections: 8", "max_connections: eight",
            says: "countersign.yaml:13:20", "expected a whole number from 1 to 256",
            "found the text \"eight\""),
        .configured(
            "a time-out without unit", "request_timeout: 10s", "request_timeout: 10",
            says: "countersign.yaml:12:20", "`10` is not a duration", "such as 30s"),
        .configured(
            "a key id with a quotation mark", "api_key_id: \"partner-1\"",
            "api_key_id: 'part\"ner'",
            says: "countersign.yaml", "API key id", "write the id that the platform shows"),
    ]

    static let form: [Mistake] = [
        Mistake(
            "no file", says: ["{folder}/countersign.yaml: there is no such file", "init DIR"]
        ) { try $0.delete("countersign.yaml") },
        Mistake(
            "a folder for a file",
            says: ["{folder}/countersign.yaml: is not a regular file", "--config names another"]
        ) {
            try $0.delete("countersign.yaml")
            try FileManager.default.createDirectory(
                atPath: $0.configuration, withIntermediateDirectories: false)
        },
        Mistake("an empty file", says: ["{folder}/countersign.yaml:1:1: error"]) {
            try $0.write("countersign.yaml", "")
        },
        .configured(
            "an unknown key with a near miss", "poll_interval", "pol_interval",
            says: "{folder}/countersign.yaml:30:3: error E001", "unknown key `pol_interval`",
            "did you mean `poll_interval`?", "(watch.pol_interval)"),
        .configured(
            "a key twice", "\nwatch:", "\nenvironment: other\nwatch:",
            says: "countersign.yaml:29:1: error E002", "`environment` stands twice",
            "it was given on line 4", "keep one of them"),
        .configured(
            "another version", "countersign/v1", "countersign/v2",
            says: "countersign.yaml:2:13", "`countersign/v2` is not accepted",
            "write `countersign/v1`"),
        .configured(
            "another kind", "kind: Agent", "kind: Policy",
            says: "countersign.yaml:3:7", "write `Agent`"),
        .configured(
            "a mapping that is not closed", "\nwatch:", "\nwatch: {",
            says: "countersign.yaml:31:18", "the mapping opened at line 29, column 8"),
        .configured(
            "a tab", "  poll_interval", "\tpoll_interval",
            says: "countersign.yaml:30:1", "tabs are not allowed", "write spaces"),
        .configured(
            "an anchor", "environment: sandbox", "environment: &name sandbox",
            says: "countersign.yaml:4:14", "anchors (&name) are not allowed"),
        .configured(
            "a name with a space", "environment: sandbox", "environment: my sandbox",
            says: "countersign.yaml:4:14", "\"my sandbox\" is not a name"),
        .configured(
            "a wrong duration", "poll_interval: 15s", "poll_interval: soon",
            says: "countersign.yaml:30:18", "`soon` is not a duration"),
        .configured(
            "too short a pause", "poll_interval: 15s", "poll_interval: 2d",
            says: "countersign.yaml:30:18", "`2d` is too long", "at most 1h"),
        .configured(
            "no concurrency", "max_concurrency: 16", "max_concurrency: -1",
            says: "countersign.yaml:31:20", "from 1 to 256"),
        Mistake(
            "two mistakes at once",
            says: ["countersign.yaml:13:20", "0 is out of bounds", "countersign.yaml:30:3"]
        ) {
            try $0.replace(in: "countersign.yaml", "max_connections: 8", "max_connections: 0")
            try $0.replace(in: "countersign.yaml", "poll_interval", "pol_interval")
        },
    ]

    static let operations: [Mistake] = [
        .configured(
            "callbacks without a port", "callbacks: null", "callbacks: \"127.0.0.1\"",
            says: "countersign.yaml:34:14: error E003", "has no port", "write \"127.0.0.1:8480\"",
            "(listen.callbacks)"),
        .configured(
            "callbacks at a name", "callbacks: null", "callbacks: \"localhost:8480\"",
            says: "countersign.yaml:34:14", "does not begin with an IP address", "not a name"),
        .configured(
            "a port that is too high", "operations: null", "operations: \"127.0.0.1:65536\"",
            says: "countersign.yaml:35:15", "does not end in a port", "write 1 to 65535"),
        .configured(
            "an address without quotes", "operations: null", "operations: 127.0.0.1:8481",
            says: "countersign.yaml:35:15: error E020", "must be a quoted string"),
        .configured(
            "both doors at one address", "callbacks: null\n  operations: null",
            "callbacks: \"127.0.0.1:8480\"\n  operations: \"127.0.0.1:8480\"",
            says: "countersign.yaml:35:15", "taken at 127.0.0.1:8480 already", "another port"),
        .configured(
            "a command in one word", "command: null", "command: \"/bin/true\"",
            says: "countersign.yaml:38:12", "expected a list", "(notify.command)"),
        .configured(
            "a command without words", "command: null", "command: []",
            says: "countersign.yaml:38:12", "the list is empty"),
        .configured(
            "a command by its name", "command: null", "command: [true-pager, \"--now\"]",
            says: "countersign.yaml:38:12", "no absolute path", "no shell reads it"),
        .configured(
            "a command that is not there", "command: null", "command: [\"/nowhere/page\"]",
            says: "countersign.yaml:38:12: error E003: notify.command",
            "/nowhere/page cannot be found", "write the path of a program"),
        .configured(
            "a folder as a command", "command: null", "command: [\"/tmp\"]",
            says: "countersign.yaml:38:12", "/tmp is no regular file"),
        .configured(
            "a command that cannot be executed", "command: null", "command: [\"/etc/passwd\"]",
            says: "countersign.yaml:38:12", "/etc/passwd cannot be executed", "chmod +x"),
        Mistake(
            "a command that others can write",
            says: ["countersign.yaml:38:12", "can be written by others", "0722", "chmod go-w"]
        ) {
            let script = try $0.script("page", "exit 0")
            try $0.setMode(0o722, of: "page")
            try $0.replace(in: "countersign.yaml", "command: null", "command: [\"\(script)\"]")
        },
        .configured(
            "too long a time-out", "timeout: 10s", "timeout: 5m",
            says: "countersign.yaml:39:12", "too long", "at most 1m"),
        .configured(
            "a brake of nothing", "per_minute: null", "per_minute: 0",
            says: "countersign.yaml:42:30", "0 is out of bounds", "from 1 to"),
        .configured(
            "a brake in words", "per_pass: null", "per_pass: \"few\"",
            says: "countersign.yaml:43:28", "expected a whole number"),
        .configured(
            "an unknown door", "callbacks: null", "callback: null",
            says: "countersign.yaml:34:3: error E001", "did you mean `callbacks`?"),
    ]

    static let approvers: [Mistake] = [
        .configured(
            "an entity id in capitals", AgentFolder.ID.entity, AgentFolder.ID.entity.uppercased(),
            says: "countersign.yaml:16:16", "not an entity id", "36 characters of 0-9 and a-z"),
        .configured(
            "a method id that is too short", AgentFolder.ID.method, "6d4eapmt",
            says: "countersign.yaml:17:25", "not an approval method id"),
        Mistake(
            "two approvers for one entity",
            says: [
                "{folder}/countersign.yaml:16:3: error", "two approvers for the entity bda8720b",
                "name one approval method per entity",
            ]
        ) {
            let second = """
                  - entity_id: "\(AgentFolder.ID.entity)"
                    approval_method_id: "00000000000000000000000000000002apmt"
                    approval_key_file: keys/approval.json
                """
            try $0.replace(in: "countersign.yaml", "\npolicy:", second + "\npolicy:")
        },
        .configured(
            "an entity state in small letters", "approval_key_file: keys/approval.json",
            "approval_key_file: keys/approval.json\n    entity_states: [active]",
            says: "countersign.yaml:19:21", "not a state of an entity", "such as ACTIVE"),
        .configured(
            "no entity state at all", "approval_key_file: keys/approval.json",
            "approval_key_file: keys/approval.json\n    entity_states: []",
            says: "countersign.yaml:19:20", "the list is empty"),
        .configured(
            "an account without an approver", AgentFolder.ID.entity,
            String(repeating: "1", count: 32) + "enty",
            says: "{folder}/countersign.yaml: approvers", "account btc-payouts belongs to entity",
            AgentFolder.ID.entity, "add one"),
        Mistake("an empty list", says: ["countersign.yaml:", "approvers", "the list is empty"]) {
            for key in ["approval_method_id", "approval_key_file", "- entity_id"] {
                try $0.drop(key, from: "countersign.yaml")
            }
            try $0.replace(in: "countersign.yaml", "\napprovers:", "\napprovers: [] #")
        },
    ]

    /// Each mandatory key left out, and what its absence is called.
    static let missing: [Mistake] =
        [
            ("apiVersion", "apiVersion"), ("kind", "kind"), ("environment", "environment"),
            ("base_url", "platform.base_url"), ("api_key_id", "platform.api_key_id"),
            ("api_key_file", "platform.api_key_file"),
            ("approval_method_id", "approvers[0].approval_method_id"),
            ("approval_key_file", "approvers[0].approval_key_file"),
            ("file", "ledger.file"), ("audit_directory", "ledger.audit_directory"),
            ("log_key_file", "ledger.log_key_file"), ("origin", "ledger.origin"),
        ].map { key, path in
            Mistake(
                "no \(path)",
                says: [
                    "{folder}/countersign.yaml:", "error E003: the key `\(key)` is missing",
                    "add it (\(path))",
                ]
            ) { try $0.drop(key, from: "countersign.yaml") }
        }
        + ["platform", "approvers", "policy", "ledger"].map { section in
            .configured(
                "no \(section)", "\n\(section):", "\n\(section)_:",
                says: "error E003: the key `\(section)` is missing",
                "unknown key `\(section)_`; did you mean `\(section)`?")
        }
        + [
            .configured(
                "no approvers[0].entity_id", "- entity_id:", "- entity:",
                says: "countersign.yaml:16:5", "the key `entity_id` is missing"),
            .configured(
                "no policy.directory", "  directory: policies", "  {}",
                says: "countersign.yaml:21:3", "the key `directory` is missing"),
        ]
}
