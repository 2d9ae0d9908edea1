/// What the policy of its decision knew of an exposure. It is kept with the reservation, so that no
/// later edit of accounts or address book lets a limit forget what was approved.
package struct Provenance: Hashable, Sendable {
    /// From which account it goes.
    package let source: PolicyAccount
    /// The label of the entry that its address stood on; nil for none.
    package let label: String?
    /// The tags of that entry.
    package let tags: Set<String>
    /// Which of the policy's accounts receives it; nil for none.
    package let receiver: PolicyAccount?

    package init(
        source: PolicyAccount, label: String? = nil, tags: Set<String> = [],
        receiver: PolicyAccount? = nil
    ) {
        self.source = source
        self.label = label
        self.tags = tags
        self.receiver = receiver
    }
}

extension Provenance {
    init(_ facts: Facts) {
        self.init(
            source: facts.source, label: facts.entry?.label, tags: facts.entry?.tags ?? [],
            receiver: facts.ownAccount)
    }

    /// The entry as it was.
    func entry(_ address: String) -> AddressBook.Entry? {
        label.map {
            AddressBook.Entry(label: $0, assets: [source.asset.name], address: address, tags: tags)
        }
    }
}

// As the ledger keeps it.
extension Provenance {
    /// `{"source","label","tags","receiver"}`; accounts are
    /// `{"name","id","entity_id","asset","asset_id","precision"}`.
    package var json: JSONValue {
        .object([
            JSONMember("source", source.json), JSONMember("label", .optional(label)),
            JSONMember("tags", .array(tags.sorted().map(JSONValue.string))),
            JSONMember("receiver", receiver?.json ?? .null),
        ])
    }

    /// Reads ``json``; nil where it is anything else.
    package init?(json: JSONValue) {
        guard let source = json["source"].flatMap(PolicyAccount.init(json:)),
            case .array(let tags)? = json["tags"], let receiver = json["receiver"],
            let label = json["label"]
        else { return nil }
        let texts = tags.compactMap(\.text)
        guard texts.count == tags.count, label == .null || label.text != nil else { return nil }
        let account = PolicyAccount(json: receiver)
        guard receiver == .null || account != nil else { return nil }
        self.init(source: source, label: label.text, tags: Set(texts), receiver: account)
    }
}

extension PolicyAccount {
    fileprivate var json: JSONValue {
        .object([
            JSONMember("name", .string(name)), JSONMember("id", .string(id.text)),
            JSONMember("entity_id", .string(entityID.text)),
            JSONMember("asset", .string(asset.name)),
            JSONMember("asset_id", .string(asset.id.text)),
            JSONMember("precision", .integer(Int(asset.precision))),
        ])
    }

    fileprivate init?(json: JSONValue) {
        guard let name = json["name"]?.text, let id = json["id"]?.text.flatMap(AccountID.init),
            let entity = json["entity_id"]?.text.flatMap(EntityID.init),
            let asset = json["asset"]?.text,
            let assetID = json["asset_id"]?.text.flatMap(AssetID.init),
            let precision = json["precision"]?.integer.flatMap(UInt8.init(exactly:))
        else { return nil }
        self.init(
            name: name, id: id, entityID: entity,
            asset: PolicyAsset(name: asset, id: assetID, precision: precision))
    }
}
