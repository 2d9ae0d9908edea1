import Foundation
import ProgramTestKit

/// Holds what the sandbox has in its books against what the ledger says of people who were asked;
/// trusts neither the agent's exit codes nor its output.
struct BoardReferee {
    let entries: [Referee.Entry]
    let requests: [BoardRequest]
    let transactions: [Described]
    let report: [String: Any]
    let minApprovals: Int
    /// Whether answers of the platform may have been lost: by a kill or a fault.
    let mayLose: Bool

    /// Reads the books of both.
    init(_ board: Board, minApprovals: Int = 2, mayLose: Bool = false) async throws {
        entries = try await Referee.entries(of: board.scene.folder)
        requests = try await board.requests()
        transactions = try await board.scene.described()
        report = try await board.scene.sandbox.report()
        self.minApprovals = minApprovals
        self.mayLose = mayLose
    }

    /// Everything that is wrong; empty where all is well.
    var problems: [String] {
        var problems = general()
        for transaction in transactions {
            let own = entries.filter { $0.id == transaction.id }
            problems +=
                (granted(transaction, own) + asked(transaction, own)
                + ended(own) + explained(transaction, own))
                .map { "\(transaction.id): \($0)" }
        }
        return problems
    }

    /// How each of an entry's members stands.
    struct Member {
        let entity: String
        let begun: Int
        let requests: [String]
        let standing: String
    }

    /// `asking` of an entry.
    struct Asking {
        let request: String
        let end: String?
        let members: [Member]

        init?(_ entry: Referee.Entry) {
            guard let body = entry.body["asking"] as? [String: Any],
                let request = body["approval_request_id"] as? String
            else { return nil }
            self.request = request
            end = body["end"] as? String
            members = (body["members"] as? [[String: Any]] ?? []).map { member in
                let name = member["name"] as? String
                return Member(
                    entity: Board.members.first { $0.name == name }?.entity ?? "",
                    begun: member["begun"] as? Int ?? 0,
                    requests: member["requests"] as? [String] ?? [],
                    standing: member["standing"] as? String ?? "")
            }
        }
    }

    /// What the ledger last had of an asking; nil where nobody was asked.
    static func asking(_ own: [Referee.Entry]) -> Asking? {
        own.last { $0.body["asking"] != nil }.flatMap(Asking.init)
    }

    private func general() -> [String] {
        var problems: [String] = []
        if entries.map(\.seq) != Array(1...max(1, entries.count)) {
            problems.append("seq has gaps")
        }
        for name in ["nonces_reused", "signature_failures", "approvals_attempted"]
        where report[name] as? Int != 0 {
            problems.append("\(name): \(report[name] ?? "absent")")
        }
        for entry in entries where ["signed", "delivered"].contains(entry.kind) {
            problems.append("this agent signed something: \(entry.text)")
        }
        return problems
    }

    /// Confirmed is only what enough different people approved in requests that this agent made.
    private func granted(_ transaction: Described, _ own: [Referee.Entry]) -> [String] {
        guard let confirmed = own.first(where: { $0.kind == "confirmed" }) else { return [] }
        guard let asking = Asking(confirmed) else { return ["confirmed, and nobody was asked"] }
        let known = Set(asking.members.flatMap(\.requests))
        let approved = requests.filter {
            known.contains($0.id) && $0.isOfPartner && $0.state == "APPROVED"
                && $0.resource == asking.request && $0.transaction == transaction.id
                && Board.members.map(\.entity).contains($0.entity)
        }
        var problems: [String] = []
        if Set(approved.map(\.entity)).count < minApprovals {
            problems.append("confirmed with \(approved.count) approvals of its own")
        }
        if requests.first(where: { $0.id == asking.request })?.state != "APPROVED" {
            problems.append("confirmed, and its GROUP request is not APPROVED")
        }
        if !["APPROVED", "COMPLETED"].contains(transaction.state) {
            problems.append("confirmed, and it is \(transaction.state)")
        }
        if own.last(where: { $0.kind != "quarantined" })?.kind != "confirmed" {
            problems.append("something came after its confirmation")
        }
        return problems
    }

