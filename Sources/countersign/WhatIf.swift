import ApprovalCore

/// `--what-if`: other values for fields of a transaction.
struct WhatIf {
    /// Why the option says nothing that can be done.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// A field, and what it is instead.
    struct Change {
        let name: String
        let before: Field
        let after: Field
    }

    private enum Value {
        case text(String)
        case null
        case absent
    }

    /// All but the id: under another one it would be another transaction.
    private static let names = Transaction.fieldNames.subtracting(["id"])

    private let values: [(name: String, value: Value)]

    /// Each option is `field=value`, several with commas between them.
    init(_ options: [String]) throws(Mistake) {
        var values: [(name: String, value: Value)] = []
        for piece in options.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) })
        {
            guard let equals = piece.firstIndex(of: "=") else {
                throw Mistake(
                    description: "--what-if takes field=value; \"\(piece)\" has no \"=\" "
                        + "(a value cannot hold a comma)")
            }
            let name = String(piece[..<equals])
            guard Self.names.contains(name) else { throw Self.unknown(name) }
            guard !values.contains(where: { $0.name == name }) else {
                throw Mistake(description: "--what-if says twice what \(name) is")
            }
            switch String(piece[piece.index(after: equals)...]) {
            case "": values.append((name, .absent))
            case "null": values.append((name, .null))
            case let text: values.append((name, .text(text)))
            }
        }
        self.values = values
    }

    private static func unknown(_ name: String) -> Mistake {
        guard name != "id" else {
            return Mistake(description: "--what-if cannot change the id")
        }
        let nearest = names.sorted().min { name.distance(to: $0) < name.distance(to: $1) }
        return Mistake(
            description: "--what-if: \"\(Console.safe(name))\" is no field of a transaction; "
                + "did you mean \(nearest ?? "amount")?")
    }

    /// The same transaction with these values, on its account as the policy describes it where
    /// that is another one.
    func applied(to subject: Case, _ policy: Policy) throws(Mistake) -> Case {
        guard !values.isEmpty else { return subject }
        guard case .object(var members) = subject.transaction.body else { return subject }
        for (name, value) in values {
            members.removeAll { $0.name == name }
            switch value {
            case .text(let text): members.append(JSONMember(name, .string(text)))
            case .null: members.append(JSONMember(name, .null))
            case .absent: break
            }
        }
        let transaction: Transaction
        do throws(MalformedBody) {
            transaction = try Transaction(body: .object(members))
        } catch { throw Mistake(description: "--what-if makes no transaction: \(error)") }
        guard transaction.accountID != subject.transaction.accountID else {
            return Case(
                transaction: transaction, account: subject.account, tier: subject.tier)
        }
        guard let account = policy.account(transaction.accountID) else {
            throw Mistake(description: "--what-if: account_id is no account of the policy")
        }
        return Case(transaction: transaction, account: Account(described: account))
    }

    /// What is different in `after`, in the order of the names.
    static func changes(from before: Transaction, to after: Transaction) -> [Change] {
        names.sorted().compactMap { name in
            let change = Change(name: name, before: before.field(name), after: after.field(name))
            return change.before.shown == change.after.shown ? nil : change
        }
    }
}

extension Field {
    /// For people, safe for a terminal.
    var shown: String {
        switch self {
        case .text(let text): "\"" + Console.safe(text) + "\""
        case .null: "null"
        case .absent: "absent"
        case .otherType: "not text"
        }
    }
}

extension String {
    /// Letters to put in, take out or change until this is the other.
    func distance(to other: String) -> Int {
        let (left, right) = (Array(utf8.prefix(64)), Array(other.utf8))
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in right.enumerated() {
                let change = diagonal + (byte == wanted ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(change, diagonal + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
