extension Platform {
    static let controlCalls =
        [
            "POST /sandbox/scenario", "POST /sandbox/transactions", "GET /sandbox/transactions",
            "POST /sandbox/transactions/generate", "GET /sandbox/transactions/{id}",
            "PATCH /sandbox/transactions/{id}",
            "POST /sandbox/transactions/{id}/complete|fail|cancel",
            "POST /sandbox/balances", "GET|POST /sandbox/clock", "GET|POST /sandbox/settings",
            "GET|POST|DELETE /sandbox/faults", "GET|POST|DELETE /sandbox/hostile",
            "GET|DELETE /sandbox/requests", "GET /sandbox/report",
        ] + approvalCalls + callbackCalls

    /// Answers a call of the control surface.
    mutating func control(_ request: ReceivedRequest) -> Reply {
        do throws(ControlError) {
            expire()
            let reply: Reply
            let names = Self.names(of: request)
            if Self.checksFirst(names) {
                reply = try perform(request, names)
            } else {
                var next = self
                reply = try next.perform(request, names)
                self = next
            }
            expire()
            return reply
        } catch {
            return .message(error.status, error.message)
        }
    }

    private static func names(of request: ReceivedRequest) -> [String] {
        request.path.split(separator: "/").dropFirst().map(String.init)
    }

    /// Whether such a call refuses before it changes anything. All others work on a copy of what
    /// they change, which with many transactions takes long.
    private static func checksFirst(_ names: [String]) -> Bool {
        switch names.first {
        case "transactions", "approval_requests", "requests", "report": true
        case "entities": names.count == 3
        default: false
        }
    }

    private mutating func perform(
        _ request: ReceivedRequest, _ names: [String]
    ) throws(ControlError) -> Reply {
        switch (request.method, names.first ?? "", names.count) {
        case ("POST", "scenario", 1):
            try merge(scenario: body(request))
            return Reply(200, [:])
        case (_, "transactions", 1...): return try transactions(request, names)
        case (_, "entities", _), (_, "tiers", _), (_, "approval_methods", _),
            (_, "approval_requests", _):
            return try approvalCall(request, names)
        case (_, "callbacks", _): return try callbackCall(request, names)
        case ("POST", "balances", 1): return try setBalances(body(request))
        case ("POST", "clock", 1):
            try setClock(body(request), at: "body")
            return clockReply
        case ("GET", "clock", 1): return clockReply
        case ("POST", "settings", 1):
            try settings.merge(body(request), at: "body")
            return Reply(200, settings.json)
        case ("GET", "settings", 1): return Reply(200, settings.json)
        case (_, "faults", 1), (_, "hostile", 1): return try rules(request, names[0])
        case (_, "requests", 1), ("GET", "report", 1): return try record(request, names[0])
        default: throw unknownCall
        }
    }

    var unknownCall: ControlError {
        ControlError(
            "unknown call; accepted: \(Self.controlCalls.joined(separator: "; "))", status: 404)
    }

    func unknown(_ what: String, _ id: String) -> ControlError {
        ControlError("no \(what) \"\(id)\"", status: 404)
    }

    func body(_ request: ReceivedRequest) throws(ControlError) -> JSON {
        do throws(JSONSyntaxError) {
            return try JSON(parsing: request.body)
        } catch {
            throw ControlError("body: no JSON at byte \(error.offset): expected \(error.expected)")
        }
    }

    private var clockReply: Reply {
        Reply(
            200,
            [
                "now": .string(now.timestamp), "offset_seconds": .integer(clockOffset),
                "date_header": .bool(settings.dateHeader),
            ])
    }

    private mutating func setBalances(_ json: JSON) throws(ControlError) -> Reply {
        for (index, entry) in (json.elements ?? [json]).enumerated() {
            let place = "balances[\(index)]"
            let fields = try Fields(entry, at: place, accepts: ["account_id", "balance"])
            let account = try fields.required("account_id")
            guard accounts[account] != nil else { throw unknown("account", account) }
            guard let balance = try fields.amount("balance") else {
                throw ControlError("\(place).balance: expected a decimal in a string")
            }
            accounts[account]?.balance = balance
        }
        return Reply(200, [:])
    }

    private mutating func rules(
        _ request: ReceivedRequest, _ name: String
    ) throws(ControlError) -> Reply {
        switch request.method {
        case "GET": break
        case "DELETE":
            if name == "faults" { faults = [] } else { hostile = [] }
        case "POST":
            let json = try body(request)
            for (index, rule) in (json.elements ?? [json]).enumerated() {
                if name == "faults" {
                    faults.append(try FaultRule(rule, at: "faults[\(index)]"))
                } else {
                    hostile.append(try HostileRule(rule, at: "hostile[\(index)]"))
                }
            }
        default: throw unknownCall
        }
        return Reply(
            200, ["items": .array(name == "faults" ? faults.map(\.json) : hostile.map(\.json))])
    }

