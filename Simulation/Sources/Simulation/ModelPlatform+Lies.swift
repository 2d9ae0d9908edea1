import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

// What the platform says that is not so. A state that was lied about taints its transaction: the
// agent may believe that it ended.
extension ModelPlatform {
    /// The attributes that a signature of this transaction is over.
    func honestAttributes(_ deal: Deal) -> [String] {
        let way =
            deal.kind == .transfer ? ["sender_account_id", "receiver_account_id"] : ["address"]
        return ["id", "account_id", "type", "amount", "fee_amount"] + way + ["reference"]
    }

    /// Those that it says, which may be too few, too many, or unknown.
    func attributes(_ deal: Deal) -> [String] {
        var names = honestAttributes(deal)
        guard world.fate.strikes(\.lies) else { return names }
        switch world.fate.below(4) {
        case 0: names.reverse()
        case 1: names.remove(at: world.fate.below(names.count))
        case 2: names.append("colour")
        default: names.append("amount")
        }
        return names
    }

    /// A transaction as it is not; nil where this is no lie after all.
    func lie(about deal: Deal) throws(CustodyError) -> Transaction? {
        var told = deal
        switch world.fate.below(7) {
        case 0, 1:
            told.state = world.fate.pick(["FAILED", "CANCELLED", "APPROVED", "COMPLETED"])
            taint(deal.id)
        case 2: told.state = "ODD"
        case 3: told.change("amount", "-0.10000000")
        case 4: told.change("address", Sample.exchangeAddress)
        case 5: told.change("fee_amount", "0.00150000")
        default:
            let others = deals.filter { $0.id != deal.id && $0.kind != .broken }
            guard !others.isEmpty else { return nil }
            told = world.fate.pick(others)
        }
        world.note("lie about a transaction", deal.number)
        return try Self.parsed(told.body) { bytes throws(MalformedBody) in
            try Transaction(bytes: bytes)
        }
    }

    private func taint(_ id: TransactionID) {
        state.withLock { state in
            if let index = state.index(id) { state.deals[index].isTainted = true }
        }
    }

    /// A request as it is, or as it is not.
    func show(_ request: Request, isNew: Bool) throws(CustodyError) -> ApprovalRequest {
        let state = request.state == "PENDING" && request.creating > 0 ? "CREATING" : request.state
        let names: JSONValue = .object([
            JSONMember("attrs", .array(request.attributes.map(JSONValue.string)))
        ])
        var members = [
            JSONMember("id", .string(request.id.text)),
            JSONMember("resource_id", .string(request.transaction.text)),
            JSONMember("resource_type", .string("TRANSACTION")),
            JSONMember("type", .string("DSA_ED25519")), JSONMember("state", .string(state)),
            JSONMember("entity_id", .string(world.treasury.payouts.entityID.text)),
            JSONMember("approval_method_id", .string(world.treasury.methodID.text)),
            JSONMember("challenge", state == "CREATING" ? .null : names),
        ]
        if world.fate.strikes(\.lies) { lie(about: &members, request, isNew) }
        return try Self.parsed(members) { bytes throws(MalformedBody) in
            try ApprovalRequest(bytes: bytes)
        }
    }

    private func lie(about members: inout [JSONMember], _ request: Request, _ isNew: Bool) {
        func set(_ name: String, _ value: String) {
            members = members.map { $0.name == name ? JSONMember(name, .string(value)) : $0 }
        }
        world.note("lie about a request", request.number)
        switch world.fate.below(6) {
        case 0, 1:
            set("state", world.fate.pick(["FAILED", "CANCELLED", "APPROVED"]))
            taint(request.transaction)
        case 2: set("resource_id", world.fate.pick(deals).id.text)
        case 3: set("type", "SMS")
        case 4: set("entity_id", Treasury.stranger)
        default:
            guard let first = state.withLock({ $0.requests.first }) else { return }
            // Where it is new, its own id is lost.
            if isNew { taint(request.transaction) }
            set("id", first.id.text)
        }
    }

    /// A page that is not what was asked for.
    func lie(
        about items: inout [JSONValue], _ next: Int?, _ page: Int, of account: AccountID
    ) throws(CustodyError) -> (TransactionPage, isEndless: Bool) {
        world.note("lie about a page", page)
        switch world.fate.below(6) {
        // The filter is ignored.
        case 0: items = deals.map { .object($0.body) }
        case 1: items += items
        case 2: return (TransactionPage(items: items, next: page + 2), true)
        case 3: return (TransactionPage(items: [], next: page > 3 ? nil : page + 1), false)
        case 4: throw .malformed(MalformedBody("not JSON", isNotJSON: true))
        default:
            // A page that does not say whether another follows.
            let page = try Self.parsed([
                JSONMember("items", .array(Array(items.prefix(1)))),
                JSONMember("pagination", .object([] as [JSONMember])),
            ]) { bytes throws(MalformedBody) in try TransactionPage(bytes: bytes) }
            return (page, true)
        }
        return (TransactionPage(items: items, next: next), false)
    }
}
