/// The control calls about registered rows and requests for approval.
extension Platform {
    static let approvalCalls = [
        "GET|POST /sandbox/entities", "PATCH /sandbox/entities/{id}",
        "POST /sandbox/entities/{id}/approve|deny|expire", "GET|POST /sandbox/tiers",
        "GET|POST /sandbox/approval_methods", "PATCH /sandbox/approval_methods/{id}",
        "POST /sandbox/approval_methods/{id}/activate|deactivate",
        "POST /sandbox/approval_requests", "GET|PATCH /sandbox/approval_requests/{id}",
        "POST /sandbox/approval_requests/{id}/approve|deny|expire",
        "GET /sandbox/transactions/{id}/approval_requests",
    ]

    /// What a person, or the operator in their place, does with a request.
    private enum Answer: String, CaseIterable { case approve, deny, expire }

    mutating func approvalCall(
        _ request: ReceivedRequest, _ names: [String]
    ) throws(ControlError) -> Reply {
        switch (request.method, names[0], names.count) {
        case ("GET", _, 1): return registered(names[0])
        case ("POST", "approval_requests", 1): return try addRequest(body(request))
        case ("POST", _, 1): return try register(body(request), names[0])
        case ("PATCH", "entities", 2):
            try changeEntity(names[1], body(request))
            return Reply(200, .object(entities[names[1]] ?? []))
        case ("POST", "entities", 3): return try answerAll(of: names[1], names[2], request)
        case ("PATCH", "approval_methods", 2):
            try changeMethod(names[1], body(request))
            return Reply(200, .object(methods[names[1]] ?? []))
        case ("POST", "approval_methods", 3):
            guard ["activate", "deactivate"].contains(names[2]) else { throw unknownCall }
            let state = names[2] == "activate" ? "ACTIVATED" : "DEACTIVATED"
            try changeMethod(names[1], ["state": .string(state)])
            return Reply(200, .object(methods[names[1]] ?? []))
        case ("GET", "approval_requests", 2): return Reply(200, try described(request: names[1]))
        case ("PATCH", "approval_requests", 2):
            let fields = try Fields(body(request), at: "body", accepts: ["state"])
            guard requests[names[1]] != nil else { throw unknown("approval request", names[1]) }
            requests[names[1]]?.state = try fields.required("state")
            return Reply(200, try described(request: names[1]))
        case ("POST", "approval_requests", 3):
            guard let answer = Answer(rawValue: names[2]) else { throw unknownCall }
            try self.answer(names[1], answer)
            return Reply(200, try described(request: names[1]))
        default: throw unknownCall
        }
    }

    private func registered(_ what: String) -> Reply {
        let rows: [[JSON.Member]] =
            switch what {
            case "entities": entities.all.map(\.row)
            case "tiers": tiers.all.map(\.row)
            case "approval_methods": methods.all.map(\.row)
            default: requests.all.map { described($0.row) }
            }
        return Reply(200, ["items": .array(rows.map { .object($0) })])
    }

    private mutating func register(_ json: JSON, _ what: String) throws(ControlError) -> Reply {
        var added: [String] = []
        for (index, row) in (json.elements ?? [json]).enumerated() {
            let place = "\(what)[\(index)]"
            switch what {
            case "entities": added.append(try addEntity(row, at: place))
            case "tiers": added.append(try addTier(row, at: place))
            case "approval_methods": added.append(try addApprovalMethod(row, at: place))
            default: throw unknownCall
            }
        }
        return Reply(201, ["ids": .texts(added)])
    }

