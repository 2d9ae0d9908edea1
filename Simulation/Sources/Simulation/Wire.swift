import ApprovalAgent
import ApprovalCore

/// The way from one process to the platform and back: what is lost, late or answered wrongly on it.
struct Wire: Custody {
    let world: World
    let platform: ModelPlatform
    let disk: ModelDisk
    let life: Life
    let clockWatch: ClockWatch

    private enum Fault {
        case before(CustodyError)
        case after(CustodyError)
        /// It has its effect when nobody waits for it any more.
        case late(Int64)
    }

    private static let timeOut: Int64 = 10_000

    private func chosenFault(isCommand: Bool) -> Fault? {
        guard world.fate.strikes(\.faults) else { return nil }
        switch world.fate.below(9) {
        case 0: return .before(.notSent("refused"))
        case 1: return .before(.ambiguous("reset"))
        case 2: return .before(.throttled(status: 429, retryAfter: world.fate.pick([nil, 3_000])))
        case 3: return .before(.throttled(status: 503, retryAfter: nil))
        case 4: return .before(.refused(status: world.fate.pick([400, 401, 404, 409, 422])))
        case 5: return .after(.ambiguous("status 500"))
        case 6: return .after(.throttled(status: 503, retryAfter: 2_000))
        case 7: return .after(.malformed(MalformedBody("cut short", isNotJSON: true)))
        default:
            let delays: [Int64] = [11_000, 60_000, 280_000]
            return isCommand ? .late(world.fate.pick(delays)) : .after(.ambiguous("time-out"))
        }
    }

    private func travel() async {
        try? await world.executor.wait(Int64(1 + world.fate.below(40)))
    }

    /// One exchange. `leaves` is called when it leaves the host, and only then.
    private func exchange<Answer: Sendable>(
        _ what: String, _ number: Int, isCommand: Bool = false, mayStill: () -> Bool = { true },
        leaves: () -> Void = {},
        _ effect: @escaping @Sendable () throws(CustodyError) -> Answer
    ) async throws(CustodyError) -> Answer {
        if world.fate.strikes(\.pauses) {
            // Stopped by its host, and let go on.
            try? await world.executor.wait(world.fate.pick([1_000, 90_000, 7_200_000]))
        }
        // A command waits for a connection.
        if isCommand { await travel() }
        guard life.isAlive else { throw .notSent("the process is gone") }
        world.happens(to: life)
        guard life.isAlive, mayStill() else { throw .notSent("held back") }
        let fault = chosenFault(isCommand: isCommand)
        if case .before(.notSent(let why)) = fault {
            await travel()
            throw .notSent(why)
        }
        world.note(what, number, life.number)
        leaves()
        await travel()
        switch fault {
        case .before(let error): throw error
        case .late(let delay):
            world.executor.after(delay) { [world] in
                world.note("late", number)
                _ = try? effect()
            }
            try? await world.executor.wait(Self.timeOut)
            throw .ambiguous("time-out")
        case .after, nil: break
        }
        let end: Result<Answer, CustodyError>
        do throws(CustodyError) { end = .success(try effect()) } catch { end = .failure(error) }
        world.happens(to: life)
        await travel()
        guard life.isAlive else { throw .ambiguous("the process is gone") }
        observeDate()
        if case .after(let error) = fault { throw error }
        return try end.get()
    }

    /// The reply's `Date`, in whole seconds; some have none.
    private func observeDate() {
        let now = world.executor.now
        let date = UnixTime(milliseconds: now / 1_000 * 1_000)
        let isMissing = world.fate.strikes(\.lies)
        clockWatch.observe(
            platform: isMissing ? nil : date,
            local: UnixTime(milliseconds: world.host.clock(at: now)))
    }

    private func number(_ id: TransactionID) -> Int {
        platform.deals.first { $0.id == id }?.number ?? 0
    }

