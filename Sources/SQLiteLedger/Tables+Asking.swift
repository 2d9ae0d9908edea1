import ApprovalAgent
import ApprovalCore

// Who was asked to approve a transaction, and how they stand.
extension Tables {
    /// The most bytes that an asking may have.
    private static let largestAsking = 65_535

    /// Who was asked; nil where nobody was.
    func asking(_ id: TransactionID) throws -> Asking? {
        let row = try first("SELECT * FROM asking WHERE transaction_id = ?", .text(id.text))
        guard let row else { return nil }
        let body = try verified(.asking, row).bytes("body")
        guard let json = try? JSONValue(parsing: body), let asking = Asking(json: json) else {
            throw LedgerError.corrupt("who was asked cannot be read")
        }
        return asking
    }

    /// Keeps who was asked, or how they stand now. What was once asked is never forgotten, and an
    /// end is never taken back.
    func record(_ asking: Asking, of item: ItemRow, at time: UnixTime) throws {
        let id = item.transactionID
        for request in asking.members.flatMap(\.requests) {
            try record(request, for: id, at: time, isPart: true)
        }
        guard item.requestID == asking.requestID else {
            throw LedgerError.corrupt("it was not asked by the request that was made")
        }
        guard let body = asking.json.canonicalBytes, body.count <= Self.largestAsking else {
            throw LedgerError.recordTooLarge
        }
        let cells = sealed(.asking, [.text(id.text), .bytes(body)])
        guard let known = try self.asking(id) else {
            try insertSealed(.asking, [cells])
            return
        }
        guard asking.goesOn(from: known) else {
            throw LedgerError.corrupt("who was asked before is not who is said to be asked now")
        }
        // An insertion is refused, and an upsert is one.
        try run(
            "UPDATE asking SET body = ?, checksum = ? WHERE transaction_id = ?",
            cells[1], cells[2], cells[0])
    }
}

extension Asking {
    /// Whether it may come after `known`.
    fileprivate func goesOn(from known: Asking) -> Bool {
        quorum == known.quorum && entityID == known.entityID && requestID == known.requestID
            && since == known.since && (known.end == nil || end == known.end)
            && members.count == known.members.count
            && zip(members, known.members).allSatisfy { now, before in
                now.member == before.member && now.begun >= now.requests.count
                    && now.requests.starts(with: before.requests)
            }
    }
}
