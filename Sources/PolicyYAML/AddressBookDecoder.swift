internal import ApprovalCore

/// Reads an address book.
struct AddressBookDecoder {
    /// The policy's assets; nil where the policy could not be read, and names go unchecked.
    private let names: PolicyNames?
    private let review: BookReview

    init(assets names: PolicyNames?, review: BookReview) {
        self.names = names
        self.review = review
    }

    func decode(_ top: YAMLField) -> AddressBook? {
        top.mapping { fields in
            _ = fields.required("apiVersion")?.choice(["countersign/v1": true])
            _ = fields.required("kind")?.choice(["AddressBook": true])
            let metadata = fields.required("metadata")?.mapping(Self.metadata)
            let entries = fields.required("entries").flatMap(entries)
            guard let metadata, let entries else { return nil }
            return AddressBook(id: metadata.id, revision: metadata.revision, entries: entries)
        }
    }

    private static func metadata(_ fields: YAMLFields) -> (id: String, revision: Int64)? {
        let id = fields.required("id")?.name()
        let revision = fields.required("revision")?.revision()
        guard let id, let revision else { return nil }
        return (id, revision)
    }

    private func entries(_ field: YAMLField) -> [AddressBook.Entry]? {
        var entries = BookEntries()
        var review = review
        defer { review.reportMore(field) }
        return field.list(allowEmpty: true) { item in
            item.mapping { fields in entry(item, fields, &entries, &review) }
        }
    }

    private func asset(_ field: YAMLField) -> String? {
        guard let names else { return field.name() }
        return names.asset(field)
    }

    private func entry(
        _ item: YAMLField, _ fields: YAMLFields, _ entries: inout BookEntries,
        _ review: inout BookReview
    ) -> AddressBook.Entry? {
        let label = fields.required("label")?.label()
        let assets = fields.required("asset")?.distinct(asset)
        let addressField = fields.required("address")
        let address = addressField?.address()
        let compare = fields.given("compare") { $0.choice(AddressBook.Entry.Compare.self) }
        let tags = fields.given("tags") { $0.distinct { $0.label() } }
        let addedBy = fields.given("added_by") { $0.label() }
        let approvedBy = fields.given("approved_by") { $0.distinct { $0.label() } }
        let activeFrom = fields.given("active_from") { $0.time() }
        let expiresAt = fields.given("expires_at") { $0.time() }
        let most = fields.given("max_per_transaction") { mostPerTransaction($0, assets) }
        let note = fields.given("note") { $0.text() }
        guard let label, let assets, let address, let addressField, let compare, let tags,
            let addedBy, let approvedBy, let activeFrom, let expiresAt, let most, let note
        else { return nil }
        let entry = AddressBook.Entry(
            label: label, assets: assets, address: address, compare: compare ?? .exact,
            tags: Set(tags ?? []), addedBy: addedBy, approvedBy: approvedBy ?? [],
            activeFrom: activeFrom, expiresAt: expiresAt, maxPerTransaction: most, note: note)
        guard addressField.isFit(for: entry) else { return nil }
        if entries.isNew(entry, item, addressField) { review.take(entry, item, addressField) }
        return entry
    }

    private func mostPerTransaction(_ field: YAMLField, _ assets: [String]?) -> Amount? {
        guard let names, let assets else { return field.money(of: nil) }
        if assets.count > 1 {
            field.report(
                .severalAssets, "`max_per_transaction` needs exactly one asset",
                fix: "write one entry for each asset")
        }
        return field.money(of: assets.count == 1 ? names.assets[assets[0]] ?? nil : nil)
    }
}

extension YAMLField {
    /// An address as text: 1 to 128 printable ASCII characters without spaces, in quotes.
    fileprivate func address() -> String? {
        guard let text = quotedString("an address") else { return nil }
        let isAddress =
            text.utf8.count <= 128 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if isAddress { return text }
        report(
            .wrongType, "\(Shown.quoted(text)) is not an address",
            fix: "write up to 128 ASCII characters without spaces")
        return nil
    }

    /// Whether an entry's address can be compared as the entry says; reported where it cannot.
    fileprivate func isFit(for entry: AddressBook.Entry) -> Bool {
        switch entry.compare {
        case .exact: return true
        case .hexCaseInsensitive:
            let digits = entry.address.utf8.dropFirst(2)
            let isHex =
                entry.address.hasPrefix("0x") && !digits.isEmpty
                && digits.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20)
                }
            if isHex { return true }
            report(
                .wrongType, "`compare: hex_case_insensitive` is for `0x` and hexadecimal digits",
                fix: "remove `compare`, or correct the address")
        case .bech32CaseInsensitive:
            let lowered = entry.address.lowercased()
            let isBech32 =
                (lowered == entry.address || entry.address.uppercased() == entry.address)
                && lowered.utf8.dropFirst().contains(UInt8(ascii: "1"))
            if isBech32 { return true }
            report(
                .wrongType,
                "`compare: bech32_case_insensitive` is for Bech32 addresses, which have a prefix,"
                    + " a 1 and never mix cases",
                fix: "remove `compare`, or correct the address")
        }
        return false
    }
}
