/// Why a ledger's file was not created or opened. Each ends the command with a sentence.
package enum SQLiteLedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is none; only `init` creates one.
    case missing(String)
    /// `init` never touches what is there.
    case exists(String)
    /// Another process holds the lock file.
    case locked(file: String, processID: String)
    /// The file is a link, no regular file, someone else's, or open to others.
    case unsafe(file: String, why: String)
    /// It is no ledger, or one of a version that this build does not know.
    case unknownFormat(file: String, why: String)
    /// A setting that the ledger relies on is not in force.
    case setting(String)
    /// It was bound to something else by its first run.
    case bound(file: String, to: String, found: String, name: String)
    /// A check of its contents failed.
    case corrupt(file: String, why: String)
    /// It is sound, and an older one than was seen before: restored, or without its WAL.
    case behind(file: String, why: String)
    /// The system refused.
    case unavailable(file: String, why: String)

    package var description: String {
        switch self {
        case .missing(let file):
            "\(file): there is no ledger; create it with 'countersign init'"
        case .exists(let file): "\(file): there is a file already; a ledger is never overwritten"
        case .locked(let file, let processID):
            "\(file): another agent (process \(processID)) works on this ledger"
        case .unsafe(let file, let why), .unknownFormat(let file, let why),
            .corrupt(let file, let why), .unavailable(let file, let why):
            "\(file): \(why)"
        case .behind(let file, let why):
            "\(file): \(why). Put the right files back. Where they are lost, nothing is approved "
                + "until 'countersign reconcile --accept' has counted what was (see "
                + "docs/operations.md)"
        case .setting(let why): "the ledger cannot be relied on: \(why)"
        case .bound(let file, let expected, let found, let name):
            "\(file): this ledger belongs to the \(name) '\(expected)', not '\(found)'"
        }
    }
}

/// What a ledger belongs to from its first run on; a later difference is refused.
package struct LedgerBinding: Hashable, Sendable {
    /// The configuration's `environment`, written into every entry.
    package let environment: String
    /// `platform.base_url`.
    package let baseURL: String
    /// The origin line of the audit log's checkpoints.
    package let origin: String
    /// The public key of the audit log, as text.
    package let logPublicKey: String

    package init(environment: String, baseURL: String, origin: String, logPublicKey: String) {
        self.environment = environment
        self.baseURL = baseURL
        self.origin = origin
        self.logPublicKey = logPublicKey
    }

    /// Names in `meta`, names for people, and values.
    var parts: [(name: String, title: String, value: String)] {
        [
            ("environment", "environment", environment), ("base_url", "platform", baseURL),
            ("origin", "log origin", origin), ("log_public_key", "log key", logPublicKey),
        ]
    }
}
