extension Platform {
    /// One answer to a request, through the API.
    mutating func approve(_ id: String, _ request: ReceivedRequest) -> Reply {
        guard let record = requests[id] else { return .notFound }
        guard let body = try? JSON(parsing: request.body),
            let response = body["response"]?.text, !response.isEmpty
        else { return .invalid([("response", "blank")]) }
        switch record.type {
        case .ed25519: return approve(record, body, signature: response)
        case .sms: return approve(record, code: response)
        case .authyPush:
            return .message(422, "The approval request is answered on the customer's phone")
        case .group:
            return .message(422, "The approval request is answered by the members of its group")
        }
    }

    /// Why the person behind a request cannot answer it now; nil where they can.
    func refusalToAnswer(_ record: ApprovalRequestRecord) -> String? {
        guard record.state == "PENDING" else {
            return "The approval request's state is \(record.state)"
        }
        guard methods[record.approvalMethodID]?.text("state") == "ACTIVATED" else {
            return "The approval method is not activated"
        }
        return nil
    }

    /// The one attempt that a code from an SMS has.
    private mutating func approve(_ record: ApprovalRequestRecord, code: String) -> Reply {
        if let refusal = refusalToAnswer(record) { return .message(422, refusal) }
        guard let sent = record.smsCode, Array(sent.utf8) == Array(code.utf8) else {
            refuse(record.id, .wrongResponse)
            return .message(422, "response is wrong, and there is no second attempt")
        }
        grant(record.id)
        return approved(record.id)
    }

    private mutating func approved(_ id: String) -> Reply {
        guard !settings.emptyApproveReply, let approved = requests[id] else {
            return Reply(201, [:])
        }
        return Reply(201, shown(approved, .approve))
    }

    /// Verifies the response to the challenge over the transaction's current attributes.
    private mutating func approve(
        _ record: ApprovalRequestRecord, _ body: JSON, signature response: String
    ) -> Reply {
        guard let slot = slots[record.resourceID] else { return .notFound }
        let sent = body["challenge"]?["sha256"]?.text
        let message = challengeMessage(record.attrs, transactions[slot].members)
        let hash = Ed25519.sha256(message.utf8)
        let error = refusal(record, slot, (message, hash), sent: sent, response: response)
        let signatureHash = Hex.bytes(response).map { Ed25519.sha256($0) }
        transactions[slot].attempts.append(
            ApprovalAttempt(
                approvalRequestID: record.id, challengeMessage: message, challengeSHA256: hash,
                sentSHA256: sent == hash ? hash : sent,
                signatureSHA256: signatureHash ?? Ed25519.sha256(response.utf8),
                at: now.timestamp, accepted: error == nil, error: error))
        if let error { return .message(422, error) }
        grant(record.id)
        return approved(record.id)
    }

    private func refusal(
        _ record: ApprovalRequestRecord, _ slot: Int,
        _ challenge: (message: String, sha256: String), sent: String?, response: String
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
        if let sent, sent != challenge.sha256 {
            return "challenge.sha256 does not match"
        }
        guard let signature = Hex.bytes(response), signature.count == 64,
            response == response.lowercased()
        else { return "response must be 128 lower-case hexadecimal digits" }
        guard Ed25519.verifies(signature, over: Array(challenge.message.utf8), by: key) else {
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
