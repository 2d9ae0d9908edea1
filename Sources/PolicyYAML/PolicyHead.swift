internal import ApprovalCore

/// The first part of a policy: who wrote it, its settings, and the names that the rest uses. It
/// is decoded before the address book, which uses its assets.
struct PolicyHead {
    let metadata: Metadata?
    let settings: Settings?
    /// nil where they are wrong; empty where there are none.
    let guards: Guards?
    /// Whether `settings.timezone` is written, right or wrong, or cannot be known.
    let hasTimezone: Bool
    /// What an allow that no limit bounds in sum is: `settings.unbounded_exposure`.
    let unboundedExposure: Finding.Severity
    /// Where a finding about what must be signed stands.
    let challengePlace: (position: SourcePosition, path: FieldPath)
    var names = PolicyNames()

    /// `now` is the moment for which dates are judged; nil where that is not asked.
    init(_ fields: YAMLFields, now: UnixTime?) {
        _ = fields.required("apiVersion")?.choice(["countersign/v1": true])
        _ = fields.required("kind")?.choice(["Policy": true])
        fields.refuseUnbuilt("officers", "shadow")
        metadata = fields.required("metadata")?.mapping { Self.metadata($0, now: now) }
        let settingsField = fields.required("settings")
        settings = settingsField?.mapping(Self.settings)
        guards = fields.given("guards") { $0.mapping(Self.guards) }.map { $0 ?? Guards() }
        hasTimezone = settings == nil || settingsField?.child("timezone") != nil
        let exposure = settingsField?.child("unbounded_exposure")?.node.content
        if case .scalar("warn", _)? = exposure {
            unboundedExposure = .warning
        } else {
            unboundedExposure = .error
        }
        challengePlace = Self.challengePlace(settingsField, in: fields)
        readAssets(fields.required("assets"))
        readAccounts(fields.required("accounts"))
        readGroups(fields.optional("groups"))
    }

    /// Where `settings.challenge` stands, or what it is missing in.
    private static func challengePlace(
        _ settings: YAMLField?, in fields: YAMLFields
    ) -> (position: SourcePosition, path: FieldPath) {
        guard let settings, case .mapping(let entries) = settings.node.content else {
            return (fields.position, fields.path)
        }
        let entry = entries.first { $0.key == "challenge" }
        return (entry?.position ?? settings.position, settings.path.key("challenge"))
    }

    private static func metadata(_ fields: YAMLFields, now: UnixTime?) -> Metadata? {
        let id = fields.required("id")?.name()
        let revision = fields.required("revision")?.revision()
        let title = fields.optional("title")?.label()
        let owner = fields.optional("owner")?.label()
        let externalRef = fields.optional("external_ref")?.label()
        let effectiveFrom = fields.given("effective_from") { $0.time() }
        let reviewField = fields.optional("review_by")
        let reviewBy = fields.given("review_by") { $0.time() }
        guard let id, let revision, let effectiveFrom, let reviewBy else { return nil }
        if let reviewField, let reviewBy {
            judge(reviewField, reviewBy, effectiveFrom: effectiveFrom, now: now)
        }
        return Metadata(
            id: id, revision: revision, title: title, owner: owner, externalRef: externalRef,
            effectiveFrom: effectiveFrom, reviewBy: reviewBy)
    }

    private static func judge(
        _ field: YAMLField, _ reviewBy: UnixTime, effectiveFrom: UnixTime?, now: UnixTime?
    ) {
        if let effectiveFrom, reviewBy <= effectiveFrom {
            field.report(
                .reversedSpan, "`review_by` is not after `effective_from`",
                fix: "write a later `review_by`")
        } else if let now, reviewBy <= now {
            field.report(
                .reviewOverdue,
                "the policy was to be reviewed by \(reviewBy.minute) UTC; until it is, all that it"
                    + " allows is escalated (POLICY_EXPIRED)",
                fix: "review it, raise `revision` and write a later `review_by`")
        }
    }

    private mutating func readAssets(_ field: YAMLField?) {
        guard let fields = field?.fields() else { return }
        names.knowsAssets = true
        var users: [AssetID: String] = [:]
        for (nameField, value) in fields.everyEntry() {
            guard let name = nameField.name() else { continue }
            let asset = value.mapping { Self.asset(name, $0, &users) }
            names.assets.updateValue(asset, forKey: name)
        }
        if fields.everyEntry().isEmpty {
            fields.report(.wrongType, "no asset is defined", fix: "define those that are held")
        }
    }

    private static func asset(
        _ name: String, _ fields: YAMLFields, _ users: inout [AssetID: String]
    ) -> PolicyAsset? {
        let idField = fields.required("asset_id")
        let id: AssetID? = idField?.identifier("an asset id")
        let precision = fields.required("precision")?.integer(in: 0...18)
        if let id, let other = users.updateValue(name, forKey: id) {
            idField?.report(
                .wrongType, "\(Shown.word(other)) has this asset id already",
                fix: "give each asset one name")
        }
        guard let id, let precision = precision.flatMap(UInt8.init(exactly:)) else { return nil }
        return PolicyAsset(name: name, id: id, precision: precision)
    }

    private mutating func readAccounts(_ field: YAMLField?) {
        guard let fields = field?.fields() else { return }
        names.knowsAccounts = true
        var users: [AccountID: String] = [:]
        for (nameField, value) in fields.everyEntry() {
            guard let name = nameField.name() else { continue }
            let account = value.mapping { self.account(name, $0, &users) }
            names.accounts.updateValue(account, forKey: name)
        }
        if fields.everyEntry().isEmpty {
            fields.report(
                .wrongType, "no account is defined", fix: "define those that are to be watched")
        }
    }

    private func account(
        _ name: String, _ fields: YAMLFields, _ users: inout [AccountID: String]
    ) -> PolicyAccount? {
        let idField = fields.required("account_id")
        let id: AccountID? = idField?.identifier("an account id")
        let entityID: EntityID? = fields.required("entity_id")?.identifier("an entity id")
        let asset = fields.required("asset").flatMap(names.asset)
        if let id, let other = users.updateValue(name, forKey: id) {
            idField?.report(
                .wrongType, "\(Shown.word(other)) has this account id already",
                fix: "give each account one name")
        }
        guard let id, let entityID, let asset = asset.flatMap({ names.assets[$0] ?? nil }) else {
            return nil
        }
        return PolicyAccount(name: name, id: id, entityID: entityID, asset: asset)
    }
}
