extension Platform {
    /// The whole state, for a file; the recorded requests are left out, their counts are in.
    var saved: JSON {
        [
            "version": 1, "clock_offset": .integer(clockOffset),
            "ids": .string(String(ids.state)), "chances": .string(String(chances.state)),
            "settings": settings.json,
            "keys": .array(
                keys.sorted { $0.key < $1.key }.map {
                    ["key_id": .string($0.key), "pub_key": .string($0.value.publicKeyHex)]
                }),
            "nonces": .object(
                nonces.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.saved) }),
            "tiers": .array(tiers.all.map { .object($0.row) }),
            "entities": .array(entities.all.map { .object($0.row) }),
            "assets": .array(assets.all.map { .object($0.row) }),
            "accounts": .array(accounts.all.map(Self.savedAccount)),
            "approval_methods": .array(methods.all.map { .object($0.row) }),
            "approval_requests": .array(requests.all.map(Self.savedRequest)),
            "transactions": .array(transactions.map(Self.savedTransaction)),
            "references": .object(
                references.sorted { $0.key < $1.key }.map {
                    .init($0.key, .texts([$0.value.transactionID, $0.value.fingerprint]))
                }),
            "faults": .array(faults.map(\.json)), "hostile": .array(hostile.map(\.json)),
            "callbacks": callbacks.saved,
            "recording": [
                "last": .integer(recording.last), "total": .integer(recording.total),
                "nonces_reused": .integer(recording.noncesReused),
                "signature_failures": .integer(recording.signatureFailures),
                "faults_struck": .integer(recording.faultsStruck),
                "counts": Self.counts(recording.counts),
                "statuses": Self.counts(recording.statuses),
            ],
        ]
    }

    private static func savedAccount(_ account: (id: String, row: AccountRecord)) -> JSON {
        var members = account.row.members.filter { $0.name != "available_balance" }
        members.set("balance", .string(account.row.balance.text(precision: 0)))
        return .object(members)
    }

    private static func savedTransaction(_ record: TransactionRecord) -> JSON {
        [
            "transaction": .object(record.members), "reads": .integer(record.reads),
            "hidden_reads": .integer(record.hiddenReads),
            "approvals": .array(record.attempts.map(\.json)),
            "approval_request_ids": .texts(record.approvalRequestIDs),
        ]
    }

    /// Reads what `saved` wrote.
    init(saved: JSON) throws(ControlError) {
        guard saved["version"]?.integer == 1,
            let ids = saved["ids"]?.text.flatMap({ UInt64($0) }),
            let chances = saved["chances"]?.text.flatMap({ UInt64($0) })
        else { throw ControlError("state: not a state that custody-sandbox wrote") }
        self.init(seed: ids)
        self.chances = SeededGenerator(state: chances)
        clockOffset = saved["clock_offset"]?.integer ?? 0
        let scenario = (saved.members ?? []).filter {
            ["settings", "keys", "tiers", "entities", "assets", "accounts", "approval_methods"]
                .contains($0.name)
        }
        try merge(scenario: .object(scenario))
        for member in saved["nonces"]?.members ?? [] {
            nonces[member.name] = UsedNonces(
                saved: try texts(member.value, at: "state.nonces"))
        }
        for member in saved["references"]?.members ?? [] {
            let pair = try texts(member.value, at: "state.references")
            guard pair.count == 2 else { throw ControlError("state.references: expected pairs") }
            references[member.name] = Reference(transactionID: pair[0], fingerprint: pair[1])
        }
        try restoreTransactions(saved["transactions"]?.elements ?? [])
        for json in saved["approval_requests"]?.elements ?? [] { try restoreRequest(json) }
        try restoreRules(saved)
        restoreRecording(saved["recording"] ?? [:])
        try callbacks.restore(saved["callbacks"] ?? [:])
        self.ids = SeededGenerator(state: ids)
    }

    private mutating func restoreTransactions(_ list: [JSON]) throws(ControlError) {
        _ = try addTransactions(list.compactMap { $0["transaction"] }, at: "state.transactions")
        for json in list {
            guard let id = json["transaction"]?["id"]?.text, let slot = slots[id] else {
                throw ControlError("state.transactions: expected an id")
            }
            transactions[slot].reads = json["reads"]?.integer ?? 0
            transactions[slot].hiddenReads = json["hidden_reads"]?.integer ?? 0
            transactions[slot].approvalRequestIDs = try texts(
                json["approval_request_ids"] ?? [], at: "state.approval_request_ids")
            transactions[slot].attempts = (json["approvals"]?.elements ?? []).map(Self.attempt)
        }
    }

    private static func attempt(_ json: JSON) -> ApprovalAttempt {
        func text(_ name: String) -> String { json[name]?.text ?? "" }
        return ApprovalAttempt(
            approvalRequestID: text("approval_request_id"),
            challengeMessage: text("challenge_message"),
            challengeSHA256: text("challenge_sha256"), sentSHA256: json["sent_sha256"]?.text,
            signatureSHA256: text("signature_sha256"), at: text("at"),
            accepted: json["accepted"]?.truth ?? false, error: json["error"]?.text)
    }

    private mutating func restoreRules(_ saved: JSON) throws(ControlError) {
        for json in saved["faults"]?.elements ?? [] {
            var rule = try FaultRule(json["rule"] ?? .null, at: "state.faults")
            rule.seen = json["seen"]?.integer ?? 0
            rule.used = json["used"]?.integer ?? 0
            faults.append(rule)
        }
        for json in saved["hostile"]?.elements ?? [] {
            var rule = try HostileRule(json["rule"] ?? .null, at: "state.hostile")
            rule.seen = json["seen"]?.integer ?? 0
            rule.used = json["used"]?.integer ?? 0
            hostile.append(rule)
        }
    }

    private mutating func restoreRecording(_ json: JSON) {
        recording.last = json["last"]?.integer ?? 0
        recording.total = json["total"]?.integer ?? 0
        recording.noncesReused = json["nonces_reused"]?.integer ?? 0
        recording.signatureFailures = json["signature_failures"]?.integer ?? 0
        recording.faultsStruck = json["faults_struck"]?.integer ?? 0
        for member in json["counts"]?.members ?? [] {
            recording.counts[member.name] = member.value.integer ?? 0
        }
        for member in json["statuses"]?.members ?? [] {
            recording.statuses[member.name] = member.value.integer ?? 0
        }
    }
}
