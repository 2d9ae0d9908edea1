extension Platform {
    /// The slots of one page, and whether another page follows.
    func page(
        account: String, query: ListQuery
    ) -> (slots: [Int], more: Bool) {
        guard let index = accounts[account]?.index else { return ([], false) }
        let states = Set(query.states ?? Array(index.states.keys)).sorted()
        if states.count == 1, let descending = query.descendingByTime {
            return walk(index.states[states[0]] ?? [], query, descending)
        }
        var slots = states.flatMap { index.states[$0] ?? [] }.map(TransactionIndex.slot)
        slots = slots.filter { query.matches(transactions[$0].members) }
        slots.sort { precedes($0, $1, query.orders) }
        let start = min(slots.count, (query.page - 1) * query.size)
        let end = min(slots.count, start + query.size)
        return (Array(slots[start..<end]), end < slots.count)
    }

    /// Walks one state's entries in their order; skipped ones cost a byte comparison where the
    /// filter asks for types only.
    private func walk(
        _ entries: [UInt64], _ query: ListQuery, _ descending: Bool
    ) -> (slots: [Int], more: Bool) {
        var skip = (query.page - 1) * query.size
        let kinds = kindsAsked(query)
        var slots: [Int] = []
        var more = false
        func visit(_ entry: UInt64) -> Bool {
            if let kinds {
                guard kinds & (1 << (entry & 0xFF)) != 0 else { return true }
            } else if !query.matches(transactions[TransactionIndex.slot(of: entry)].members) {
                return true
            }
            if skip > 0 {
                skip -= 1
            } else if slots.count < query.size {
                slots.append(TransactionIndex.slot(of: entry))
            } else {
                more = true
            }
            return !more
        }
        if !descending {
            for entry in entries where !visit(entry) { break }
            return (slots, more)
        }
        var end = entries.count
        while end > 0 && !more {
            let created = transactions[TransactionIndex.slot(of: entries[end - 1])].createdAt
            let start = lowerBound(entries) {
                transactions[TransactionIndex.slot(of: $0)].createdAt < created
            }
            for entry in entries[start..<end] where !visit(entry) { break }
            end = start
        }
        return (slots, more)
    }

    /// A set of kinds where state and known types are all that the filters ask for.
    private func kindsAsked(_ query: ListQuery) -> UInt64? {
        var kinds: UInt64 = .max
        for filter in query.filters where filter.attribute != "state" {
            guard filter.attribute == "type", case .among(let types) = filter.condition else {
                return nil
            }
            let asked = types.map(TransactionRecord.kind)
            if asked.contains(0) { return nil }
            kinds &= asked.reduce(0) { $0 | 1 << $1 }
        }
        return query.filters.filter { $0.attribute == "state" }.count <= 1 ? kinds : nil
    }

    private func precedes(_ left: Int, _ right: Int, _ orders: [ListQuery.Order]) -> Bool {
        let (first, second) = (transactions[left], transactions[right])
        let keys =
            orders.isEmpty ? [ListQuery.Order(attribute: "created_at", descending: true)] : orders
        for order in keys {
            let (one, other) = (
                first.members.text(order.attribute) ?? "",
                second.members.text(order.attribute) ?? ""
            )
            if one != other { return order.descending ? one > other : one < other }
        }
        return first.id < second.id
    }
}
