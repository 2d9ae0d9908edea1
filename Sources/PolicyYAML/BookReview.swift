internal import ApprovalAgent
internal import ApprovalCore

/// What is doubtful about entries of an address book, each by itself and beside the others.
struct BookReview {
    /// So many look-alikes are told; the others are counted.
    private static let mostTold = 20
    /// What people compare where no guard says otherwise.
    private static let usual = (prefix: 4, suffix: 4)

    private struct Key: Hashable {
        let asset: String
        let skeleton: AddressSkeleton
    }

    private struct First {
        let label: String
        let line: Int
        let address: String
    }

    private let now: UnixTime?
    private let sha256: SHA256
    private let compared: (prefix: Int, suffix: Int)
    private var firsts: [Key: First] = [:]
    private var count = 0
    private var last: SourcePosition?

    /// `now` is the moment for which dates are judged; nil where that is not asked.
    init(lookalike: Guards.Lookalike?, now: UnixTime?, sha256: @escaping SHA256) {
        compared = lookalike.map { ($0.prefix, $0.suffix) } ?? Self.usual
        self.now = now
        self.sha256 = sha256
    }

    mutating func take(_ entry: AddressBook.Entry, _ item: YAMLField, _ address: YAMLField) {
        reportDates(entry, item)
        reportOwnApproval(entry, item)
        if let problem = AddressChecksum.problem(of: entry.address, sha256: sha256) {
            address.report(
                .badChecksum, "the address of \(Shown.quoted(entry.label)) is mistyped: \(problem)",
                fix: "copy it again from where it was confirmed")
        }
        compare(entry, address)
    }

    private func reportDates(_ entry: AddressBook.Entry, _ item: YAMLField) {
        if let from = entry.activeFrom, let end = entry.expiresAt, end <= from {
            item.child("expires_at")?.report(
                .reversedSpan,
                "`expires_at` is not after `active_from`, so the entry is never active",
                fix: "correct one of the two")
        } else if let now, let end = entry.expiresAt, end <= now {
            item.child("expires_at")?.report(
                .inactiveEntry,
                "\(Shown.quoted(entry.label)) expired at \(end.minute) UTC: allow rules do not count"
                    + " on it any more",
                fix: "have it confirmed again with a later date, or remove it")
        } else if let now, let from = entry.activeFrom, now < from {
            item.child("active_from")?.report(
                .inactiveEntry,
                "\(Shown.quoted(entry.label)) is not active before \(from.minute) UTC: allow rules"
                    + " do not count on it until then",
                fix: "nothing, if that is meant")
        }
    }

    private func reportOwnApproval(_ entry: AddressBook.Entry, _ item: YAMLField) {
        guard let addedBy = entry.addedBy, entry.approvedBy.contains(addedBy) else { return }
        item.child("approved_by")?.report(
            .ownApproval, "\(Shown.quoted(addedBy)) added this entry and approved it too",
            fix: "have another person approve it")
    }

    private mutating func compare(_ entry: AddressBook.Entry, _ field: YAMLField) {
        guard
            let skeleton = AddressSkeleton(
                of: entry.address, prefix: compared.prefix, suffix: compared.suffix)
        else { return }
        var isTold = false
        for asset in entry.assets {
            let key = Key(asset: asset, skeleton: skeleton)
            guard let first = firsts[key] else {
                firsts[key] = First(
                    label: entry.label, line: field.position.line, address: entry.canonicalAddress)
                continue
            }
            guard !isTold, first.address != entry.canonicalAddress else { continue }
            isTold = true
            tell(entry, first, field)
        }
    }

    private mutating func tell(_ entry: AddressBook.Entry, _ first: First, _ field: YAMLField) {
        count += 1
        last = field.position
        guard count <= Self.mostTold else { return }
        field.report(
            .lookalike,
            "the address of \(Shown.quoted(entry.label)) looks like the one of"
                + " \(Shown.quoted(first.label)) on line \(first.line): both begin and end alike",
            fix: "make sure that both are right, character by character")
    }

    /// Says how many more look-alikes there are than were told.
    func reportMore(_ entries: YAMLField) {
        guard count > Self.mostTold, let last else { return }
        entries.findings.report(
            .lookalike, at: last, path: entries.path,
            "and \(count - Self.mostTold) more entries up to here look like earlier ones",
            fix: "make sure that all are right")
    }
}
