extension Platform {
    /// The slots of one page, and whether another page follows.
    func page(
        account: String, query: ListQuery
    ) -> (slots: [Int], more: Bool) {
        guard let index = accounts[account]?.index else { return ([], false) }
        let states = Set(query.states ?? Array(index.states.keys)).sorted()
        if states.count == 1, let descending = query.descendingByTime {
            let entries = index.states[states[0]] ?? []
            if let kinds = kindsAsked(query), index.kinds(of: states[0]) & ~kinds == 0 {
                return cut(entries, query, descending)
            }
            return walk(entries, query, descending)
        }
        var slots = states.flatMap { index.states[$0] ?? [] }.map(TransactionIndex.slot)
        slots = slots.filter { query.matches(transactions[$0].members) }
        slots.sort { query.precedes(transactions[$0].members, transactions[$1].members) }
        let start = min(slots.count, (query.page - 1) * query.size)
        let end = min(slots.count, start + query.size)
        return (Array(slots[start..<end]), end < slots.count)
    }

    /// One page where every entry of the state is asked for: what comes before it costs nothing,
    /// or in descending order one search for each time that was skipped.
    private func cut(
        _ entries: [UInt64], _ query: ListQuery, _ descending: Bool
    ) -> (slots: [Int], more: Bool) {
        let start = (query.page - 1) * query.size
        let more = start + query.size < entries.count
        if !descending {
            let found = entries.dropFirst(start).prefix(query.size)
            return (found.map(TransactionIndex.slot), more)
        }
        var (skip, slots, end) = (start, [Int](), entries.count)
        while end > 0 && slots.count < query.size {
            let created = transactions[TransactionIndex.slot(of: entries[end - 1])].createdAt
            let first = lowerBound(entries) {
                transactions[TransactionIndex.slot(of: $0)].createdAt < created
            }
            let block = entries[first..<end]
            let found = block.dropFirst(skip).prefix(query.size - slots.count)
            slots += found.map(TransactionIndex.slot)
            skip = max(0, skip - block.count)
            end = first
        }
        return (slots, more)
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
}
