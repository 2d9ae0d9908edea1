import ApprovalAgent
import ApprovalCore
import Foundation

/// `escalated.json` beside the ledger: what waited for a person when the running agent last looked
/// at every account. It is for `status` alone, and nothing is decided on it.
struct EscalatedFile {
    /// Transactions that it names; of more than these it has the number.
    private static let most = 100

    let path: String

    /// Replaces the file; what cannot be written is not shown.
    func write(_ board: NoticeBoard, at now: UnixTime) {
        let body = JSONValue.object([
            "as_of": .string(now.description), "waiting": .integer(board.waiting),
            "oldest": .optional(board.oldestWaiting?.description),
            "transactions": .array(board.firstEscalated(Self.most).map(\.json)),
        ])
        guard let bytes = body.canonicalBytes else { return }
        try? Data(bytes + [0x0A]).write(to: URL(filePath: path), options: .atomic)
    }

    /// What it says; nil where there is none that can be read.
    func read() -> JSONValue? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1_048_576 else {
            return nil
        }
        return try? JSONValue(parsing: Array(data))
    }

    /// A line, and one for each of the first ten.
    static func lines(_ body: JSONValue?) -> [String] {
        guard let body, let waiting = body["waiting"]?.integer, let time = body["as_of"]?.text
        else {
            return []
        }
        guard waiting > 0 else { return ["escalated    none, as of \(Console.safe(time))"] }
        let first = (body["transactions"]?.elements ?? []).prefix(10).map { item in
            let codes = (item["reasons"]?.elements ?? []).compactMap(\.text)
            return "             \(Console.safe(item["transaction_id"]?.text ?? "?"))  since "
                + "\(Console.safe(item["since"]?.text ?? "?"))  "
                + Console.safe(codes.joined(separator: ", "))
        }
        return ["escalated    \(waiting) wait for a person, as of \(Console.safe(time))"] + first
    }
}
