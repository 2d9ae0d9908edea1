internal import ApprovalCore

/// The entries of a book so far, to find what stands there twice.
struct BookEntries {
    private struct Use: Hashable {
        let asset: String
        let text: String
    }

    private struct First {
        let line: Int
        let assets: [String]
        let tags: Set<String>
    }

    /// The lines of addresses that have one spelling, the same in lower case, and those of the
    /// canonical spelling of the others.
    private var exact: [Use: Int] = [:]
    private var loweredExact: [Use: Int] = [:]
    private var folded: [Use: Int] = [:]
    /// The first entry of each address.
    private var firsts: [String: First] = [:]
    private var labels: [Use: Int] = [:]

    /// Takes an entry. Reports its address for each asset for which another entry is about it too,
    /// and is false then; otherwise reports what is doubtful beside the others.
    mutating func isNew(_ entry: AddressBook.Entry, _ item: YAMLField, _ field: YAMLField) -> Bool {
        let lowered = entry.address.lowercased()
        let isFolded = entry.compare != .exact || entry.address.hasCaselessForm(lowered)
        var isNew = true
        for asset in entry.assets {
            guard let line = take(entry.address, lowered, isFolded, asset, field.position.line)
            else { continue }
            isNew = false
            field.report(
                .addressTwice,
                "this address was given for \(Shown.word(asset)) on line \(line) already",
                fix: "keep one entry for it")
        }
        guard isNew else { return false }
        reportOtherTags(entry, isFolded ? lowered : entry.address, field)
        reportLabel(entry, item)
        return true
    }

    /// The line of another entry about this address, if there is one.
    private mutating func take(
        _ address: String, _ lowered: String, _ isFolded: Bool, _ asset: String, _ line: Int
    ) -> Int? {
        let loweredUse = Use(asset: asset, text: lowered)
        if isFolded {
            let other = folded[loweredUse] ?? loweredExact[loweredUse]
            if folded[loweredUse] == nil { folded[loweredUse] = line }
            return other
        }
        let use = Use(asset: asset, text: address)
        let other = exact[use] ?? folded[loweredUse]
        if exact[use] == nil { exact[use] = line }
        if loweredExact[loweredUse] == nil { loweredExact[loweredUse] = line }
        return other
    }

    private mutating func reportOtherTags(
        _ entry: AddressBook.Entry, _ address: String, _ field: YAMLField
    ) {
        guard let first = firsts[address] else {
            firsts[address] = First(
                line: field.position.line, assets: entry.assets, tags: entry.tags)
            return
        }
        guard first.tags != entry.tags else { return }
        field.report(
            .otherTags,
            "this address has these tags for \(Shown.all(entry.assets)) alone, and on line"
                + " \(first.line) others for \(Shown.all(first.assets)): a rule for a tag of the"
                + " one does not hold for the other",
            fix: "name all assets on one entry, or give both the same tags")
    }

    private mutating func reportLabel(_ entry: AddressBook.Entry, _ item: YAMLField) {
        guard let field = item.child("label") else { return }
        var isTold = false
        for asset in entry.assets {
            let use = Use(asset: asset, text: entry.label)
            guard let line = labels[use] else {
                labels[use] = field.position.line
                continue
            }
            guard !isTold else { continue }
            isTold = true
            field.report(
                .labelTwice,
                "the label \(Shown.quoted(entry.label)) was given for \(Shown.word(asset)) on line"
                    + " \(line) already: a rule that names it means both addresses",
                fix: "give each its own label, and use a tag for what they have in common")
        }
    }
}

extension String {
    /// Whether this is an address in one of the two forms of which every spelling is the same
    /// address: `0x` and hexadecimal digits, and Bech32 in one case. `lowered` is its lower case.
    fileprivate func hasCaselessForm(_ lowered: String) -> Bool {
        if lowered.hasPrefix("0x") {
            let digits = lowered.utf8.dropFirst(2)
            return !digits.isEmpty
                && digits.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
                }
        }
        guard lowered == self || uppercased() == self,
            let one = lowered.utf8.lastIndex(of: UInt8(ascii: "1")), one > lowered.utf8.startIndex
        else { return false }
        let data = lowered.utf8[one...].dropFirst()
        return data.count >= 6
            && data.allSatisfy { "qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8.contains($0) }
    }
}
