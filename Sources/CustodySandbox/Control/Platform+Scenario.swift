extension Platform {
    static let scenarioKeys = [
        "keys", "tiers", "entities", "assets", "accounts", "approval_methods", "transactions",
        "settings",
        "faults", "hostile", "clock", "callbacks",
    ]

    /// Merges a scenario; what refers to something else must come after it or be in the state.
    mutating func merge(scenario: JSON) throws(ControlError) {
        let fields = try Fields(scenario, at: "scenario", accepts: Self.scenarioKeys)
        if let settings = fields["settings"] {
            try self.settings.merge(settings, at: "settings")
        }
        if let clock = fields["clock"] { try setClock(clock, at: "clock") }
        if let callbacks = fields["callbacks"] {
            try self.callbacks.merge(callbacks, at: "callbacks")
        }
        for (index, json) in try fields.list("keys").enumerated() {
            try addKey(json, at: "keys[\(index)]")
        }
        for (index, json) in try fields.list("tiers").enumerated() {
            _ = try addTier(json, at: "tiers[\(index)]")
        }
        for (index, json) in try fields.list("entities").enumerated() {
            _ = try addEntity(json, at: "entities[\(index)]")
        }
        for (index, json) in try fields.list("assets").enumerated() {
            try addAsset(json, at: "assets[\(index)]")
        }
        for (index, json) in try fields.list("accounts").enumerated() {
            try addAccount(json, at: "accounts[\(index)]")
        }
        for (index, json) in try fields.list("approval_methods").enumerated() {
            _ = try addApprovalMethod(json, at: "approval_methods[\(index)]")
        }
        _ = try addTransactions(fields.list("transactions"), at: "transactions")
        for (index, json) in try fields.list("faults").enumerated() {
            faults.append(try FaultRule(json, at: "faults[\(index)]"))
        }
        for (index, json) in try fields.list("hostile").enumerated() {
            hostile.append(try HostileRule(json, at: "hostile[\(index)]"))
        }
    }

    private mutating func addKey(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(json, at: place, accepts: ["key_id", "pub_key"])
        let hex = try fields.required("pub_key")
        keys[try fields.required("key_id")] = APIKey(
            publicKeyHex: hex, publicKey: try publicKey(hex, at: "\(place).pub_key"))
    }

    func publicKey(_ hex: String, at place: String) throws(ControlError) -> [UInt8] {
        guard let bytes = Hex.bytes(hex), bytes.count == 32 else {
            throw ControlError("\(place): expected 64 hexadecimal digits")
        }
        return bytes
    }

    /// The given members over the defaults, with times.
    func stamped(
        _ defaults: [JSON.Member], _ given: [JSON.Member]
    ) -> [JSON.Member] {
        var members = defaults
        for member in given { members.set(member.name, member.value) }
        if members.value("created_at") == nil {
            members.set("created_at", .string(now.timestamp))
        }
        if members.value("updated_at") == nil {
            members.set("updated_at", members.value("created_at") ?? .null)
        }
        return members
    }

    private mutating func addAsset(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(
            json, at: place,
            accepts: [
                "id", "code", "precision", "type", "base_asset_id", "tx_min_amount",
                "description", "address_validation", "withdrawal_fee", "transfer_fee",
                "created_at", "updated_at",
            ])
        let id = try fields.text("id") ?? ids.id("asst")
        for name in ["tx_min_amount", "withdrawal_fee", "transfer_fee"] {
            _ = try fields.amount(name)
        }
        if let precision = try fields.count("precision"), precision > 18 {
            throw ControlError("\(place).precision: expected 0 to 18")
        }
        let code = try fields.text("code") ?? ""
        assets[id] = stamped(
            [
                .init("id", .string(id)), .init("code", .string(code)), .init("precision", 8),
                .init("description", .string(code)), .init("address_validation", .null),
                .init("tx_min_amount", "0"), .init("type", "BASE"),
            ], fields.members)
    }

    private mutating func addAccount(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(
            json, at: place,
            accepts: [
                "id", "entity_id", "asset_id", "balance", "isolation", "type", "created_at",
                "updated_at",
            ])
        let entity = try fields.required("entity_id")
        let asset = try fields.required("asset_id")
        if entities[entity] == nil {
            throw ControlError("\(place).entity_id: no entity \"\(entity)\"")
        }
        guard let type = assets[asset].map({ $0.text("type") ?? "BASE" }) else {
            throw ControlError("\(place).asset_id: no asset \"\(asset)\"")
        }
        let id = try fields.text("id") ?? ids.id("acct")
        var record =
            accounts[id] ?? AccountRecord(members: [], entityID: entity, assetID: asset)
        record.entityID = entity
        record.assetID = asset
        record.balance = try fields.amount("balance") ?? record.balance
        record.members = stamped(
            [
                .init("id", .string(id)), .init("asset_id", .string(asset)),
                .init("entity_id", .string(entity)), .init("balance", "0"),
                .init("available_balance", "0"), .init("isolation", "POOLED"),
                .init("type", .string(type)),
            ], fields.members)
        accounts[id] = record
    }

    /// Adds raw transactions in one go and returns their ids; a refused one leaves no trace.
    mutating func addTransactions(
        _ list: [JSON], at place: String
    ) throws(ControlError) -> [String] {
        let before = ids
        let records: [TransactionRecord]
        do throws(ControlError) {
            records = try self.records(list, at: place)
        } catch {
            ids = before
            throw error
        }
        for record in records {
            if let reference = record.members.text("reference"), references[reference] == nil {
                references[reference] = Reference(transactionID: record.id, fingerprint: "")
            }
        }
        addAll(records)
        return records.map(\.id)
    }

    private mutating func records(
        _ list: [JSON], at place: String
    ) throws(ControlError) -> [TransactionRecord] {
        var records: [TransactionRecord] = []
        var fresh: Set<String> = []
        for (index, json) in list.enumerated() {
            guard let given = json.members else {
                throw ControlError("\(place)[\(index)]: expected an object")
            }
            guard let account = given.text("account_id"), accounts[account] != nil else {
                throw ControlError("\(place)[\(index)].account_id: expected a known account")
            }
            let members = completed(given)
            guard let id = members.text("id") else {
                throw ControlError("\(place)[\(index)].id: expected a string")
            }
            if slots[id] != nil || !fresh.insert(id).inserted {
                throw ControlError(
                    "\(place)[\(index)].id: \"\(id)\" is taken; PATCH /sandbox/transactions/\(id)"
                        + " changes it")
            }
            records.append(TransactionRecord(id: id, members: members))
        }
        return records
    }

    mutating func setClock(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(
            json, at: place, accepts: ["advance_seconds", "offset_seconds", "date_header"])
        clockOffset = try fields.integer("offset_seconds") ?? clockOffset
        clockOffset += try fields.integer("advance_seconds") ?? 0
        settings.dateHeader = try fields.truth("date_header") ?? settings.dateHeader
    }
}
