import ApprovalAgent
import ApprovalCore

/// A policy with all that takes long to hash: made before the database is asked for anything.
struct Edition: Sendable {
    struct File: Sendable {
        let path: String
        let bytes: [UInt8]
        let sha256: Digest
    }

    /// A limit or pattern, and what its counting depends on.
    struct Counter: Sendable {
        let name: String
        let definition: Digest
    }

    let policy: Policy
    let digest: Digest
    let json: JSONValue
    let files: [File]
    let counters: [Counter]

    /// Hashes away from the caller's own executor.
    @concurrent
    static func of(_ loaded: LoadedPolicy, _ sha256: @escaping SHA256) async -> Edition {
        Edition(loaded, sha256)
    }

    private init(_ loaded: LoadedPolicy, _ sha256: SHA256) {
        policy = loaded.policy
        digest = loaded.digest
        json = loaded.json
        files = loaded.files.map {
            File(path: $0.path, bytes: $0.bytes, sha256: sha256($0.bytes))
        }
        counters = loaded.policy.counters(sha256)
    }

    /// The hash of `policy.yaml`; the policy's digest where there is no such file.
    var policyFile: Digest { file("policy.yaml") ?? digest }

    /// The hash of `address_book.yaml`; nil where there is no such file.
    var bookFile: Digest? { file("address_book.yaml") }

    private func file(_ path: String) -> Digest? {
        files.first { $0.path.isVerbatim(path) }?.sha256
    }
}

extension Policy {
    /// Changes whenever the meaning of a definition does.
    private static let definitionVersion = "countersign series 1"

    /// Every counter. Two with the same definition count the same exposures in the same accounts,
    /// in this policy or another: neither window nor bound is part of it.
    fileprivate func counters(_ sha256: SHA256) -> [Edition.Counter] {
        let ground = [
            Self.definitionVersion, canonicalText(settings.amountBasis), canonicalText(assets),
            canonicalText(accounts),
        ].joined(separator: "\n")
        let whole =
            limits.contains { $0.scope.needsBook } || patterns.contains { $0.scope.needsBook }
        let entries = whole ? sha256(Array(addressBook.entriesText.utf8)).description : ""
        func counter(
            _ name: String, _ scope: [Condition], _ per: [Limit.Dimension], _ rest: String
        ) -> Edition.Counter {
            let text = [
                ground, canonicalText(scope), canonicalText(per), scope.needsBook ? entries : "",
                rest,
            ]
            return Edition.Counter(
                name: name, definition: sha256(Array(text.joined(separator: "\n").utf8)))
        }
        return limits.map { counter($0.id, $0.scope, $0.per, "limit") }
            + patterns.map {
                counter($0.counter, $0.scope, $0.per, "\($0.percent) \(canonicalText($0.caps))")
            }
    }
}

extension [Condition] {
    /// Whether what is matched depends on who is on the address book, and how.
    fileprivate var needsBook: Bool {
        contains { condition in
            switch condition {
            case .destination(let destination):
                destination.labels != nil || destination.tags != nil || destination.kind != nil
            case .type, .source, .asset, .amount, .fee, .when, .tier: false
            }
        }
    }
}

extension AddressBook {
    /// Everything of the entries that conditions of limits and patterns can see.
    fileprivate var entriesText: String {
        entries.map { canonicalText([$0.label, $0.place]) + canonicalText($0.tags) }
            .joined(separator: "\n")
    }
}

extension AddressBook.Entry {
    fileprivate var place: String { canonicalText([compare.rawValue, address] + assets) }
}
