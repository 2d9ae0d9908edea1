import ApprovalAgent
import ApprovalCore
import Foundation

/// `last-pass.json` beside the ledger: what the running agent knew when it last looked at every
/// account. It is for `status` alone, and nothing is decided on it.
struct LastPassFile {
    /// Escalated transactions that it names; of more than these it has the number.
    private static let most = 100

    let path: String

    /// Replaces the file; what cannot be written is not shown. `callbacks` is nil where the agent
    /// has no door for them.
    func write(_ board: NoticeBoard, callbacks: Tally?, at now: UnixTime) {
        let body = JSONValue.object([
            "as_of": .string(now.description),
            "escalated": .object([
                "waiting": .integer(board.waiting),
                "oldest": .optional(board.oldestWaiting?.description),
                "transactions": .array(board.firstEscalated(Self.most).map(\.json)),
            ]),
            "callbacks": callbacks.map(Self.json) ?? .null,
        ])
        guard let bytes = body.canonicalBytes else { return }
        try? Data(bytes + [0x0A]).write(to: URL(filePath: path), options: .atomic)
    }

    private static func json(_ tally: Tally) -> JSONValue {
        .object(tally.all.map { JSONMember($0.word, .integer($0.count)) })
    }

    /// What it says; nil where there is none that can be read.
    func read() -> JSONValue? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1_048_576 else {
            return nil
        }
        return try? JSONValue(parsing: Array(data))
    }

    /// When it was, who waits (of many the first ten), and which callbacks came.
    static func lines(_ body: JSONValue?) -> [String] {
        guard let body, let time = body["as_of"]?.text,
            let waiting = body["escalated"]?["waiting"]?.integer
        else { return [] }
        let first = (body["escalated"]?["transactions"]?.elements ?? []).prefix(10).map { item in
            let codes = (item["reasons"]?.elements ?? []).compactMap(\.text)
            return "             \(Console.safe(item["transaction_id"]?.text ?? "?"))  since "
                + "\(Console.safe(item["since"]?.text ?? "?"))  "
                + Console.safe(codes.joined(separator: ", "))
        }
        return ["last pass    \(Console.safe(time))"]
            + ["escalated    " + (waiting == 0 ? "none" : "\(waiting) wait for a person")] + first
            + callbackLine(body["callbacks"])
    }

    private static func callbackLine(_ callbacks: JSONValue?) -> [String] {
        guard case .object(let counts)? = callbacks else { return [] }
        let words = counts.compactMap { count in
            count.value.integer.map { "\($0) \(Console.safe(count.name))" }
        }
        return ["callbacks    " + words.joined(separator: ", ")]
    }
}