    func transactions(
        of account: PolicyAccount, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage {
        let answer = try await exchange("list", page) { [platform] () throws(CustodyError) in
            try platform.list(account.id, page: page, size: size)
        }
        if !life.isRehearsal { world.books.lists(answer.ids, isEndless: answer.isEndless) }
        return answer.page
    }

    func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction {
        let shown = try await exchange("read", number(id)) { [platform] () throws(CustodyError) in
            try platform.transaction(id)
        }
        if !life.isRehearsal { world.books.shows(shown, as: id) }
        return shown
    }

    func account(_ account: PolicyAccount) async throws(CustodyError) -> Account {
        try await exchange("account", 0) { [world] () throws(CustodyError) in
            try world.treasury.shown(account)
        }
    }

    func approvalMethod(
        _ id: ApprovalMethodID, of entity: EntityID
    ) async throws(CustodyError) -> ApprovalMethod {
        try await exchange("method", 0) { [world] () throws(CustodyError) in
            try world.treasury.shownMethod(world.host.key)
        }
    }

    func entity(_ id: EntityID) async throws(CustodyError) -> Entity {
        try await exchange("entity", 0) { [world] () throws(CustodyError) in
            try world.treasury.shownEntity()
        }
    }

    func createApprovalRequest(
        for resource: ApprovedResource, entity: EntityID, method: ApprovalMethodID,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) -> ApprovalRequest {
        guard case .transaction(let id) = resource else { throw .refused(status: 404) }
        let made = try await exchange(
            "create", number(id), isCommand: true, mayStill: mayStill,
            leaves: {
                world.books.commands("a request", life, world.host)
                world.books.creates(id, durable: disk.durable)
            }
        ) { [platform] () throws(CustodyError) in try platform.create(id) }
        world.books.shows(made, madeFor: id)
        return made
    }

    func approvalRequest(
        _ id: ApprovalRequestID
    ) async throws(CustodyError) -> ApprovalRequest {
        do throws(CustodyError) {
            let shown = try await exchange("read request", 0) {
                [platform] () throws(CustodyError) in try platform.request(id)
            }
            world.books.shows(shown, as: id)
            return shown
        } catch {
            if error == .refused(status: 404) { world.books.shows(nil, as: id) }
            throw error
        }
    }

    func approve(
        _ id: ApprovalRequestID, challenge: Digest, response: Signature,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        let transaction = platform.deal(id)
        let isLie = world.fate.strikes(\.lies)
        try await exchange(
            "approve", transaction.map(number) ?? 0, isCommand: true, mayStill: mayStill,
            leaves: {
                world.books.commands("an approval", life, world.host)
                world.books.posts(id, challenge, response, durable: disk.durable)
            }
        ) { [platform] () throws(CustodyError) in
            // The platform may say that it took what it did not.
            if !isLie { try platform.approve(id, challenge, response) }
        }
    }

    func cancel(
        _ id: TransactionID, of account: PolicyAccount, mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) {
        world.books.breaks("I1", "a cancellation that the policy does not ask for")
    }

    func asset(_ id: AssetID) async throws(CustodyError) -> Asset {
        throw .refused(status: 404)
    }

    func approvalMethods(of entity: EntityID) async throws(CustodyError) -> [ApprovalMethod] { [] }

    func tier(of entity: EntityID) async throws(CustodyError) -> Tier {
        throw .refused(status: 404)
    }
}

// What is asked for beside transactions and requests, and never changes.
extension Treasury {
    func shown(_ account: PolicyAccount) throws(CustodyError) -> Account {
        try ModelPlatform.parsed([
            JSONMember("id", .string(account.id.text)),
            JSONMember("entity_id", .string(account.entityID.text)),
            JSONMember("asset_id", .string(account.asset.id.text)),
        ]) { bytes throws(MalformedBody) in try Account(bytes: bytes) }
    }

    func shownMethod(_ number: Int) throws(CustodyError) -> ApprovalMethod {
        let key =
            ModelKey.publicKey(number).map { [JSONMember("pub_key", .string($0.description))] }
            ?? []
        return try ModelPlatform.parsed(
            [
                JSONMember("id", .string(methodID.text)),
                JSONMember("entity_id", .string(payouts.entityID.text)),
                JSONMember("type", .string("DSA_ED25519")),
                JSONMember("state", .string("ACTIVATED")),
            ] + key
        ) { bytes throws(MalformedBody) in try ApprovalMethod(bytes: bytes) }
    }

    func shownEntity() throws(CustodyError) -> Entity {
        try ModelPlatform.parsed([
            JSONMember("id", .string(payouts.entityID.text)),
            JSONMember("type", .string("PARTNER")),
            JSONMember("state", .string("ACTIVE")),
        ]) { bytes throws(MalformedBody) in try Entity(bytes: bytes) }
    }
}
