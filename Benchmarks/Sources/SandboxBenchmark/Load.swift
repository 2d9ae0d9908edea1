import Foundation
import ProgramTestKit

/// A partner's backend over several connections, each with one request in flight.
struct Load {
    let requests: Int
    let transactions: Int
    let connections: Int
    private let backend: Backend

    private static let entity = "bda8720b93a2daf3ffac5a6fefaa87aaenty"
    static let account = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
    private static let asset = "00000000000000000000000000000001asst"
    private static let method = "6d4e8abbaab25847a01908c6f02f8bb0apmt"
    private static let pageSize = 64
    private static var list: String { "/v1/entities/\(entity)/accounts/\(account)/transactions" }

    init(requests: Int, transactions: Int, connections: Int) throws {
        backend = try Backend()
        self.requests = requests
        self.transactions = transactions
        self.connections = connections
    }

    func prepare(_ sandbox: SandboxProcess) async throws {
        try await sandbox.control(
            "POST", "scenario",
            [
                "keys": [["key_id": "benchmark", "pub_key": backend.apiPublicKey]],
                "entities": [["id": Self.entity, "type": "PARTNER"]],
                "assets": [["id": Self.asset, "code": "BTC", "withdrawal_fee": "0.00001000"]],
                "accounts": [
                    [
                        "id": Self.account, "entity_id": Self.entity, "asset_id": Self.asset,
                        "balance": "1000000",
                    ]
                ],
                "approval_methods": [
                    [
                        "id": Self.method, "entity_id": Self.entity, "state": "ACTIVATED",
                        "pub_key": backend.approvalPublicKey,
                    ]
                ],
            ] as [String: Any])
        try await sandbox.control(
            "POST", "transactions/generate",
            [
                "account_id": Self.account, "count": transactions,
                "template": [
                    "id": "transaction-{n}", "amount": "-0.00100000",
                    "address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "reference": "payout-{n}",
                ],
            ] as [String: Any])
    }

    /// What a connection does next.
    private enum Step: String { case list, transaction, create_request, get_request, approve }

    /// One transaction on its way through the steps.
    private struct Course {
        let number: Int
        var step = Step.list
        var fields: [String: String] = [:]
        var request = ""
    }

    /// Sends everything; the microseconds of each answer by endpoint.
    func run(port: UInt16) throws -> [String: [Int]] {
        var latencies: [String: [Int]] = [:]
        var started = 0
        let wires = try (0..<connections).map { _ in try Wire(port: port) }
        var courses: [Course?] = []
        func begin() -> Course? {
            guard started < transactions, started * 5 < requests else { return nil }
            started += 1
            return Course(number: started - 1)
        }
        for wire in wires {
            let course = begin()
            if let course { try wire.send(try request(course)) }
            courses.append(course)
        }
        while courses.contains(where: { $0 != nil }) {
            var polled = wires.map(\.readable)
            guard poll(&polled, nfds_t(polled.count), 10_000) > 0 else {
                throw Wire.Failure(text: "no answer within 10 s")
            }
            for index in wires.indices where polled[index].revents != 0 {
                guard let course = courses[index], let answer = try wires[index].receive() else {
                    continue
                }
                let taken = (ContinuousClock.now - wires[index].sentAt).components.attoseconds
                latencies[course.step.rawValue, default: []].append(
                    Int(taken / 1_000_000_000_000))
                let next = try followed(course, answer) ?? begin()
                if let next { try wires[index].send(try request(next)) }
                courses[index] = next
            }
        }
        return latencies
    }

    private func request(_ course: Course) throws -> [UInt8] {
        let id = "transaction-\(course.number)"
        switch course.step {
        case .list:
            let page = 1 + Int.random(in: 0..<max(1, transactions / Self.pageSize / 2))
            return try backend.request(
                "GET",
                "\(Self.list)?filter[state]=PENDING&filter[type][]=WITHDRAWAL"
                    + "&filter[type][]=TRANSFER_OUTGOING&pagination[page]=\(page)"
                    + "&pagination[size]=\(Self.pageSize)")
        case .transaction: return try backend.request("GET", "\(Self.list)/\(id)")
        case .create_request:
            return try backend.request(
                "POST", "/v1/approval_requests",
                "{\"approval_method_id\":\"\(Self.method)\",\"entity_id\":\"\(Self.entity)\","
                    + "\"resource_id\":\"\(id)\",\"resource_type\":\"TRANSACTION\"}")
        case .get_request:
            return try backend.request("GET", "/v1/approval_requests/\(course.request)")
        case .approve:
            let names = [
                "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
            ]
            let message = names.map { "\($0): \(course.fields[$0] ?? "")" }.joined(separator: "\n")
            return try backend.request(
                "POST", "/v1/approval_requests/\(course.request)/approve",
                try backend.approval(of: message))
        }
    }

    /// The course after an answer; nil at its end. Any other status than success ends everything.
    private func followed(_ course: Course, _ answer: Wire.Answer) throws -> Course? {
        guard answer.status == 200 || answer.status == 201 else {
            throw Wire.Failure(
                text: "\(course.step) \(answer.status): "
                    + String(decoding: answer.body, as: UTF8.self))
        }
        var next = course
        switch course.step {
        case .list: next.step = .transaction
        case .transaction:
            next.fields = Self.texts(answer.body)
            next.step = .create_request
        case .create_request:
            next.request = Self.texts(answer.body)["id"] ?? ""
            next.step = .get_request
        case .get_request: next.step = .approve
        case .approve: return nil
        }
        return next
    }

    private static func texts(_ body: ArraySlice<UInt8>) -> [String: String] {
        let json = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return (json ?? [:]).compactMapValues { $0 as? String }
    }
}
