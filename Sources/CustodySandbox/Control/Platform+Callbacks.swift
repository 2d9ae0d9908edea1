extension Platform {
    static let callbackCalls = [
        "GET|POST /sandbox/callbacks", "POST /sandbox/callbacks/send",
        "POST /sandbox/callbacks/release",
    ]

    /// The kinds of resources that have callbacks.
    private enum Resource: String, CaseIterable {
        case transaction = "TRANSACTION"
        case trade = "TRADE"
        case closureRequest = "CLOSURE_REQUEST"
    }

    mutating func callbackCall(
        _ request: ReceivedRequest, _ names: [String]
    ) throws(ControlError) -> Reply {
        switch (request.method, names.dropFirst().first, names.count) {
        case ("GET", nil, 1): break
        case ("POST", nil, 1): try callbacks.merge(body(request), at: "body")
        case ("POST", "release", 2): callbacks.release()
        case ("POST", "send", 2): try notice(body(request))
        default: throw unknownCall
        }
        return Reply(200, callbacks.json)
    }

    /// Notes that a transaction was created or updated.
    mutating func noticeTransaction(_ slot: Int) {
        if callbacks.target == nil { return }
        let callback = Callback(
            resourceType: "TRANSACTION", location: location(ofTransaction: slot),
            body: ["id": .string(transactions[slot].id)])
        callbacks.notice(callback)
    }

    private func location(ofTransaction slot: Int) -> String {
        let account = transactions[slot].accountID
        let entity = accounts[account]?.entityID ?? ""
        return "/v1/entities/\(entity)/accounts/\(account)/transactions/\(transactions[slot].id)"
    }

    /// A callback on demand; what is not given is as the guide shows it.
    private mutating func notice(_ json: JSON) throws(ControlError) {
        if callbacks.target == nil {
            throw ControlError("no url: POST /sandbox/callbacks {\"url\":…} sets it")
        }
        let fields = try Fields(
            json, at: "body", accepts: ["resource_type", "id", "location", "body", "entity_id"])
        let type = try fields.required("resource_type")
        let id = try fields.text("id") ?? ids.id(type == "TRADE" ? "trad" : "creq")
        let entity = try fields.text("entity_id") ?? entities.ids.first ?? ""
        let usual: String =
            switch Resource(rawValue: type) {
            case .transaction: slots[id].map(location(ofTransaction:)) ?? ""
            case .closureRequest: "/v1/entities/\(entity)/closure_requests/\(id)"
            case .trade, nil: "/v1/trading/trades/\(id)"
            }
        let callback = Callback(
            resourceType: type, location: try fields.text("location") ?? usual,
            body: fields["body"] ?? ["id": .string(id)])
        for text in [callback.resourceType, callback.location]
        where !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            throw ControlError("body: a header takes no control characters")
        }
        callbacks.notice(callback)
    }
}
