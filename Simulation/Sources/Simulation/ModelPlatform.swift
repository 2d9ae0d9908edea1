import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Synchronization

/// The platform: what it holds, what it shows of it, and which signatures it takes.
final class ModelPlatform: Sendable {
    struct Request: Sendable {
        let id: ApprovalRequestID
        let number: Int
        let transaction: TransactionID
        let attributes: [String]
        var state = "PENDING"
        /// Readings that still show it CREATING.
        var creating = 0
    }

    struct State {
        var deals: [Deal]
        var requests: [Request] = []

        func index(_ id: TransactionID) -> Int? { deals.firstIndex { $0.id == id } }

        func index(_ id: ApprovalRequestID) -> Int? { requests.firstIndex { $0.id == id } }
    }

    let state: Mutex<State>
    let world: World
    /// Items that it puts on a page at most.
    let pageSize: Int

    init(_ world: World) {
        self.world = world
        state = Mutex(State(deals: Deal.chosen(world.fate, world.treasury)))
        pageSize = world.fate.pick([1, 2, 64, 64])
    }

    /// Every transaction as it is now.
    var deals: [Deal] { state.withLock { $0.deals } }

    func deal(_ request: ApprovalRequestID) -> TransactionID? {
        state.withLock { state in state.index(request).map { state.requests[$0].transaction } }
    }

    // Questions.

    /// A page, what is truly on it (nothing where it is a lie), and whether it does not say how it
    /// goes on.
    func list(
        _ account: AccountID, page: Int, size: Int
    ) throws(CustodyError) -> (page: TransactionPage, ids: [TransactionID], isEndless: Bool) {
        let now = world.executor.now
        let deals = deals.filter {
            $0.account == account && $0.state == "PENDING" && $0.bornAt <= now
        }
        let size = min(size, pageSize)
        let start = min((page - 1) * size, deals.count)
        let end = min(start + size, deals.count)
        var items = deals[start..<end].map { JSONValue.object($0.body) }
        let next = end < deals.count ? page + 1 : nil
        if world.fate.strikes(\.lies) {
            let (page, isEndless) = try lie(about: &items, next, page, of: account)
            return (page, [], isEndless)
        }
        return (TransactionPage(items: items, next: next), deals[start..<end].map(\.id), false)
    }

    func transaction(_ id: TransactionID) throws(CustodyError) -> Transaction {
        guard let index = state.withLock({ $0.index(id) }) else { throw .refused(status: 404) }
        let deal = deals[index]
        if deal.kind == .unreadable { throw world.fate.pick(Self.unreadable) }
        if world.fate.strikes(\.lies), let shown = try lie(about: deal) { return shown }
        if let shown = deal.shown { return shown }
        let shown = try Self.parsed(deal.body) { bytes throws(MalformedBody) in
            try Transaction(bytes: bytes)
        }
        state.withLock { $0.deals[index].shown = shown }
        return shown
    }

    private static let unreadable: [CustodyError] = [
        .refused(status: 400), .malformed(MalformedBody("cut short", isNotJSON: true)),
    ]

    func request(_ id: ApprovalRequestID) throws(CustodyError) -> ApprovalRequest {
        let found = state.withLock { state -> Request? in
            guard let index = state.index(id) else { return nil }
            if state.requests[index].creating > 0 { state.requests[index].creating -= 1 }
            return state.requests[index]
        }
        guard let found else { throw .refused(status: 404) }
        return try show(found, isNew: false)
    }

    // Commands.

    func create(_ id: TransactionID) throws(CustodyError) -> ApprovalRequest {
        let isChanged = world.fate.strikes(\.changes)
        let creating = world.fate.pick([0, 0, 1, 2, 3])
        let made = state.withLock { state -> Request? in
            guard let index = state.index(id), state.deals[index].state == "PENDING" else {
                return nil
            }
            // The platform may reckon the fee anew until it is approved.
            if isChanged, !state.requests.contains(where: { $0.transaction == id }) {
                state.deals[index].change("fee_amount", "0.00020000")
            }
            let number = state.requests.count + 1
            let digits = String(number)
            let text = String(repeating: "0", count: 32 - digits.utf8.count) + digits + "aprq"
            guard let request = ApprovalRequestID(text) else { return nil }
            let names = attributes(state.deals[index])
            // What it wants to be signed stays as it is, and so does what cannot be signed.
            if Set(names) != Set(honestAttributes(state.deals[index]))
                || names.count > Set(names).count
            {
                state.deals[index].isTainted = true
            }
            let made = Request(
                id: request, number: number, transaction: id, attributes: names,
                creating: creating)
            state.requests.append(made)
            return made
        }
        guard let made else { throw .refused(status: 409) }
        world.note("request", made.number)
        return try show(made, isNew: true)
    }

    func approve(
        _ id: ApprovalRequestID, _ challenge: Digest, _ response: Signature
    ) throws(CustodyError) {
        let end = state.withLock { state -> Result<(Deal, [UInt8]), CustodyError> in
            guard let index = state.index(id) else { return .failure(.refused(status: 404)) }
            let request = state.requests[index]
            guard let place = state.index(request.transaction),
                request.state == "PENDING", state.deals[place].state == "PENDING"
            else { return .failure(.refused(status: 409)) }
            let deal = state.deals[place]
            let lines = request.attributes.map { "\($0): \(deal.text($0) ?? "")" }
            let message = Array(lines.joined(separator: "\n").utf8)
            guard ModelKey.hash(message) == challenge,
                ModelKey.signature(of: message, by: world.host.key) == response
            else { return .failure(.refused(status: 422)) }
            state.requests[index].state = "APPROVED"
            state.deals[place].settle("APPROVED")
            return .success((deal, message))
        }
        let (deal, message) = try end.get()
        world.books.approved(deal, message: message)
    }

    static func parsed<Value>(
        _ members: [JSONMember], _ read: ([UInt8]) throws(MalformedBody) -> Value
    ) throws(CustodyError) -> Value {
        let bytes = JSONValue.object(members).canonicalBytes ?? []
        do throws(MalformedBody) { return try read(bytes) } catch { throw .malformed(error) }
    }
}

extension Deal {
    /// The body as the platform shows it.
    var body: [JSONMember] { members + [JSONMember("state", .string(state))] }

    mutating func settle(_ new: String) {
        state = new
        shown = nil
    }

    mutating func change(_ name: String, _ value: String) {
        members = members.map { $0.name == name ? JSONMember(name, .string(value)) : $0 }
        shown = nil
    }
}
