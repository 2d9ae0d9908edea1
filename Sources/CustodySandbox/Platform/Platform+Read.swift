extension Platform {
    /// Answers a verified request.
    mutating func answer(_ route: Route, _ request: ReceivedRequest) -> Reply {
        switch route.endpoint {
        case .entities:
            return items(entities.all.map { Self.published($0.row) }, request, .entities)
        case .entity: return one(entities[route.entity].map(Self.published), .entity)
        case .assets: return items(assets.all.map { Self.published($0.row) }, request, .assets)
        case .asset: return one(assets[route.id].map(Self.published), .asset)
        case .accounts: return accountList(route, request)
        case .account:
            return one(ownAccount(route).map { members(of: $0, id: route.account) }, .account)
        case .list: return transactionList(route, request)
        case .transaction: return transaction(route)
        case .createWithdrawal, .createTransfer: return createTransaction(route, request)
        case .cancel: return cancelTransaction(route)
        case .approvalMethods:
            guard entities[route.entity] != nil else { return .notFound }
            let own = methods.all.filter { $0.row.text("entity_id") == route.entity }
            return items(own.map(\.row), request, .approvalMethods)
        case .approvalMethod:
            let method = methods[route.id]
            return one(
                method?.text("entity_id") == route.entity ? method : nil, .approvalMethod)
        case .createApprovalMethod: return createMethod(route, request)
        case .createRequest: return createRequest(request)
        case .getRequest: return readRequest(route.id)
        case .approve: return approve(route.id, request)
        case .tiers: return items(tiers.all.map(\.row), request, .tiers)
        case .tier: return one(tiers[route.id], .tier)
        case .entityTier: return one(tier(of: route.entity), .entityTier)
        }
    }

    private mutating func one(_ members: [JSON.Member]?, _ endpoint: Endpoint) -> Reply {
        guard let members else { return .notFound }
        return Reply(200, shown(members, endpoint))
    }

    private mutating func items(
        _ rows: [[JSON.Member]], _ request: ReceivedRequest, _ endpoint: Endpoint
    ) -> Reply {
        let query: ListQuery
        do {
            query = try ListQuery(request.query, maxSize: settings.maxPageSize)
        } catch {
            return .invalid([(error.parameter, "invalid")])
        }
        let (found, more) = query.page(of: rows)
        var items: [JSON] = []
        for row in found { items.append(shown(row, endpoint)) }
        return Reply(200, shownList(items, page: query.page, more: more, endpoint))
    }

    /// What only the sandbox knows of an asset or an entity.
    private static let unpublished = [
        "withdrawal_fee", "transfer_fee", "tier_id", "tier_volume", "tier_activated_at",
    ]

    /// An asset or an entity without what only the sandbox knows.
    private static func published(_ row: [JSON.Member]) -> [JSON.Member] {
        row.filter { !unpublished.contains($0.name) }
    }

    /// The tier of an entity as the guide shows it, with what the entity has moved in it.
    private func tier(of entity: String) -> [JSON.Member]? {
        guard let entity = entities[entity],
            let tier = entity.text("tier_id").flatMap({ tiers[$0] })
        else { return nil }
        let shown = tier.filter { !["level", "created_at", "updated_at"].contains($0.name) }
        return shown + [
            .init("volume", entity.value("tier_volume") ?? "0.00"),
            .init(
                "activated_at",
                entity.value("tier_activated_at") ?? entity.value("created_at") ?? .null),
        ]
    }

    func ownAccount(_ route: Route) -> AccountRecord? {
        accounts[route.account].flatMap { $0.entityID == route.entity ? $0 : nil }
    }

    private func members(of account: AccountRecord, id: String) -> [JSON.Member] {
        let precision = precision(of: id)
        var members = account.members
        members.set("balance", .string(account.balance.text(precision: precision)))
        members.set("available_balance", .string(account.available.text(precision: precision)))
        return members
    }

    private mutating func accountList(_ route: Route, _ request: ReceivedRequest) -> Reply {
        guard entities[route.entity] != nil else { return .notFound }
        let own = accounts.all.filter { $0.row.entityID == route.entity }
        return items(own.map { members(of: $0.row, id: $0.id) }, request, .accounts)
    }

    private mutating func transactionList(_ route: Route, _ request: ReceivedRequest) -> Reply {
        guard ownAccount(route) != nil else { return .notFound }
        var query: ListQuery
        do {
            query = try ListQuery(request.query, maxSize: settings.maxPageSize)
        } catch {
            return .invalid([(error.parameter, "invalid")])
        }
        if ignoresFilters() { query.filters = [] }
        let (slots, more) = page(account: route.account, query: query)
        var items: [JSON] = []
        items.reserveCapacity(slots.count)
        for slot in slots {
            items.append(
                hostile.isEmpty
                    ? transactions[slot].json
                    : shown(
                        transactions[slot].members, .list, transaction: transactions[slot].id))
        }
        return Reply(200, shownList(items, page: query.page, more: more))
    }

    /// The slot of the path's transaction in the path's account.
    func slot(_ route: Route) -> Int? {
        guard ownAccount(route) != nil, let slot = slots[route.id],
            transactions[slot].accountID == route.account
        else { return nil }
        return slot
    }

    private mutating func transaction(_ route: Route) -> Reply {
        guard let slot = slot(route) else { return .notFound }
        if transactions[slot].hiddenReads > 0 {
            transactions[slot].hiddenReads -= 1
            return .notFound
        }
        return Reply(200, readTransaction(slot))
    }

    private mutating func cancelTransaction(_ route: Route) -> Reply {
        guard let slot = slot(route) else { return .notFound }
        let record = transactions[slot]
        guard record.state == "PENDING",
            record.type == "WITHDRAWAL" || record.type == "TRANSFER_OUTGOING"
        else { return .message(422, "The transaction's state or type does not allow it") }
        setState(slot, "CANCELLED")
        return Reply(200, .object(transactions[slot].members))
    }
}
