import ApprovalAgent
import ApprovalCore
import ArgumentParser

/// Which entries of the ledger are meant: the options that `audit query` and `audit export` share.
struct EntryFilterOptions: ParsableArguments {
    /// How the options go together, for the help of a command.
    static let explanation = """
        Different filters must all hold; of one that is given several times any value will do.
        Action, rule and reason are what the entry itself says. Account and destination are those
        of the transaction as it was decided on last before the entry, so the entries that follow
        a decision are found with it.
        """

    @Option(
        help: "Written at this time or later: 2026-10-02 (UTC) or 2026-10-02T09:14:00Z.",
        transform: Self.moment)
    var since: Day?

    @Option(
        help: "Written before this time; a date means to the end of that day (UTC).",
        transform: Self.moment)
    var until: Day?

    @Option(
        help: "The transaction goes from this account (the platform's id).",
        transform: Self.accountID)
    var account: [AccountID] = []

    @Option(
        help: ArgumentHelp(
            "The transaction goes to this address, or to this account of a transfer.",
            valueName: "address"))
    var destination: [String] = []

    @Option(help: "The entry says this action.")
    var action: [Decision.Action] = []

    @Option(
        help: ArgumentHelp(
            "The entry names this rule, as TRUE, as UNKNOWN or in a reason.", valueName: "id"))
    var rule: [String] = []

    @Option(
        help: ArgumentHelp(
            "The entry has this reason, such as LIMIT_EXCEEDED (docs/policy.md, \"Reasons\").",
            valueName: "code"),
        transform: Self.reasonCode)
    var reason: [String] = []

    @Option(help: "The entry is about this transaction.", transform: Self.transactionID)
    var transaction: [TransactionID] = []

    @Option(help: "The entry is of this kind.")
    var kind: [EntryKind] = []

    /// A moment, and where what was written begins and ends: a date is a whole day.
    struct Day {
        let start: UnixTime
        let end: UnixTime
    }

    func validate() throws {
        if let since, let until, until.end <= since.start {
            throw ValidationError("--until is before --since; nothing lies between them")
        }
    }

    /// What is asked for.
    var filter: EntryFilter {
        EntryFilter(
            since: since?.start, until: until?.end, kinds: kind, transactions: transaction,
            accounts: account, destinations: destination, actions: action, rules: rule,
            reasons: reason)
    }

    static func transactionID(_ text: String) throws -> TransactionID { try id(text) }

    private static func accountID(_ text: String) throws -> AccountID { try id(text) }

    private static func id<Resource>(_ text: String) throws -> Identifier<Resource> {
        guard let id = Identifier<Resource>(text) else {
            throw ValidationError("an id of the platform has 36 characters of 0-9 and a-z")
        }
        return id
    }

    private static func moment(_ text: String) throws -> Day {
        if let time = UnixTime(rfc3339: text) { return Day(start: time, end: time) }
        guard let start = UnixTime(rfc3339: text + "T00:00:00Z") else {
            throw ValidationError(
                "write a date such as 2026-10-02 or a time such as 2026-10-02T09:14:00Z, in UTC")
        }
        return Day(start: start, end: start.advanced(byMilliseconds: 86_400_000))
    }

    private static func reasonCode(_ text: String) throws -> String {
        if Reason.codes.contains(where: { $0.isVerbatim(text) }) { return text }
        let near = Reason.codes.map { ($0, text.uppercased().distance(to: $0)) }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
        throw ValidationError(
            "no reason has this code; did you mean \(near.joined(separator: ", "))? All of them: "
                + "docs/policy.md, \"Reasons\"")
    }
}

extension EntryKind: ExpressibleByArgument {}

extension Decision.Action: ExpressibleByArgument {}
