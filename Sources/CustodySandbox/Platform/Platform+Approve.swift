extension Platform {
    /// Creates a request for approval of a PENDING transaction.
    mutating func createRequest(_ request: ReceivedRequest) -> Reply {
        guard let body = try? JSON(parsing: request.body), body.members != nil else {
            return .invalid([])
        }
        let names = ["approval_method_id", "entity_id", "resource_id", "resource_type"]
        let blank = names.filter { (body[$0]?.text ?? "").isEmpty }
        if !blank.isEmpty { return .invalid(blank.map { ($0, "blank") }) }
        guard body["resource_type"]?.text == "TRANSACTION" else {
            return .invalid([("resource_type", "invalid")])
        }
        let methodID = body["approval_method_id"]?.text ?? ""
        let entity = body["entity_id"]?.text ?? ""
        guard let method = methods[methodID] else {
            return .invalid([("approval_method_id", "not_found")])
        }
        guard method.text("entity_id") == entity, method.text("state") == "ACTIVATED",
            method.text("type") == "DSA_ED25519"
        else { return .invalid([("approval_method_id", "invalid")]) }
        let resource = body["resource_id"]?.text ?? ""
        guard let slot = slots[resource] else { return .invalid([("resource_id", "not_found")]) }
        let record = transactions[slot]
        guard accounts[record.accountID]?.entityID == entity, record.state == "PENDING",
            let attrs = settings.attrs[record.type]
        else { return .invalid([("resource_id", "invalid")]) }
        let time = now.timestamp
        let created = ApprovalRequestRecord(
            id: ids.id("aprq"), entityID: entity, approvalMethodID: methodID,
            resourceID: resource, resourceType: "TRANSACTION",
            state: settings.creatingReads > 0 ? "CREATING" : "PENDING",
            attrs: challengeAttrs(attrs, transaction: resource, at: .create),
            creatingReads: settings.creatingReads, createdAt: time, updatedAt: time)
        requests[created.id] = created
        transactions[slot].approvalRequestIDs.append(created.id)
        return Reply(201, shown(created.members, .createRequest, transaction: resource))
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
        record.attrs = challengeAttrs(record.attrs, transaction: record.resourceID, at: .read)
        return Reply(200, shown(record.members, .getRequest, transaction: record.resourceID))
    }

    /// Verifies the response to the challenge over the transaction's current attributes.
    mutating func approve(_ id: String, _ request: ReceivedRequest) -> Reply {
        guard let record = requests[id] else { return .notFound }
        guard let body = try? JSON(parsing: request.body),
            let response = body["response"]?.text, !response.isEmpty
        else { return .invalid([("response", "blank")]) }
        guard let slot = slots[record.resourceID] else { return .notFound }
        let sent = body["challenge"]?["sha256"]?.text
        let message = challengeMessage(record.attrs, transactions[slot].members)
        let error = refusal(record, slot, message: message, sent: sent, response: response)
        let hashed = Hex.bytes(response).map { Ed25519.sha256($0) }
        transactions[slot].attempts.append(
            ApprovalAttempt(
                approvalRequestID: id, challengeMessage: message,
                challengeSHA256: Ed25519.sha256(message.utf8), sentSHA256: sent,
                signatureSHA256: hashed ?? Ed25519.sha256(response.utf8), at: now.timestamp,
                accepted: error == nil, error: error))
        if let error { return .message(422, error) }
        let time = now.timestamp
        requests[id]?.state = "APPROVED"
        requests[id]?.updatedAt = time
        if transactions[slot].state == "PENDING" {
            setState(slot, "APPROVED")
            if settings.completeImmediately { complete(slot) }
        }
        guard !settings.emptyApproveReply, let approved = requests[id] else {
            return Reply(201, [:])
        }
        return Reply(201, shown(approved.members, .approve, transaction: approved.resourceID))
    }

    private func refusal(
        _ record: ApprovalRequestRecord, _ slot: Int, message: String, sent: String?,
        response: String
    ) -> String? {
        guard record.state == "PENDING" else {
            return "The approval request's state is \(record.state)"
        }
        let state = transactions[slot].state
        guard state == "PENDING" || settings.acceptRepeatedApprovals else {
            return "The transaction's state is \(state)"
        }
        guard let method = methods[record.approvalMethodID],
            method.text("state") == "ACTIVATED",
            let key = method.text("pub_key").flatMap({ Hex.bytes($0) })
        else { return "The approval method is not activated" }
        if let sent, sent != Ed25519.sha256(message.utf8) {
            return "challenge.sha256 does not match"
        }
        guard let signature = Hex.bytes(response), signature.count == 64,
            response == response.lowercased()
        else { return "response must be 128 lower-case hexadecimal digits" }
        guard Ed25519.verifies(signature, over: Array(message.utf8), by: key) else {
            return "response does not verify"
        }
        return nil
    }

    /// `name: value` lines joined by one LF; a null or absent attribute is empty.
    private func challengeMessage(_ attrs: [String], _ members: [JSON.Member]) -> String {
        attrs.map { name in
            let value = members.value(name) ?? .null
            let text: String =
                switch value {
                case .null: ""
                case .string(let text): text
                case .bool, .number, .raw, .array, .object:
                    String(decoding: value.bytes, as: UTF8.self)
                }
            return "\(name): \(text)"
        }.joined(separator: "\n")
    }
}