    private mutating func record(
        _ request: ReceivedRequest, _ name: String
    ) throws(ControlError) -> Reply {
        switch (request.method, name) {
        case ("GET", "report"): return Reply(200, report)
        case ("GET", _):
            let since = try integerParameter("since", of: request) ?? 0
            let items = recording.requests(since: since).map(\.json)
            return Reply(
                200, ["items": .array(items), "last": .integer(recording.last)])
        case ("DELETE", "requests"):
            recording.clear()
            return Reply(200, [:])
        default: throw unknownCall
        }
    }

    private func integerParameter(
        _ name: String, of request: ReceivedRequest
    ) throws(ControlError) -> Int? {
        guard let text = try parameters(request, accepts: [name])[name] else { return nil }
        guard let integer = Int(text) else {
            throw ControlError("\(name): expected a whole number")
        }
        return integer
    }

    func parameters(
        _ request: ReceivedRequest, accepts: [String]
    ) throws(ControlError) -> [String: String] {
        var found: [String: String] = [:]
        for pair in request.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard accepts.contains(parts[0]), parts.count == 2 else {
                throw ControlError(
                    "unknown parameter \"\(pair)\"; accepted: "
                        + accepts.map { "\($0)=…" }.joined(separator: ", "))
            }
            found[parts[0]] = parts[1]
        }
        return found
    }

    private mutating func transactions(
        _ request: ReceivedRequest, _ names: [String]
    ) throws(ControlError) -> Reply {
        switch (request.method, names.count) {
        case ("GET", 1): return try transactionList(request)
        case ("POST", 1):
            let json = try body(request)
            let added = try addTransactions(json.elements ?? [json], at: "transactions")
            return Reply(201, ["ids": .texts(added)])
        case ("POST", 2) where names[1] == "generate":
            return try generate(body(request))
        default: break
        }
        guard names.count > 1 else { throw unknownCall }
        guard let slot = slots[names[1]] else { throw unknown("transaction", names[1]) }
        switch (request.method, names.dropFirst(2).first) {
        case ("GET", nil): break
        case ("GET", "approval_requests"): return Reply(200, approvalRequests(of: slot))
        case ("PATCH", nil):
            guard let members = try body(request).members else {
                throw ControlError("body: expected an object")
            }
            if members.contains(where: { $0.name == "id" }) {
                throw ControlError("body.id: a transaction's id cannot be changed")
            }
            change(slot, members)
        case ("POST", "complete"): complete(slot)
        case ("POST", "fail"): setState(slot, "FAILED")
        case ("POST", "cancel"): setState(slot, "CANCELLED")
        default: throw unknownCall
        }
        return Reply(200, described(slot))
    }

    private func transactionList(_ request: ReceivedRequest) throws(ControlError) -> Reply {
        let wanted = try parameters(request, accepts: ["account_id", "state"])
        let found = transactions.indices.filter { slot in
            (wanted["account_id"] ?? transactions[slot].accountID) == transactions[slot].accountID
                && (wanted["state"] ?? transactions[slot].state) == transactions[slot].state
        }
        return Reply(200, ["items": .array(found.map(described))])
    }

    private func described(_ slot: Int) -> JSON {
        let record = transactions[slot]
        return [
            "transaction": .object(record.members),
            "approvals": .array(record.attempts.map(\.json)),
            "approval_request_ids": .texts(record.approvalRequestIDs),
            "reads": .integer(record.reads),
        ]
    }

    private mutating func generate(_ json: JSON) throws(ControlError) -> Reply {
        let fields = try Fields(json, at: "body", accepts: ["account_id", "count", "template"])
        let account = try fields.required("account_id")
        guard let count = try fields.count("count"), count <= 1_000_000 else {
            throw ControlError("body.count: expected 0 to 1000000")
        }
        guard let template = (fields["template"] ?? [:]).members else {
            throw ControlError("body.template: expected an object")
        }
        var list: [JSON] = []
        for number in 0..<count {
            var members: [JSON.Member] = [.init("account_id", .string(account))]
            for member in template {
                let text = member.value.text?.replacing("{n}", with: String(number))
                members.set(member.name, text.map { .string($0) } ?? member.value)
            }
            list.append(.object(members))
        }
        let added = try addTransactions(list, at: "generated")
        return Reply(201, ["count": .integer(count), "ids": .texts(added)])
    }
}
