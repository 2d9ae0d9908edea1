import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A scene whose policy asks two of three people for withdrawals, one after the other or all at
/// once, and a platform that has the group.
struct GroupScene {
    let scene: Scene
    let board: PolicyGroup
    let order: Quorum.Order
    let onExpiry: Quorum.OnExpiry
    let minApprovals: Int

    init(
        _ order: Quorum.Order = .parallel, onExpiry: Quorum.OnExpiry = .escalate,
        minApprovals: Int = 2
    ) throws {
        scene = try Scene()
        self.order = order
        self.onExpiry = onExpiry
        self.minApprovals = minApprovals
        board = PolicyGroup(
            name: "board", methodID: try #require(ApprovalMethodID(Self.text("apmt", 9))),
            groupID: "board-1", quorum: 2,
            members: try ["ceo", "cfo", "coo"].enumerated().map { number, name in
                GroupMember(
                    name: name, entityID: try #require(EntityID(Self.text("enty", number + 1))),
                    methodID: try #require(ApprovalMethodID(Self.text("apmt", number + 1))))
            })
        scene.custody.set(platformGroup)
    }

    private static func text(_ suffix: String, _ number: Int) -> String {
        String(repeating: "0", count: 31) + "\(number)" + suffix
    }

    /// As the platform has it.
    var platformGroup: ScriptedCustody.Group {
        ScriptedCustody.Group(
            methodID: board.methodID, groupID: board.groupID, quorum: board.quorum,
            members: board.members.map(\.entityID))
    }

    func member(_ name: String) throws -> EntityID {
        try #require(board.members.first { $0.name == name }).entityID
    }

    var quorum: Quorum {
        Quorum(
            group: board, minApprovals: minApprovals, ask: board.members, order: order,
            expiresAfter: 3_600_000, onExpiry: onExpiry)
    }

    func policy(revision: Int64 = 1, quorum: Quorum? = nil) throws -> LoadedPolicy {
        let conditions = try #require(try scene.policy().policy.rules.first { $0.id == "payouts" })
        return try scene.policy(
            revision: revision,
            rules: [
                Rule(
                    id: "payouts", action: .allow, conditions: conditions.conditions,
                    quorum: quorum ?? self.quorum)
            ])
    }

    /// One pass, as `run --once` makes it.
    @discardableResult
    func pass(_ policy: LoadedPolicy? = nil) async throws -> PassSummary {
        try await scene.pass(try scene.approver(policy: try policy ?? self.policy()))
    }

    func approve(_ names: String...) throws {
        for name in names { scene.custody.answer(try member(name)) }
    }

    func asking(_ id: TransactionID) async throws -> Asking {
        try #require(try await scene.ledger.item(id)?.asking)
    }

    func state(_ id: TransactionID) async throws -> ItemState? {
        try await scene.ledger.item(id)?.state
    }

    /// Whoever has a request before them, by name.
    func asked(_ id: TransactionID) -> [String] {
        scene.custody.parts(of: id).compactMap { part in
            board.members.first { $0.entityID == part.member }?.name
        }
    }
}

// What the platform lies about.
extension GroupScene {
    func change(_ body: (inout ScriptedCustody.Script) -> Void) {
        var script = scene.custody.script
        body(&script)
        scene.custody.script = script
    }
}

extension [JSONMember] {
    /// The same with another value for a member that it has.
    func with(_ name: String, _ value: String) -> Self {
        map { $0.name == name ? JSONMember(name, .string(value)) : $0 }
    }

    /// Whether it is a request of a member of a group.
    var isPart: Bool { JSONValue.object(self)["resource_type"]?.text == "APPROVAL_REQUEST" }
}

/// A ledger that tells of each step once it is durable.
struct SteppingLedger: ForwardingLedger {
    let ledger: any Ledger
    private let after: @Sendable (Step) -> Void

    init(_ ledger: any Ledger, after: @escaping @Sendable (Step) -> Void) {
        self.ledger = ledger
        self.after = after
    }

    func advance(
        _ id: TransactionID, _ step: Step, entry: [JSONMember], evidence: [[UInt8]], now: UnixTime
    ) async throws(LedgerError) {
        try await ledger.advance(id, step, entry: entry, evidence: evidence, now: now)
        after(step)
    }
}
