internal import ApprovalCore

/// Tags of an address book that are doubtful beside those that the policy names. A slip in a tag
/// that block rules name would leave an address payable.
struct TagReview {
    /// More of the policy's tags, or of the book's, are not compared: it would take too long.
    private static let most = (named: 200, carried: 10_000)

    private let tags: Set<String>
    /// nil where the policy could not be read, and what it names is not known.
    private let named: Set<String>?

    init(_ book: AddressBook, _ policy: Policy?) {
        tags = book.entries.reduce(into: []) { $0.formUnion($1.tags) }
        named = policy?.namedTags
    }

    /// The one of `known` that `tag` is probably meant to be; nil where none is near. Short tags
    /// are only near to their other case, and numbers are not mistaken for one another.
    static func near(_ tag: String, among known: Set<String>) -> String? {
        guard known.count <= most.named else { return nil }
        let written = digitless(tag)
        let candidates = known.filter { other in
            abs(other.utf8.count - tag.utf8.count) <= 3
                && (tag.utf8.count >= 4 ? digitless(other) != written : isOneWord(other, tag))
        }
        return NearestKey.of(tag, in: candidates.sorted())
    }

    private static func isOneWord(_ left: String, _ right: String) -> Bool {
        left.lowercased() == right.lowercased()
    }

    /// With every number as "0", so that "tier-1" and "tier-22" are the same.
    private static func digitless(_ text: String) -> [UInt8] {
        text.utf8.reduce(into: []) { bytes, byte in
            let isDigit = (0x30...0x39).contains(byte)
            if !isDigit || bytes.last != 0x30 { bytes.append(isDigit ? 0x30 : byte) }
        }
    }

    /// Reports each doubtful tag once, where it stands first in the book.
    func report(in book: YAMLField) {
        let slips = nearOnes
        var open = Set(slips.keys).union(tags.filter { MixedWord.stranger(in: $0) != nil })
        guard !open.isEmpty, let entries = book.child("entries")?.items(allowEmpty: true) else {
            return
        }
        for entry in entries where !open.isEmpty {
            for (field, tag) in entry.child("tags")?.texts ?? [] where open.remove(tag) != nil {
                report(tag, meant: slips[tag], at: field)
            }
        }
    }

    /// Tags that nothing in the policy names, each with the one that is named and near to it.
    private var nearOnes: [String: String] {
        guard let named else { return [:] }
        let others = tags.subtracting(named)
        // What no entry carries is reported where the policy names it.
        let known = named.intersection(tags)
        guard !known.isEmpty, others.count <= Self.most.carried else { return [:] }
        return others.reduce(into: [:]) { $0[$1] = Self.near($1, among: known) }
    }

    private func report(_ tag: String, meant: String?, at field: YAMLField) {
        if let stranger = MixedWord.stranger(in: tag) {
            field.reportMixed(tag, stranger, meant: meant)
        } else if let meant {
            field.report(
                .tagSlip,
                "nothing in the policy names the tag \(Shown.quoted(tag)), which is near to"
                    + " \(Shown.quoted(meant))",
                fix: "did you mean \(Shown.quoted(meant))?")
        }
    }
}

extension Policy {
    /// Every tag that a rule, a limit or a pattern names.
    fileprivate var namedTags: Set<String> {
        let conditions =
            rules.map(\.conditions) + limits.map(\.scope) + patterns.map(\.scope)
        return conditions.reduce(into: []) { $0.formUnion($1.destination?.tags ?? []) }
    }
}