    /// A request that is not the partner's; it is asked of nobody whether it may be.
    private mutating func addRequest(_ json: JSON) throws(ControlError) -> Reply {
        let fields = try Fields(
            json, at: "body", accepts: ["approval_method_id", "entity_id", "resource_id"])
        let resource = try fields.required("resource_id")
        let kind: ResourceType = slots[resource] == nil ? .approvalRequest : .transaction
        if kind == .approvalRequest && requests[resource] == nil {
            throw unknown("transaction or approval request", resource)
        }
        let method: String
        if let given = try fields.text("approval_method_id") {
            method = given
        } else {
            method = try usualMethod(of: fields.required("entity_id"), kind)
        }
        guard let holder = methods[method]?.text("entity_id") else {
            throw unknown("approval method", method)
        }
        let asked = AskedApproval(
            methodID: method, entity: try fields.text("entity_id") ?? holder, resourceType: kind,
            resource: resource)
        guard let created = addRequest(asked, isOfPartner: false) else { throw unknownCall }
        return Reply(201, .object(described(created)))
    }

    private func usualMethod(
        of entity: String, _ kind: ResourceType
    ) throws(ControlError) -> String {
        let own = methods.all.first { _, row in
            guard row.text("entity_id") == entity, row.text("state") == "ACTIVATED",
                let type = row.text("type").flatMap(ApprovalType.init)
            else { return false }
            return kind == .transaction || type.isPersonal
        }
        guard let own else { throw unknown("activated approval method of entity", entity) }
        return own.id
    }

    /// Everything that waits for that person, or what of it is about one transaction.
    private mutating func answerAll(
        of entity: String, _ name: String, _ request: ReceivedRequest
    ) throws(ControlError) -> Reply {
        guard let answer = Answer(rawValue: name) else { throw unknownCall }
        let fields = try Fields(
            request.body.isEmpty ? [:] : body(request), at: "body", accepts: ["transaction_id"])
        let transaction = try fields.text("transaction_id")
        let waiting = requests.all.filter { _, row in
            row.entityID == entity && row.type.isPersonal && row.state == "PENDING"
                && row.transactionID == transaction ?? row.transactionID
        }
        if waiting.isEmpty { throw unknown("PENDING approval request of entity", entity) }
        for (_, row) in waiting {
            if answer != .expire, let why = refusalToAnswer(row) {
                throw ControlError(why, status: 422)
            }
        }
        var items: [JSON] = []
        for (id, _) in waiting {
            // An earlier answer may have closed it.
            if requests[id]?.state == "PENDING" { try self.answer(id, answer) }
            items.append(try described(request: id))
        }
        return Reply(200, ["items": .array(items)])
    }

    private mutating func answer(_ id: String, _ answer: Answer) throws(ControlError) {
        guard let record = requests[id] else { throw unknown("approval request", id) }
        if record.type.isPersonal, answer != .expire, let why = refusalToAnswer(record) {
            throw ControlError(why, status: 422)
        }
        guard record.isOpen else {
            throw ControlError("The approval request's state is \(record.state)", status: 422)
        }
        switch answer {
        case .approve: grant(id)
        case .deny: refuse(id, .denied)
        case .expire: refuse(id, .expired)
        }
    }

    private func described(request id: String) throws(ControlError) -> JSON {
        guard let record = requests[id] else { throw unknown("approval request", id) }
        return .object(described(record))
    }

    /// A request as it truly is, with what only the sandbox knows.
    private func described(_ record: ApprovalRequestRecord) -> [JSON.Member] {
        var members = record.members
        members += [
            .init("transaction_id", .string(record.transactionID)),
            .init("of_partner", .bool(record.isOfPartner)),
            .init(
                "expires_at",
                .optional(record.expiresAt.map { UnixTime(seconds: $0).timestamp })),
        ]
        if let code = record.smsCode { members.append(.init("sms_code", .string(code))) }
        if record.type == .group {
            let own = children(of: record).map { JSON.object(described($0)) }
            members.append(.init("children", .array(own)))
        }
        return members
    }

    /// The requests of a transaction, each GROUP request with its children in it.
    func approvalRequests(of slot: Int) -> JSON {
        let own = transactions[slot].approvalRequestIDs.compactMap { requests[$0] }
            .filter { $0.resourceType == .transaction }
        return ["items": .array(own.map { .object(described($0)) })]
    }
}
