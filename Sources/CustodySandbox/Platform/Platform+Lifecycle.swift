extension Platform {
    /// A transaction's members with every gap filled: id, reference, fee, times, state.
    mutating func completed(_ given: [JSON.Member]) -> [JSON.Member] {
        let id = given.text("id") ?? ids.id("atrx")
        let type = given.text("type") ?? "WITHDRAWAL"
        let account = given.text("account_id") ?? ""
        let created = given.text("created_at") ?? now.timestamp
        var members: [JSON.Member] = [
            .init("id", .string(id)), .init("account_id", .string(account)),
            .init("type", .string(type)), .init("state", "PENDING"),
            .init("amount", "0"),
            .init("fee_amount", .string(defaultFee(account: account, type: type))),
            .init("fee_account_id", .string(defaultFeeAccount(account))),
            .init("end_to_end_id", .string(ids.id(""))),
        ]
        switch type {
        case "WITHDRAWAL":
            members += [
                .init("address", ""), .init("reference", .string(ids.id("-ref"))),
                .init("blockchain_txid", .null), .init("blockchain_output_n", .null),
                .init("linked_tx_ids", []),
            ]
        case "TRANSFER_OUTGOING":
            members += [
                .init("reference", .string(ids.id("-ref"))),
                .init("sender_account_id", .string(account)),
                .init("receiver_account_id", ""),
            ]
        default: break
        }
        members += [
            .init("created_at", .string(created)), .init("updated_at", .string(created)),
        ]
        for member in given { members.set(member.name, member.value) }
        return members
    }

    private func defaultFee(account: String, type: String) -> String {
        let name = type == "WITHDRAWAL" ? "withdrawal_fee" : "transfer_fee"
        let precision = precision(of: defaultFeeAccount(account))
        let fee = asset(of: account)?.text(name).flatMap { ExactAmount($0) } ?? .zero
        return fee.text(precision: precision)
    }

    /// The own account, and for a token the holder's account in its base asset, where there is one.
    func defaultFeeAccount(_ account: String) -> String {
        guard let base = asset(of: account)?.text("base_asset_id"),
            let holder = accounts[account]?.entityID
        else { return account }
        let payer = accounts.all.first { $0.row.entityID == holder && $0.row.assetID == base }
        return payer?.id ?? account
    }

    /// Books an APPROVED transaction: balances move, and the fee or the incoming side appears.
    mutating func complete(_ slot: Int) {
        let record = transactions[slot]
        setState(slot, "COMPLETED")
        guard let lock = record.lock else { return }
        credit(lock.accountID, lock.amount.negated)
        if let payer = lock.feeAccountID { credit(payer, lock.fee.negated) }
        switch record.type {
        case "WITHDRAWAL":
            if lock.fee > .zero { addWithdrawalFee(of: slot, lock) }
        case "TRANSFER_OUTGOING": addIncomingTransfer(of: slot, lock)
        default: break
        }
    }

    private mutating func credit(_ account: String, _ amount: ExactAmount) {
        guard let balance = accounts[account]?.balance else { return }
        accounts[account]?.balance = balance + amount
    }

    private mutating func addWithdrawalFee(of slot: Int, _ lock: Lock) {
        let record = transactions[slot]
        let payer = lock.feeAccountID ?? record.accountID
        let fee = lock.fee.negated.text(precision: precision(of: payer))
        let members = completed([
            .init("account_id", .string(record.accountID)), .init("type", "WITHDRAWAL_FEE"),
            .init("state", "COMPLETED"), .init("amount", .string(fee)),
            .init("fee_amount", "0"), .init("fee_account_id", .string(payer)),
            .init("linked_tx_ids", [.string(record.id)]),
        ])
        let id = members.text("id") ?? ""
        add(TransactionRecord(id: id, members: members))
        change(slot, [.init("linked_tx_ids", [.string(id)])])
    }

    private mutating func addIncomingTransfer(of slot: Int, _ lock: Lock) {
        let record = transactions[slot]
        guard let receiver = record.members.text("receiver_account_id"),
            accounts[receiver] != nil
        else { return }
        credit(receiver, lock.amount)
        let amount = lock.amount.text(precision: precision(of: receiver))
        let members = completed([
            .init("account_id", .string(receiver)), .init("type", "TRANSFER_INCOMING"),
            .init("state", "COMPLETED"), .init("amount", .string(amount)),
            .init("fee_amount", "0"), .init("fee_account_id", .string(receiver)),
            .init("end_to_end_id", record.members.value("end_to_end_id") ?? .null),
            .init("sender_account_id", .string(record.accountID)),
            .init("receiver_account_id", .string(receiver)),
        ])
        add(TransactionRecord(id: members.text("id") ?? "", members: members))
    }
}
