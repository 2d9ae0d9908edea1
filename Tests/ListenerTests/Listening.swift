import ApprovalCore
import Listener
import ProgramTestKit
import Synchronization

/// What the tests watch: two accounts of two entities, and their ids.
enum Watched {
    static let entity = "10ef67dc895d6c19c273b1ffba0c1692enty"
    static let account = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
    static let transaction = "bf20c716075ea82a4b1f3f0b49657161atrx"
    static let otherEntity = "20ef67dc895d6c19c273b1ffba0c1692enty"
    static let otherAccount = "7c41ec8a82fb99b57cb5078ae0a8b569acct"
    static let trade = "10ef67dc895d6c19c273b1ffba0c1692trad"
    static let closure = "3038143133c91f3235a108d31dc00211creq"

    static let location =
        "/v1/entities/\(entity)/accounts/\(account)/transactions/\(transaction)"
    static let hostile = HostileLocations(
        entity: entity, account: account, transaction: transaction
    ).all
    static let body = #"{"id": "\#(transaction)"}"#

    static func entity(of account: AccountID) -> EntityID? {
        switch account.text {
        case Self.account: EntityID(entity)
        case otherAccount: EntityID(otherEntity)
        default: nil
        }
    }
}

/// A request to the callbacks' address, as bytes; the one that the platform sends unless changed.
struct CallbackPost: Sendable {
    var line = "POST /callbacks HTTP/1.1"
    var type: String? = "TRANSACTION"
    var location: [UInt8]? = Array(Watched.location.utf8)
    var more: [String] = []
    var body = Array(Watched.body.utf8)
    var framing: [String]?

    var bytes: [UInt8] {
        var bytes = Array("\(line)\r\nHost: agent\r\n".utf8)
        if let type { bytes += "X-Resource-Type: \(type)\r\n".utf8 }
        if let location { bytes += "X-Resource-Location: ".utf8 + location + "\r\n".utf8 }
        for line in more + (framing ?? ["Content-Length: \(body.count)"]) {
            bytes += "\(line)\r\n".utf8
        }
        return bytes + "\r\n".utf8 + body
    }
}

/// What a listener rang and refused.
final class Rung: Sendable {
    private let bellsRung = Mutex<[Callback]>([])
    private let refusals: AsyncStream<CallbackRefusal>
    private let continuation: AsyncStream<CallbackRefusal>.Continuation

    init() {
        (refusals, continuation) = AsyncStream.makeStream(of: CallbackRefusal.self)
    }

    var bells: [Callback] { bellsRung.withLock { $0 } }

    func ring(_ callback: Callback) { bellsRung.withLock { $0.append(callback) } }

    func refused(_ refusal: CallbackRefusal) { continuation.yield(refusal) }

    /// The next refusal, awaited.
    func refusal() async -> CallbackRefusal? {
        var iterator = refusals.makeAsyncIterator()
        return await iterator.next()
    }
}

/// Runs listeners around a test's body and ends them by cancelling.
enum Listening {
    typealias Bound = @Sendable (ListenAddress) -> Void

    static func around(
        _ run: @escaping @Sendable (@escaping Bound) async throws -> Void,
        _ body: @escaping @Sendable (ListenAddress) async throws -> Void
    ) async throws {
        let (addresses, continuation) = AsyncStream.makeStream(of: ListenAddress.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await run { continuation.yield($0) }
            }
            for await address in addresses {
                try await body(address)
                break
            }
            group.cancelAll()
            while let result = await group.nextResult() { try result.get() }
        }
    }

    /// A callbacks' listener on a free port that watches what ``Watched`` says.
    static func callbacks(
        _ bounds: ListenerBounds = ListenerBounds(), on address: String = "127.0.0.1:0",
        basePath: String = "/v1",
        records: @escaping @Sendable () async -> Bool = { true },
        _ body: @escaping @Sendable (ListenAddress, Rung) async throws -> Void
    ) async throws {
        let rung = Rung()
        let door = CallbackDoor(basePath: basePath, account: Watched.entity(of:)) { callback in
            rung.ring(callback)
            return await records()
        }
        let any = try ListenAddress(address)
        try await around({ listening in
            try await CallbackListener(
                address: any, door: door, bounds: bounds, refused: { rung.refused($0) },
                listening: listening
            ).run()
        }) { address in try await body(address, rung) }
    }

    /// An operations' listener on a free port.
    static func operations(
        _ bounds: ListenerBounds = ListenerBounds(), isReady: Bool = true,
        metrics: String = "up 1\n",
        refused: @escaping @Sendable (ConnectionRefusal) -> Void = { _ in },
        _ body: @escaping @Sendable (ListenAddress) async throws -> Void
    ) async throws {
        let pages = OperationsPages(
            ready: { (isReady, .object(["ledger": .bool(isReady)])) },
            status: { .object(["queue": .integer(3)]) },
            metrics: { metrics })
        let any = try ListenAddress("127.0.0.1:0")
        try await around(
            { listening in
                try await OperationsListener(
                    address: any, pages: pages, bounds: bounds, refused: refused,
                    listening: listening
                ).run()
            }, body)
    }
}

/// Holds whoever comes until it is opened; being cancelled does not let anyone through.
final class Turnstile: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() { (arrivals, arrival) = AsyncStream.makeStream(of: Void.self) }

    func pass() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            arrival.yield()
            if goesOn { continuation.resume() }
        }
    }

    /// Returns when somebody is held, or was.
    func arrived() async {
        var iterator = arrivals.makeAsyncIterator()
        _ = await iterator.next()
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
