extension Platform {
    /// The attribute names of a challenge after the rules of that moment.
    mutating func challengeAttrs(
        _ attrs: [String], transaction: String, at moment: HostileRule.Moment
    ) -> [String] {
        var attrs = attrs
        let endpoint: Endpoint = moment == .create ? .createRequest : .getRequest
        for index in hostile.indices {
            guard case .attrs(let change, moment) = hostile[index].act,
                hostile[index].strikes(endpoint, transaction, request: .ed25519)
            else { continue }
            attrs = change.applied(to: attrs)
        }
        return attrs
    }

    /// An object as it is shown: the true members after the rules for that endpoint.
    mutating func shown(
        _ members: [JSON.Member], _ endpoint: Endpoint, transaction: String? = nil,
        request: ApprovalType? = nil
    ) -> JSON {
        if hostile.isEmpty { return .object(members) }
        var members = members
        var broken: HostileRule.BadJSON?
        for index in hostile.indices where changesObject(hostile[index], endpoint) {
            guard hostile[index].strikes(endpoint, transaction, request: request) else { continue }
            switch hostile[index].act {
            case .set(let field, let value), .foreign(let field, let value):
                members.set(field, value)
            case .missing(let field): members.removeAll { $0.name == field }
            case .duplicate(let field, let value, let first):
                members.insert(.init(field, value), at: first ? 0 : members.count)
            case .requestIDEqualsResourceID:
                members.set("id", members.value("resource_id") ?? .null)
            case .badJSON(let fault): broken = fault
            case .changeOnRead, .attrs, .ignoreFilters, .paging: break
            }
        }
        guard let broken else { return .object(members) }
        return Self.corrupted(.object(members), broken)
    }

    private func changesObject(_ rule: HostileRule, _ endpoint: Endpoint) -> Bool {
        switch rule.act {
        case .set, .missing, .duplicate, .foreign, .requestIDEqualsResourceID: true
        case .badJSON: !endpoint.isList || rule.isForOneTransaction
        case .changeOnRead, .attrs, .ignoreFilters, .paging: false
        }
    }

    static func corrupted(_ object: JSON, _ fault: HostileRule.BadJSON) -> JSON {
        let text = String(decoding: object.bytes, as: UTF8.self)
        switch fault {
        case .trailingComma: return .raw(text.dropLast() + ",}")
        case .byteOrderMark: return .raw("\u{FEFF}" + text)
        case .nan: return .raw(text.dropLast() + ",\"nan\":NaN}")
        case .truncated: return .raw(String(text.prefix(text.count / 2)))
        }
    }

    /// A transaction as one GET of it shows it; counts the read and changes what a rule changes.
    mutating func readTransaction(_ slot: Int) -> JSON {
        transactions[slot].reads += 1
        if hostile.isEmpty { return transactions[slot].json }
        let (id, reads) = (transactions[slot].id, transactions[slot].reads)
        var served: [JSON.Member] = []
        for index in hostile.indices {
            guard
                case .changeOnRead(let field, let value, let read, let persist) =
                    hostile[index].act, reads >= read, hostile[index].strikes(.transaction, id)
            else { continue }
            if persist {
                change(slot, [.init(field, value)])
            } else {
                served.append(.init(field, value))
            }
        }
        var members = transactions[slot].members
        for member in served { members.set(member.name, member.value) }
        return shown(members, .transaction, transaction: id)
    }

    /// Whether a list ignores its filters this time.
    mutating func ignoresFilters() -> Bool {
        var ignores = false
        for index in hostile.indices {
            guard case .ignoreFilters = hostile[index].act else { continue }
            if hostile[index].strikes(.list, nil) { ignores = true }
        }
        return ignores
    }

    /// The body of a list after the rules for lists.
    mutating func shownList(
        _ items: [JSON], page: Int, more: Bool, _ endpoint: Endpoint = .list
    ) -> JSON {
        var items = items
        var next: JSON = more ? .integer(page + 1) : .null
        var hasObject = true
        var broken: HostileRule.BadJSON?
        for index in hostile.indices {
            switch hostile[index].act {
            case .paging(let fault):
                guard hostile[index].strikes(endpoint, nil) else { continue }
                switch fault {
                case .nextNull: next = .null
                case .loop: next = .integer(page)
                case .emptyPage: items = []
                case .noObject: hasObject = false
                }
            case .badJSON(let fault):
                guard !hostile[index].isForOneTransaction, hostile[index].strikes(endpoint, nil)
                else { continue }
                broken = fault
            case .attrs, .set, .missing, .duplicate, .changeOnRead, .ignoreFilters, .foreign,
                .requestIDEqualsResourceID:
                break
            }
        }
        var body: [JSON.Member] = [.init("items", .array(items))]
        if hasObject {
            let previous: JSON = page > 1 ? .integer(page - 1) : .null
            body.append(.init("pagination", ["next": next, "prev": previous]))
        }
        guard let broken else { return .object(body) }
        return Self.corrupted(.object(body), broken)
    }
}
