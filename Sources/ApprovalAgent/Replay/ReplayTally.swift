package import ApprovalCore

/// What a replay did, counted.
package struct ReplayTally: Hashable, Sendable {
    package var entries: Int64 = 0
    /// Decisions that were made again, and came out the same.
    package var decisions: Int64 = 0
    /// Answers of limits and patterns that were added up again from the entries before.
    package var usages: Int64 = 0
    /// Bindings of requests that were made again, refused ones too.
    package var bindings: Int64 = 0
    /// Signatures that were verified.
    package var signatures: Int64 = 0
    /// Policies that were loaded from the ledger.
    package var policies: Int64 = 0
    /// Entries that could not be done again, for a body that they name is erased.
    package var erased: Int64 = 0
    /// Entries of a version that did not record enough to do them again.
    package var tooLittle: Int64 = 0
    /// Decisions whose limits could not be added up, for an approval before them cannot be read.
    package var unsummed: Int64 = 0
    /// Decisions under a policy that was never activated, whose files are not kept.
    package var unknownPolicy: Int64 = 0
    /// Confirmations without their signature, for the process no longer had its key.
    package var withoutKey: Int64 = 0
    /// Entries that stand before those that were asked for: taken as they are.
    package var taken: Int64 = 0
    package var divergences: Int64 = 0

    package init() {}

    static func += (left: inout ReplayTally, right: ReplayTally) {
        left.entries += right.entries
        left.decisions += right.decisions
        left.usages += right.usages
        left.bindings += right.bindings
        left.signatures += right.signatures
        left.policies += right.policies
        left.erased += right.erased
        left.tooLittle += right.tooLittle
        left.unsummed += right.unsummed
        left.unknownPolicy += right.unknownPolicy
        left.withoutKey += right.withoutKey
        left.taken += right.taken
        left.divergences += right.divergences
    }

    /// The figures under the names that `--format json` gives them.
    package var members: [JSONMember] {
        [
            JSONMember("entries", .integer(entries)), JSONMember("decisions", .integer(decisions)),
            JSONMember("usages", .integer(usages)), JSONMember("bindings", .integer(bindings)),
            JSONMember("signatures", .integer(signatures)),
            JSONMember("policies", .integer(policies)), JSONMember("erased", .integer(erased)),
            JSONMember("too_little_recorded", .integer(tooLittle)),
            JSONMember("unsummed", .integer(unsummed)),
            JSONMember("unknown_policy", .integer(unknownPolicy)),
            JSONMember("without_key", .integer(withoutKey)),
            JSONMember("taken", .integer(taken)),
            JSONMember("divergences", .integer(divergences)),
        ]
    }
}
