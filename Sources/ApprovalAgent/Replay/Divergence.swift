package import ApprovalCore

/// Where an entry is not what doing it again gives.
package struct Divergence: Error, Hashable, Sendable {
    /// What was done again when it showed.
    package enum Stage: String, Hashable, Sendable, CaseIterable {
        /// The number is not the one after the last, or the row's columns say something else.
        case numbering
        /// The bytes are not the canonical JSON of what they say.
        case canonical
        /// A member is missing, of a wrong form, or one that no entry of its kind has.
        case members
        /// The entry's time, or now′, is not what the clock and the entries before it give.
        case time
        /// The files of a policy are not those of its digest, or it is not the active one.
        case policy
        /// A kept body is not what its hash says, or not about this transaction.
        case body
        /// What the wall clock of the policy's time zone showed.
        case civil
        /// What the ledger answered: sums of limits, ages, references, first decision.
        case usage
        /// The policy, held against the same inputs, says something else.
        case decision
        /// An `allow` and only an `allow` is intended.
        case intent
        /// It does not follow on the entries before it.
        case order
        /// Binding the same bodies gives something else.
        case binding
        /// The message, its hash or its attributes are not what the bodies give.
        case challenge
        /// The signature is not the one that was recorded, or does not verify.
        case signature
        /// Who was asked is not whom the policy asks, or forgets what was asked before.
        case asking
        /// What was cancelled is not what was decided.
        case cancellation
    }

    package let seq: Int64
    package let kind: EntryKind?
    package let transactionID: TransactionID?
    package let stage: Stage
    /// What doing it again gives, in few words.
    package let expected: String
    /// What the entry says, in few words.
    package let found: String

    package init(
        _ row: ReplayedRow, _ stage: Stage, expected: String, found: String
    ) {
        seq = row.seq
        kind = row.kind
        transactionID = row.transactionID
        self.stage = stage
        self.expected = expected
        self.found = found
    }

    init(missing seq: Int64) {
        self.seq = seq
        (kind, transactionID, stage) = (nil, nil, .numbering)
        expected = "entry \(seq)"
        found = "no such entry"
    }
}

extension Divergence {
    /// `{"divergence":{"seq","kind","transaction_id","stage","expected","found"}}`.
    package var json: JSONValue {
        .object([
            "divergence": .object([
                "seq": .integer(seq), "kind": .optional(kind?.rawValue),
                "transaction_id": .optional(transactionID?.text), "stage": .string(stage.rawValue),
                "expected": .string(expected), "found": .string(found),
            ])
        ])
    }
}

extension JSONValue {
    /// A value in few words: whole where it is short, else its beginning and how long it is.
    var short: String {
        let bytes = canonicalBytes ?? Array("\(self)".utf8)
        guard bytes.count > Self.shortest else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: bytes.prefix(Self.shortest), as: UTF8.self)
            + "... (\(bytes.count) bytes)"
    }

    private static let shortest = 96

    /// The first place at which two values differ: the names on the way, and both values there
    /// (nil where one has none); nil where they are the same, byte for byte.
    static func difference(
        expected: JSONValue, found: JSONValue
    ) -> (path: [String], expected: JSONValue?, found: JSONValue?)? {
        switch (expected, found) {
        case (.object(let left), .object(let right)):
            for member in left {
                guard let other = found[member.name] else {
                    return ([member.name], member.value, nil)
                }
                if let (path, left, right) = difference(expected: member.value, found: other) {
                    return ([member.name] + path, left, right)
                }
            }
            let extra = right.first { expected[$0.name] == nil }
            return extra.map { ([$0.name], nil, $0.value) }
        case (.array(let left), .array(let right)) where left.count == right.count:
            for (index, pair) in zip(left, right).enumerated() {
                if let (path, left, right) = difference(expected: pair.0, found: pair.1) {
                    return (["\(index)"] + path, left, right)
                }
            }
            return nil
        default:
            return expected.canonicalBytes == found.canonicalBytes ? nil : ([], expected, found)
        }
    }
}
