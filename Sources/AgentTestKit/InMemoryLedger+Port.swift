package import ApprovalAgent
package import ApprovalCore

extension InMemoryLedger {
    /// Nothing is kept that would have to be built.
    package func prepare(_ policy: LoadedPolicy) async throws(LedgerError) {
        try guarded(.prepare) { () throws(LedgerError) in }
    }

    package func activate(
        _ policy: LoadedPolicy, now: UnixTime, whenActive: @escaping @Sendable () -> Void
    ) async throws(LedgerError) {
        try guarded(.activate) { () throws(LedgerError) in
            if let last = activations.last {
                try Self.check(policy, after: last)
                if last.digest == policy.digest { return whenActive() }
            }
            let time = laterOfSeen(now)
            let body = try body(
                .policyActivated, about: nil, [JSONMember("policy", policy.json)], at: time)
            write(.policyActivated, about: nil, body, at: time)
            for destination in policy.policy.addressBook.destinations
            where destinations[destination] == nil {
                destinations[destination] = DestinationAge(
                    activatedAt: time, isOriginal: activations.isEmpty)
            }
            activations.append(policy)
            for index in held.indices {
                held[index].memberships = policy.policy.memberships(of: held[index].exposure)
            }
            whenActive()
        }
    }

    private static func check(
        _ policy: LoadedPolicy, after last: LoadedPolicy
    ) throws(LedgerError) {
        func bytes(_ loaded: LoadedPolicy, _ path: String) -> [UInt8]? {
            loaded.files.first { $0.path.isVerbatim(path) }?.bytes
        }
        let revisions = (policy.policy.metadata.revision, last.policy.metadata.revision)
        let books = (policy.policy.addressBook.revision, last.policy.addressBook.revision)
        guard revisions.0 >= revisions.1, books.0 >= books.1 else {
            throw .policyRevision("a revision is lower than one that was active before")
        }
        let file = "policy.yaml"
        let isSamePolicy =
            (bytes(policy, file) ?? policy.digest.bytes) == (bytes(last, file) ?? last.digest.bytes)
        let isSameBook = bytes(policy, "address_book.yaml") == bytes(last, "address_book.yaml")
        guard revisions.0 > revisions.1 || isSamePolicy, books.0 > books.1 || isSameBook else {
            throw .policyRevision("a revision was active before with other bytes: raise it")
        }
    }

    package func item(_ id: TransactionID) async throws(LedgerError) -> LedgerItem? {
        try guarded(.item) { () throws(LedgerError) in records[id].map(item) }
    }

    package func unfinished() async throws(LedgerError) -> [LedgerItem] {
        try guarded(.unfinished) { () throws(LedgerError) in
            held.filter { $0.state == .open }.compactMap { records[$0.transactionID].map(item) }
        }
    }

    package func effective(_ now: UnixTime) async throws(LedgerError) -> UnixTime {
        try guarded(.effective) { () throws(LedgerError) in laterOfSeen(now) }
    }

    package func answers(_ questions: Questions) async throws(LedgerError) -> Answers {
        try guarded(.answers) { () throws(LedgerError) in answered(questions) }
    }

    package func settle(
        _ proposal: Proposal, now: Reading, judge: @escaping Judge
    ) async throws(LedgerError) -> Settlement {
        try guarded(.settle) { () throws(LedgerError) in
            try settled(proposal, now, judge)
        }
    }

    package func recordCancel(
        _ id: TransactionID, mostPerHour: Int64, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) -> Bool {
        try guarded(.recordCancel) { () throws(LedgerError) in
            let time = laterOfSeen(now)
            let hourAgo = time.advanced(byMilliseconds: -3_600_000)
            let recent = entries.count { $0.kind == .cancelled && $0.time > hourAgo }
            guard Int64(recent) < mostPerHour else { return false }
            let body = try body(.cancelled, about: id, entry, at: time)
            write(.cancelled, about: id, body, at: time)
            records[id]?.fingerprint = nil
            return true
        }
    }

    package func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {
        try guarded(.advance, .step(step.entryKind)) { () throws(LedgerError) in
            guard evidence.allSatisfy({ $0.count <= 16_384 }) else { throw .recordTooLarge }
            try advanced(id, step, entry, laterOfSeen(now))
            blobs.formUnion(evidence)
        }
    }

    package func accept(
        _ spent: [Spent], entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try guarded(.accept) { () throws(LedgerError) in
            guard spent.allSatisfy({ $0.body.count <= 16_384 }) else { throw .recordTooLarge }
            let time = laterOfSeen(now)
            let body = try body(.reconciled, about: nil, entry, at: time)
            for one in spent { accepted(one, time) }
            write(.reconciled, about: nil, body, at: time)
        }
    }

    package func append(
        _ kind: EntryKind, about id: TransactionID?, entry: [JSONMember], now: UnixTime
    ) async throws(LedgerError) {
        try guarded(.append) { () throws(LedgerError) in
            let time = laterOfSeen(now)
            write(kind, about: id, try body(kind, about: id, entry, at: time), at: time)
            if let id { records[id]?.fingerprint = nil }
        }
    }

    package func signedTimes(after time: UnixTime) async throws(LedgerError) -> [UnixTime] {
        try guarded(.overview) { () throws(LedgerError) in
            entries.filter { $0.kind == .signed && $0.time > time }.map(\.time)
        }
    }

    package func condition() async throws(LedgerError) -> LedgerCondition {
        try guarded(.condition) { () throws(LedgerError) in LedgerCondition(freeBytes: freeBytes) }
    }

    package func overview() async throws(LedgerError) -> LedgerOverview {
        try guarded(.overview) { () throws(LedgerError) in
            var last: [TransactionID: EntryKind] = [:]
            for entry in entries {
                if let id = entry.transactionID { last[id] = entry.kind }
            }
            return LedgerOverview(
                entries: Int64(entries.count),
                states: records.values.reduce(into: [:]) { $0[$1.state, default: 0] += 1 },
                quarantined: Int64(last.values.count { $0 == .quarantined }),
                lastEntry: entries.last?.time,
                policyRevision: activations.last?.policy.metadata.revision,
                policyDigest: activations.last?.digest)
        }
    }
}