    /// Nobody is asked but whom the ledger knows to have been asked, and in one GROUP request.
    private func asked(_ transaction: Described, _ own: [Referee.Entry]) -> [String] {
        var problems: [String] = []
        let groups = requests.filter { $0.transaction == transaction.id && $0.type == "GROUP" }
        let known = Set(
            own.filter { $0.kind == "requested" }.map { $0.text("approval_request_id") })
        let made = groups.filter(\.isOfPartner)
        if made.count(where: { known.contains($0.id) && $0.state == "PENDING" }) > 1 {
            problems.append("two GROUP requests are PENDING")
        }
        if !mayLose, made.contains(where: { !known.contains($0.id) }) {
            problems.append("a GROUP request that the ledger does not know")
        }
        for id in known where !groups.contains(where: { $0.id == id }) {
            problems.append("the ledger has a GROUP request \(id) that there is not")
        }
        let asking = Self.asking(own)
        let children = requests.filter {
            $0.transaction == transaction.id && $0.type != "GROUP" && $0.isOfPartner
        }
        for child in children where child.resource != asking?.request {
            problems.append("somebody was asked in another GROUP request: \(child.id)")
        }
        for person in Set(children.map(\.entity)) {
            let count = children.count { $0.entity == person }
            let member = asking?.members.first { $0.entity == person }
            if count > member?.begun ?? 0 {
                problems.append("\(person) was asked \(count) times, begun \(member?.begun ?? 0)")
            }
            if !mayLose, count != member?.requests.count {
                problems.append("\(person) was asked, and the ledger does not know it")
            }
        }
        for id in asking?.members.flatMap(\.requests) ?? []
        where !children.contains(where: { $0.id == id }) {
            problems.append("the ledger has a request \(id) that there is not")
        }
        return problems
    }

    /// What people were asked for is not let go, and after the end nobody else is asked.
    private func ended(_ own: [Referee.Entry]) -> [String] {
        let askings = own.compactMap(Asking.init)
        if let first = own.firstIndex(where: { $0.kind == "asked" }),
            own[first...].contains(where: { ["released", "requested"].contains($0.kind) })
        {
            return ["it was let go after somebody was asked"]
        }
        guard let first = askings.firstIndex(where: { $0.end != nil }) else { return [] }
        return askings[first...].contains {
            $0.end != askings[first].end
                || $0.members.map(\.begun) != askings[first].members.map(\.begun)
        } ? ["somebody was asked after the end"] : []
    }

    /// What the platform shows, and how the ledger got there.
    private func explained(_ transaction: Described, _ own: [Referee.Entry]) -> [String] {
        let last = own.last { $0.kind != "quarantined" }?.kind ?? "nothing"
        let wasAsked = own.contains { $0.kind == "asked" }
        let right: Set<String> =
            switch transaction.state {
            case "APPROVED", "COMPLETED": ["confirmed", "conflict"]
            case "CANCELLED", "FAILED":
                wasAsked
                    ? ["failed", "conflict", "cancelled"] : ["decided", "released", "cancelled"]
            default: ["decided", "requested", "asked", "released", "conflict"]
            }
        var problems = right.contains(last) ? [] : ["\(transaction.state), and last \(last)"]
        for entry in own
        where ["conflict", "released", "quarantined", "failed"].contains(entry.kind) {
            if (entry.body["reasons"] as? [Any] ?? []).isEmpty {
                problems.append("no reason in \(entry.text)")
            }
        }
        return problems
    }

    /// The amounts that must still count against the limit: whatever was asked for and is neither
    /// CANCELLED nor FAILED, and whatever was confirmed or is in conflict.
    var reserved: Decimal {
        transactions.reduce(Decimal(0)) { sum, transaction in
            let own = entries.filter { $0.id == transaction.id }
            let last = own.last { !["quarantined", "cancelled"].contains($0.kind) }?.kind ?? ""
            let counts = ["asked", "requested", "confirmed", "conflict"].contains(last)
            let amount = Decimal(string: transaction.transaction["amount"] as? String ?? "") ?? 0
            return counts ? sum - amount : sum
        }
    }
}
