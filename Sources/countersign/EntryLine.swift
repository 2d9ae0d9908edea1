import ApprovalAgent
import ApprovalCore

/// An entry on one line, for people.
enum EntryLine {
    private static let widths = [9, 24, 16, 36]

    /// The line above the first.
    static var headings: String {
        line(["SEQ", "TIME", "KIND", "TRANSACTION", "DETAIL"])
    }

    static func of(_ entry: RecordedEntry) -> String {
        line([
            String(entry.seq), entry.time.description, entry.kind.rawValue,
            entry.transactionID?.text ?? "-", Console.safe(detail(entry)),
        ])
    }

    private static func line(_ cells: [String]) -> String {
        cells.enumerated().map { column, cell in
            guard column < widths.count else { return cell }
            let room = String(repeating: " ", count: max(0, widths[column] - cell.utf8.count))
            return column == 0 ? room + cell : cell + room
        }.joined(separator: "  ")
    }

    /// What a person wants to know of an entry at a glance.
    private static func detail(_ entry: RecordedEntry) -> String {
        let codes = entry.reasons.map(\.code)
        let body = entry.json
        let words = [
            entry.action, entry.kind == .decided ? movement(entry) : nil,
            codes.isEmpty ? nil : codes.joined(separator: ","),
            entry.rules.isEmpty ? nil : "rules " + entry.rules.joined(separator: ","),
            entry.text("approval_request_id"),
            entry.text("challenge_sha256").map { "sha256 \($0.prefix(16))" },
            entry.text("transaction_state"),
            body["asking"].flatMap(Asking.init(json:))?.sentence,
            body["policy"]?["digest"]?.text.map { "policy \($0.prefix(16))" },
        ].compactMap(\.self)
        return (words.isEmpty ? others(body) : words).joined(separator: "  ")
    }

    /// How much goes where.
    private static func movement(_ entry: RecordedEntry) -> String? {
        let amount = entry.transaction.text("amount")
        let destination = entry.transaction.destination.map { "to \($0)" }
        let words = [amount, destination].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The members that every entry has.
    static let common: Set<String> = ["v", "seq", "time", "kind", "environment", "transaction_id"]

    /// What an entry of another kind says: its texts and numbers, and how many of what it lists.
    private static func others(_ body: JSONValue) -> [String] {
        guard case .object(let members) = body else { return [] }
        return members.filter { !common.contains($0.name) }.compactMap { member in
            switch member.value {
            case .null: nil
            case .bool(let value): "\(member.name) \(value)"
            case .number(let text), .string(let text): "\(member.name) \(text)"
            case .array(let elements): "\(member.name) \(elements.count)"
            case .object(let inner): figures(member.name, inner)
            }
        }
    }

    /// An object of numbers in one piece, such as counts; of any other its name.
    private static func figures(_ name: String, _ members: [JSONMember]) -> String {
        let numbers = members.compactMap { member in
            member.value.integer.map { "\(member.name) \($0)" }
        }
        return numbers.isEmpty ? name : name + ": " + numbers.joined(separator: ", ")
    }
}
