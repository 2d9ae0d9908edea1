/// What a request for approval is to be created from.
struct AskedApproval: Sendable {
    var methodID: String
    var entity: String
    var resourceType: ResourceType
    var resource: String
}

extension Platform {
    /// Creates a request for approval of a PENDING transaction, or of a PENDING GROUP request by
    /// one of its members.
    mutating func createRequest(_ request: ReceivedRequest) -> Reply {
        guard let body = try? JSON(parsing: request.body), body.members != nil else {
            return .invalid([])
        }
        let names = ["approval_method_id", "entity_id", "resource_id", "resource_type"]
        let blank = names.filter { (body[$0]?.text ?? "").isEmpty }
        if !blank.isEmpty { return .invalid(blank.map { ($0, "blank") }) }
        guard let kind = body["resource_type"]?.text.flatMap(ResourceType.init) else {
            return .invalid([("resource_type", "invalid")])
        }
        let asked = AskedApproval(
            methodID: body["approval_method_id"]?.text ?? "",
            entity: body["entity_id"]?.text ?? "", resourceType: kind,
            resource: body["resource_id"]?.text ?? "")
        if let fault = refusal(of: asked) { return .invalid([fault]) }
        guard let created = addRequest(asked, isOfPartner: true) else { return .notFound }
        return Reply(201, shown(created, .createRequest))
    }

    private func refusal(of asked: AskedApproval) -> (String, String)? {
        guard let method = methods[asked.methodID] else {
            return ("approval_method_id", "not_found")
        }
        guard method.text("entity_id") == asked.entity, method.text("state") == "ACTIVATED",
            let type = method.text("type").flatMap(ApprovalType.init)
        else { return ("approval_method_id", "invalid") }
        switch asked.resourceType {
        case .transaction: return refusal(ofTransaction: asked)
        case .approvalRequest:
            return type.isPersonal ? refusal(ofChild: asked) : ("approval_method_id", "invalid")
        }
    }

    private func refusal(ofTransaction asked: AskedApproval) -> (String, String)? {
        guard let slot = slots[asked.resource] else { return ("resource_id", "not_found") }
        let (account, type) = (transactions[slot].accountID, transactions[slot].type)
        guard accounts[account]?.entityID == asked.entity, transactions[slot].state == "PENDING",
            settings.attrs[type] != nil
        else { return ("resource_id", "invalid") }
        return nil
    }

    private func refusal(ofChild asked: AskedApproval) -> (String, String)? {
        guard let parent = requests[asked.resource] else { return ("resource_id", "not_found") }
        guard parent.type == .group, parent.state == "PENDING",
            let method = methods[parent.approvalMethodID], method.text("state") == "ACTIVATED",
            let group = ApprovalGroup(method: method)
        else { return ("resource_id", "invalid") }
        guard group.members.contains(asked.entity),
            entities[asked.entity]?.text("state") == "ACTIVE"
        else { return ("entity_id", "invalid") }
        return nil
    }

    /// Adds a request without asking whether it may be; nil where method or resource is unknown.
    mutating func addRequest(
        _ asked: AskedApproval, isOfPartner: Bool
    ) -> ApprovalRequestRecord? {
        let transaction: String? =
            switch asked.resourceType {
            case .transaction: asked.resource
            case .approvalRequest: requests[asked.resource]?.transactionID
            }
        guard let transaction, let slot = slots[transaction], let method = methods[asked.methodID],
            let type = method.text("type").flatMap(ApprovalType.init)
        else { return nil }
        let time = now
        let stamp = time.timestamp
        var created = ApprovalRequestRecord(
            id: ids.id("aprq"), type: type, entityID: asked.entity,
            approvalMethodID: asked.methodID, resourceType: asked.resourceType,
            resourceID: asked.resource, transactionID: transaction, state: "PENDING",
            isOfPartner: isOfPartner, createdAt: stamp, updatedAt: stamp)
        if type.startsCreating && settings.creatingReads > 0 {
            created.state = "CREATING"
            created.creatingReads = settings.creatingReads
        }
        switch type {
        case .ed25519:
            created.attrs = challengeAttrs(
                settings.attrs[transactions[slot].type] ?? [], transaction: transaction,
                at: .create)
        case .group: created.groupID = ApprovalGroup(method: method)?.id
        case .sms: created.smsCode = settings.smsCode ?? ids.code()
        case .authyPush: break
        }
        if let seconds = settings.expirySeconds[type] {
            created.expiresAt = time.seconds + seconds
            deadlines.insert(created.id, at: time.seconds + seconds)
        }
        requests[created.id] = created
        transactions[slot].approvalRequestIDs.append(created.id)
        return created
    }

    /// A request as that endpoint shows it.
    mutating func shown(_ record: ApprovalRequestRecord, _ endpoint: Endpoint) -> JSON {
        shown(
            record.members, endpoint, transaction: record.transactionID, request: record.type)
    }

    /// One GET of a request.
    mutating func readRequest(_ id: String) -> Reply {
        guard var record = requests[id] else { return .notFound }
        if record.state == "CREATING" {
            if record.creatingReads == 0 {
                record.state = "PENDING"
                record.updatedAt = now.timestamp
            } else {
                record.creatingReads -= 1
            }
            requests[id] = record
        }
        if record.type == .ed25519 {
            record.attrs = challengeAttrs(
                record.attrs, transaction: record.resourceID, at: .read)
        }
        return Reply(200, shown(record, .getRequest))
    }
}
