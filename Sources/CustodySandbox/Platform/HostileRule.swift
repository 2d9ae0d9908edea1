/// A lie in the platform's answers, switched on through `/sandbox/hostile`.
struct HostileRule: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case omitAttr = "omit_attr"
        case addAttr = "add_attr"
        case reorderAttrs = "reorder_attrs"
        case duplicateAttr = "duplicate_attr"
        case emptyAttrs = "empty_attrs"
        case setAttrs = "set_attrs"
        case fieldNull = "field_null"
        case fieldNumber = "field_number"
        case fieldValue = "field_value"
        case fieldMissing = "field_missing"
        case badID = "bad_id"
        case duplicateKey = "duplicate_key"
        case changeOnRead = "change_on_read"
        case ignoreFilters = "ignore_filters"
        case foreignRequest = "foreign_request"
        case requestIDEqualsResourceID = "request_id_equals_resource_id"
        case badJSON = "bad_json"
        case pagination
    }

    /// When a changed challenge is made: with the request, or in each GET of it.
    enum Moment: String, Sendable, CaseIterable { case create, read }

    enum BadJSON: String, Sendable, CaseIterable {
        case trailingComma = "trailing_comma"
        case byteOrderMark = "bom"
        case nan
        case truncated
    }

    enum Paging: String, Sendable, CaseIterable {
        case nextNull = "next_null"
        case loop
        case emptyPage = "empty_page"
        case noObject = "no_object"
    }

    enum Act: Sendable {
        case attrs(AttrsChange, Moment)
        case set(field: String, JSON)
        case missing(field: String)
        case duplicate(field: String, JSON, first: Bool)
        case changeOnRead(field: String, JSON, read: Int, persist: Bool)
        case ignoreFilters
        case foreign(field: String, JSON)
        case requestIDEqualsResourceID
        case badJSON(BadJSON)
        case paging(Paging)
    }

    enum AttrsChange: Sendable {
        case omit(String)
        case add(String, position: Int?)
        case reverse
        case duplicate(String)
        case replace([String])

        func applied(to attrs: [String]) -> [String] {
            switch self {
            case .omit(let name): attrs.filter { $0 != name }
            case .add(let name, let position):
                if let position, position < attrs.count {
                    attrs[..<position] + [name] + attrs[position...]
                } else {
                    attrs + [name]
                }
            case .reverse: attrs.reversed()
            case .duplicate(let name): attrs + [name]
            case .replace(let list): list
            }
        }
    }

    /// The rule as it was given.
    let spec: JSON
    let act: Act
    private let transactionID: String?
    private let endpoints: [Endpoint]
    private let requestType: ApprovalType?
    private let times: Int?
    private let after: Int
    var seen = 0
    var used = 0

    static let names = [
        "kind", "transaction_id", "endpoint", "request_type", "times", "after", "name", "position",
        "order",
        "attrs", "at", "field", "value", "read", "persist", "fault",
    ]

    init(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(json, at: place, accepts: Self.names)
        guard let kind = try fields.choice("kind", Kind.self) else {
            throw ControlError(
                "\(place).kind: expected one of "
                    + Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        spec = json
        transactionID = try fields.text("transaction_id")
        requestType = try fields.choice("request_type", ApprovalType.self)
        times = try fields.count("times")
        after = try fields.count("after") ?? 0
        act = try Self.act(kind, fields)
        endpoints = try Self.endpoints(fields) ?? Self.usual(kind)
    }

    private static func endpoints(_ fields: Fields) throws(ControlError) -> [Endpoint]? {
        guard let value = fields["endpoint"] else { return nil }
        let given = value.text.map { [$0] }
        let list: [String]
        if let given {
            list = given
        } else {
            list = try texts(value, at: "\(fields.place).endpoint")
        }
        var endpoints: [Endpoint] = []
        for name in list {
            guard let endpoint = Endpoint(rawValue: name) else {
                throw ControlError(
                    "\(fields.place).endpoint: \"\(name)\" is none of "
                        + Endpoint.allCases.map(\.rawValue).joined(separator: ", "))
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    private static func usual(_ kind: Kind) -> [Endpoint] {
        switch kind {
        case .omitAttr, .addAttr, .reorderAttrs, .duplicateAttr, .emptyAttrs, .setAttrs,
            .foreignRequest, .requestIDEqualsResourceID:
            [.createRequest, .getRequest]
        case .fieldNull, .fieldNumber, .fieldValue, .fieldMissing, .badID, .duplicateKey,
            .badJSON:
            [.transaction, .list]
        case .changeOnRead: [.transaction]
        case .ignoreFilters, .pagination: [.list]
        }
    }

    private static func act(_ kind: Kind, _ fields: Fields) throws(ControlError) -> Act {
        let moment = try fields.choice("at", Moment.self) ?? .create
        switch kind {
        case .omitAttr: return .attrs(.omit(try fields.required("name")), moment)
        case .addAttr:
            let position = try fields.count("position")
            return .attrs(.add(try fields.required("name"), position: position), moment)
        case .reorderAttrs:
            guard let order = fields["order"] else { return .attrs(.reverse, moment) }
            return .attrs(.replace(try texts(order, at: "\(fields.place).order")), moment)
        case .duplicateAttr: return .attrs(.duplicate(try fields.required("name")), moment)
        case .emptyAttrs: return .attrs(.replace([]), moment)
        case .setAttrs:
            let list = try fields.requiredValue("attrs")
            return .attrs(.replace(try texts(list, at: "\(fields.place).attrs")), moment)
        case .ignoreFilters: return .ignoreFilters
        case .requestIDEqualsResourceID: return .requestIDEqualsResourceID
        case .badJSON:
            return .badJSON(try fields.choice("fault", BadJSON.self) ?? .trailingComma)
        case .pagination: return .paging(try fields.choice("fault", Paging.self) ?? .nextNull)
        case .fieldNull, .fieldNumber, .fieldValue, .fieldMissing, .badID, .duplicateKey,
            .changeOnRead, .foreignRequest:
            return try fieldAct(kind, fields)
        }
    }

    private static func fieldAct(_ kind: Kind, _ fields: Fields) throws(ControlError) -> Act {
        if kind == .badID {
            let field = try fields.text("field") ?? "id"
            return .set(field: field, fields["value"] ?? "../../sandbox/report")
        }
        let field = try fields.required("field")
        switch kind {
        case .fieldNull: return .set(field: field, .null)
        case .fieldMissing: return .missing(field: field)
        case .fieldNumber:
            let value = try fields.requiredValue("value")
            return .set(field: field, value.text.map { .raw($0) } ?? value)
        case .duplicateKey:
            let first = try fields.text("position") == "first"
            return .duplicate(field: field, try fields.requiredValue("value"), first: first)
        case .changeOnRead:
            return .changeOnRead(
                field: field, try fields.requiredValue("value"),
                read: try fields.count("read") ?? 2, persist: try fields.truth("persist") ?? true)
        case .foreignRequest: return .foreign(field: field, try fields.requiredValue("value"))
        case .fieldValue, .badID, .omitAttr, .addAttr, .reorderAttrs, .duplicateAttr,
            .emptyAttrs, .setAttrs, .ignoreFilters, .requestIDEqualsResourceID, .badJSON,
            .pagination:
            return .set(field: field, try fields.requiredValue("value"))
        }
    }

    /// Whether the rule concerns the whole answer of a list, not one transaction in it.
    var isForOneTransaction: Bool { transactionID != nil }

    /// Whether the rule applies now; counts what it sees. `request` is the type of the request for
    /// approval where it is about one.
    mutating func strikes(
        _ endpoint: Endpoint, _ transaction: String?, request: ApprovalType? = nil
    ) -> Bool {
        guard endpoints.contains(endpoint) else { return false }
        if let transactionID, transactionID != transaction { return false }
        if let requestType, requestType != request { return false }
        seen += 1
        if seen <= after { return false }
        if let times, used >= times { return false }
        used += 1
        return true
    }

    var json: JSON { ["rule": spec, "seen": .integer(seen), "used": .integer(used)] }
}
