package import ApprovalAgent
package import ApprovalCore
import Synchronization

/// A small platform in memory: transactions, approval requests and verified approvals, with a
/// script of faults and lies, and a record of every call.
package final class ScriptedCustody: Custody {
    /// One call that reached it.
    package enum Call: Hashable, Sendable {
        case list(AccountID, page: Int, size: Int)
        case history(AccountID, since: UnixTime?, page: Int, size: Int)
        case accounts(EntityID, page: Int)
        case transaction(TransactionID)
        case account(AccountID)
        case asset(AssetID)
        case method(ApprovalMethodID)
        case methods(EntityID)
        case entity(EntityID)
        case tier(EntityID)
        case create(TransactionID)
        /// A request of a member of a group.
        case createPart(of: ApprovalRequestID, by: EntityID)
        case request(ApprovalRequestID)
        case approve(ApprovalRequestID)
        case cancel(TransactionID)

        /// Whether it only asks (a GET).
        package var isQuestion: Bool {
            switch self {
            case .list, .history, .accounts, .transaction, .account, .asset, .method, .methods,
                .entity, .tier, .request:
                true
            case .create, .createPart, .approve, .cancel: false
            }
        }
    }

    /// A call that fails, before or after it had its effect.
    package struct Fault: Sendable {
        package let error: CustodyError
        package let isAfterEffect: Bool

        package init(_ error: CustodyError, afterEffect: Bool = false) {
            self.error = error
            isAfterEffect = afterEffect
        }
    }

    /// An approval that it took: the signature over the challenge was right.
    package struct Approval: Hashable, Sendable {
        package let request: ApprovalRequestID
        package let transaction: TransactionID
        package let challenge: Digest
    }

    /// What it lies about. Each closure is asked at each call; `read` counts from 1 per resource.
    package struct Script: Sendable {
        /// A body's members, in the order in which they are written.
        package typealias Members = [JSONMember]
        /// The fault of the n-th call, counted from 1 over all calls.
        package var fault: @Sendable (_ n: Int, _ call: Call) -> Fault? = { _, _ in nil }
        /// Changes a transaction's body as it is shown.
        package var transaction: @Sendable (TransactionID, _ read: Int, Members) -> Members = {
            $2
        }
        /// Changes a request's body as it is shown; read 0 is the answer to its creation.
        package var request: @Sendable (ApprovalRequestID, _ read: Int, Members) -> Members = {
            $2
        }
        /// Changes an account's body as it is shown.
        package var account: @Sendable (AccountID, Members) -> Members = { $1 }
        /// Changes the approval method's body as it is shown.
        package var method: @Sendable (Members) -> Members = { $0 }
        /// The key that is registered; nil where the method shows none.
        package var publicKey: PublicKey?
        /// Changes an entity's body as it is shown.
        package var entity: @Sendable (EntityID, Members) -> Members = { $1 }
        /// `send_limit` of every entity's tier; nil where there is none.
        package var sendLimit: @Sendable (EntityID) -> String? = { _ in nil }
        /// The challenge's attributes.
        package var attributes: @Sendable (TransactionID) -> [String] = { _ in
            ScriptedCustody.attributes
        }
        /// Reads of a request that still show it CREATING.
        package var creatingReads = 0
        /// Answers a page in the platform's place.
        package var page:
            @Sendable (_ page: Int, _ size: Int) throws(CustodyError) -> TransactionPage? = {
                _, _ throws(CustodyError) in nil
            }
        /// Answers a page of everything that ever was, in the platform's place.
        package var historyPage:
            @Sendable (_ page: Int, _ size: Int) throws(CustodyError) -> TransactionPage? = {
                _, _ throws(CustodyError) in nil
            }
        /// Called before the n-th call does anything.
        package var before: @Sendable (_ n: Int, _ call: Call) async -> Void = { _, _ in }

        package init() {}
    }

    /// What the guide's withdrawals bind, in its order.
    package static let attributes = [
        "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
    ]

    struct State {
        var script = Script()
        var transactions: [TransactionID: [JSONMember]] = [:]
        var order: [TransactionID] = []
        var accounts: [AccountID: [JSONMember]] = [:]
        var requests: [ApprovalRequestID: Request] = [:]
        var groups: [ApprovalMethodID: Group] = [:]
        var reads: [String: Int] = [:]
        var calls: [Call] = []
        var approvals: [Approval] = []
        var cancelled: [TransactionID] = []
        var posted: [TransactionID: Set<Digest>] = [:]
        var created = 0
    }

    struct Request {
        let id: ApprovalRequestID
        let transaction: TransactionID
        /// The GROUP request that it is a member's part of.
        var parent: ApprovalRequestID?
        let type: String
        let entity: EntityID
        let method: ApprovalMethodID
        var state: String
        var reads = 0
    }

    let state = Mutex(State())
    let verifies: @Sendable (_ message: [UInt8], Signature) -> Bool

    /// `verifies` stands for the registered public key.
    package init(verifies: @escaping @Sendable (_ message: [UInt8], Signature) -> Bool) {
        self.verifies = verifies
    }

    /// The script, to be read and changed at any time.
    package var script: Script {
        get { state.withLock { $0.script } }
        set { state.withLock { $0.script = newValue } }
    }

    /// Adds an account.
    package func add(_ account: PolicyAccount) {
        state.withLock {
            $0.accounts[account.id] = [
                JSONMember("id", .string(account.id.text)),
                JSONMember("entity_id", .string(account.entityID.text)),
                JSONMember("asset_id", .string(account.asset.id.text)),
            ]
        }
    }

    /// Adds a transaction, at the end of its account's list.
    package func add(_ id: TransactionID, _ members: [JSONMember]) {
        state.withLock {
            if $0.transactions[id] == nil { $0.order.append(id) }
            $0.transactions[id] = members
        }
    }

    /// Sets one member of a transaction; takes it out where `value` is nil.
    package func set(_ id: TransactionID, _ name: String, _ value: JSONValue?) {
        state.withLock { state in
            var members = state.transactions[id] ?? []
            members.removeAll { $0.name == name }
            if let value { members.append(JSONMember(name, value)) }
            state.transactions[id] = members
        }
    }

    /// Ends every request of a transaction in this state.
    package func setRequests(of id: TransactionID, to text: String) {
        state.withLock { state in
            for (key, request) in state.requests where request.transaction == id {
                state.requests[key]?.state = text
            }
        }
    }

    /// Forgets every request of a transaction, so that reading it gives 404.
    package func forgetRequests(of id: TransactionID) {
        state.withLock { state in
            state.requests = state.requests.filter { $0.value.transaction != id }
        }
    }

    /// Every call so far, in order.
    package var calls: [Call] { state.withLock { $0.calls } }

    /// Every approval that it took, in order.
    package var approvals: [Approval] { state.withLock { $0.approvals } }

    /// Every transaction that it cancelled, in order.
    package var cancelled: [TransactionID] { state.withLock { $0.cancelled } }

    /// Every distinct challenge that was ever posted, taken or not.
    package var posted: [TransactionID: Set<Digest>] { state.withLock { $0.posted } }

    /// A transaction's state as text; empty where there is none.
    package func transactionState(_ id: TransactionID) -> String {
        state.withLock { $0.transactions[id].flatMap { JSONValue.object($0)["state"]?.text } ?? "" }
    }

    /// The transaction that a request is for; nil where there is no such request.
    package func transaction(of request: ApprovalRequestID) -> TransactionID? {
        state.withLock { $0.requests[request]?.transaction }
    }

    /// The text of a transaction's member; nil where it has none.
    package func member(_ id: TransactionID, _ name: String) -> String? {
        state.withLock { $0.transactions[id].flatMap { JSONValue.object($0)[name]?.text } }
    }

    /// The ids of a transaction's requests, oldest first.
    package func requests(of id: TransactionID) -> [ApprovalRequestID] {
        state.withLock { state in
            state.requests.values.filter { $0.transaction == id }.map(\.id).sorted()
        }
    }
}
