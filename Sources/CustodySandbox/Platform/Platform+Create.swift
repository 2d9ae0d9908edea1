extension Platform {
    /// A withdrawal or transfer; the same reference with the same attributes answers the same.
    mutating func createTransaction(_ route: Route, _ request: ReceivedRequest) -> Reply {
        guard ownAccount(route) != nil else { return .notFound }
        guard let body = try? JSON(parsing: request.body), let given = body.members else {
            return .invalid([])
        }
        let withdrawal = route.endpoint == .createWithdrawal
        let faults = invalidParams(given, route, withdrawal: withdrawal)
        if !faults.isEmpty { return .invalid(faults) }
        let reference = given.text("reference") ?? ""
        let fingerprint = String(
            decoding: JSON.object(
                given.sorted { $0.name < $1.name } + [
                    .init("account", .string(route.account)), .init("w", .bool(withdrawal)),
                ]
            ).bytes, as: UTF8.self)
        if let known = references[reference] {
            guard known.fingerprint == fingerprint else {
                return .invalid([("reference", "taken")])
            }
            return Reply(201, ["transaction_id": .string(known.transactionID)])
        }
        let id = addOutgoing(given, route, withdrawal: withdrawal)
        references[reference] = Reference(transactionID: id, fingerprint: fingerprint)
        return Reply(201, ["transaction_id": .string(id)])
    }

    private mutating func addOutgoing(
        _ given: [JSON.Member], _ route: Route, withdrawal: Bool
    ) -> String {
        let amount = given.text("amount").flatMap { ExactAmount($0) } ?? .zero
        var spec: [JSON.Member] = [
            .init("account_id", .string(route.account)),
            .init("type", .string(withdrawal ? "WITHDRAWAL" : "TRANSFER_OUTGOING")),
            .init(
                "amount", .string(amount.negated.text(precision: precision(of: route.account)))),
        ]
        for name in [
            "reference", "address", "receiver_account_id", "fee_account_id", "end_to_end_id",
        ] {
            if let text = given.text(name) { spec.append(.init(name, .string(text))) }
        }
        var record = TransactionRecord(id: "", members: completed(spec))
        if !canPay(record.lock) { record.members.set("state", "FAILED") }
        let id = record.members.text("id") ?? ""
        var created = TransactionRecord(id: id, members: record.members)
        created.hiddenReads = settings.eventualReads
        add(created)
        return id
    }

    private func canPay(_ lock: Lock?) -> Bool {
        guard let lock, let account = accounts[lock.accountID] else { return false }
        let payer = lock.feeAccountID ?? lock.accountID
        if payer == lock.accountID { return account.available >= lock.amount + lock.fee }
        guard let paying = accounts[payer] else { return false }
        return account.available >= lock.amount && paying.available >= lock.fee
    }

    private func invalidParams(
        _ given: [JSON.Member], _ route: Route, withdrawal: Bool
    ) -> [(String, String)] {
        var faults: [(String, String)] = []
        if (given.text("reference") ?? "").isEmpty { faults.append(("reference", "blank")) }
        if let fault = amountFault(given.text("amount"), account: route.account) {
            faults.append(("amount", fault))
        }
        if withdrawal {
            if (given.text("address") ?? "").isEmpty { faults.append(("address", "blank")) }
        } else if let receiver = given.text("receiver_account_id") {
            if accounts[receiver] == nil {
                faults.append(("receiver_account_id", "not_found"))
            } else if accounts[receiver]?.assetID != accounts[route.account]?.assetID
                || receiver == route.account
            {
                faults.append(("receiver_account_id", "invalid"))
            }
        } else {
            faults.append(("receiver_account_id", "blank"))
        }
        if let payer = given.text("fee_account_id"), accounts[payer] == nil {
            faults.append(("fee_account_id", "not_found"))
        }
        if let mark = given.text("end_to_end_id"),
            mark.utf8.count > 64 || mark.utf8.contains(where: { $0 > 0x7F })
        {
            faults.append(("end_to_end_id", "invalid"))
        }
        return faults
    }

    private func amountFault(_ text: String?, account: String) -> String? {
        guard let text, !text.isEmpty else { return "blank" }
        guard let amount = ExactAmount(text), amount > .zero,
            let digits = ExactAmount.fractionDigits(of: text),
            digits <= precision(of: account)
        else { return "invalid" }
        let least = asset(of: account)?.text("tx_min_amount").flatMap { ExactAmount($0) }
        return amount < least ?? .zero ? "invalid" : nil
    }

    /// Registers an approval method; the sandbox's control surface activates it.
    mutating func createMethod(_ route: Route, _ request: ReceivedRequest) -> Reply {
        guard let entity = entities[route.entity] else { return .notFound }
        guard let body = try? JSON(parsing: request.body), let type = body["type"]?.text else {
            return .invalid([("type", "blank")])
        }
        let holders: [String] =
            switch ApprovalType(rawValue: type) {
            case .ed25519: ["PARTNER", "BUSINESS"]
            case .sms, .authyPush: ["PERSON", "REPRESENTATIVE_PERSON"]
            case .group, nil: []
            }
        guard holders.contains(entity.text("type") ?? "") else {
            return .invalid([("type", "invalid")])
        }
        let key = body["pub_key"]?.text
        if type == "DSA_ED25519" {
            guard let key else { return .invalid([("pub_key", "blank")]) }
            guard Hex.bytes(key)?.count == 32 else { return .invalid([("pub_key", "invalid")]) }
        }
        let taken = methods.all.contains {
            $0.row.text("entity_id") == route.entity && $0.row.text("type") == type
        }
        if taken { return .invalid([("type", "taken")]) }
        let id = ids.id("apmt")
        let time = now.timestamp
        var members: [JSON.Member] = [
            .init("id", .string(id)), .init("entity_id", .string(route.entity)),
            .init("type", .string(type)), .init("state", "PENDING"),
        ]
        if type == "DSA_ED25519" { members.append(.init("pub_key", .optional(key))) }
        members += [.init("created_at", .string(time)), .init("updated_at", .string(time))]
        methods[id] = members
        return Reply(201, .object(members))
    }
}
