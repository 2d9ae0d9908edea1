import ApprovalCore
import NIOHTTP1

/// Reads a callback out of a request, byte for byte. The location is matched and then forgotten:
/// what is fetched is rebuilt from the configuration.
struct CallbackRequest {
    let request: WholeRequest
    let door: CallbackDoor

    private enum ResourceType: String {
        case transaction = "TRANSACTION"
        case trade = "TRADE"
        case closureRequest = "CLOSURE_REQUEST"

        /// The path below the base, with nil where an id stands.
        var form: [String?] {
            switch self {
            case .transaction: ["entities", nil, "accounts", nil, "transactions", nil]
            case .trade: ["trading", "trades", nil]
            case .closureRequest: ["entities", nil, "closure_requests", nil]
            }
        }
    }

    func callback() throws(CallbackRefusal) -> Callback {
        guard request.head.method == .POST else { throw .method }
        guard request.head.uri.isVerbatim("/callbacks") else { throw .target }
        guard let type = one("X-Resource-Type").flatMap(Self.resourceType) else {
            throw .resourceType
        }
        guard let location = one("X-Resource-Location"), let ids = identifiers(type, location)
        else { throw .location }
        let callback: Callback
        switch type {
        case .transaction: callback = try transaction(ids)
        case .trade: callback = .trade
        case .closureRequest: callback = .closureRequest
        }
        guard let last = ids.last, try bodyID().isVerbatim(last) else { throw .id }
        return callback
    }

    private static func resourceType(_ text: String) -> ResourceType? {
        let known: [ResourceType] = [.transaction, .trade, .closureRequest]
        return known.first { $0.rawValue.isVerbatim(text) }
    }

    /// The header's value where it stands exactly once.
    private func one(_ name: String) -> String? {
        let values = request.head.headers[name]
        return values.count == 1 ? values.first : nil
    }

    /// The ids of a location of exactly that form, in its order; nil for any other byte in it.
    private func identifiers(_ type: ResourceType, _ location: String) -> [String]? {
        let base = Array((door.basePath + "/").utf8)
        let bytes = Array(location.utf8)
        guard bytes.starts(with: base) else { return nil }
        let segments = bytes.dropFirst(base.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.count == type.form.count else { return nil }
        var ids: [String] = []
        for (segment, expected) in zip(segments, type.form) {
            if let expected {
                guard segment.elementsEqual(expected.utf8) else { return nil }
            } else {
                let text = String(decoding: segment, as: UTF8.self)
                guard let id = Identifier<Never>(text) else { return nil }
                ids.append(id.text)
            }
        }
        return ids
    }

    private func transaction(_ ids: [String]) throws(CallbackRefusal) -> Callback {
        guard ids.count == 3, let entity = EntityID(ids[0]), let account = AccountID(ids[1]),
            let transaction = TransactionID(ids[2])
        else { throw .location }
        guard door.account(account) == entity else { throw .account }
        return .transaction(transaction, of: account)
    }

    private func bodyID() throws(CallbackRefusal) -> String {
        guard let body = try? JSONValue(parsing: request.body), case .object(let members) = body,
            case .string(let id)? = members.first(where: { $0.name.isVerbatim("id") })?.value
        else { throw .body }
        return id
    }
}
