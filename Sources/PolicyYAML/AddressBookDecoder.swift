internal import ApprovalCore

/// Reads an address book.
struct AddressBookDecoder {
    /// The policy's assets; nil where the policy could not be read, and names go unchecked.
    private let names: PolicyNames?

    init(assets names: PolicyNames?) {
        self.names = names
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
        let revision = fields.required("revision")?.integer(in: 1...Int64.max)
        guard let id, let revision else { return nil }
        return (id, revision)
    }

    /// Where an address was first given for an asset.
    private struct Use: Hashable {
        let asset: String
        let address: String
    }

    private func entries(_ field: YAMLField) -> [AddressBook.Entry]? {
        var lines: [Use: Int] = [:]
        return field.list(allowEmpty: true) { item in
            item.mapping { fields in entry(fields, &lines) }
        }
    }

    private func asset(_ field: YAMLField) -> String? {
        guard let names else { return field.name() }
        return names.asset(field)
    }

    private func entry(
        _ fields: YAMLFields, _ lines: inout [Use: Int]
    ) -> AddressBook.Entry? {
        fields.refuseUnbuilt(
            "compare", "added_by", "approved_by", "active_from", "expires_at",
            "max_per_transaction")
        let label = fields.required("label")?.label()
        let assets = fields.required("asset")?.distinct(asset)
        let addressField = fields.required("address")
        let address = addressField?.address()
        let tags = fields.optional("tags")?.distinct { $0.label() }
        let note = fields.optional("note")?.text()
        if let addressField, let address {
            for asset in assets ?? [] {
                let use = Use(asset: asset, address: address)
                guard let line = lines[use] else {
                    lines[use] = addressField.position.line
                    continue
                }
                addressField.report(
                    .addressTwice,
                    "this address was given for \(Shown.word(asset)) on line \(line) already",
                    fix: "keep one entry for it")
            }
        }
        guard let label, let assets, let address else { return nil }
        return AddressBook.Entry(
            label: label, assets: assets, address: address, tags: Set(tags ?? []), note: note)
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
}
