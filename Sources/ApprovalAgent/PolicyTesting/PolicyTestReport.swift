package import ApprovalCore

/// What came of a policy's tests.
package struct PolicyTestReport: Sendable {
    /// In the order of files; of one file the tests before the sequences.
    package let results: [PolicyTestResult]
    package let coverage: PolicyTestCoverage

    /// How many failed.
    package var failed: Int { results.count { !$0.failures.isEmpty } }
    /// Whether something ran and nothing failed.
    package var isPassed: Bool { !results.isEmpty && failed == 0 }
}

/// What came of one case, or of one step of a sequence.
package struct PolicyTestResult: Sendable {
    /// The suite's id.
    package let suite: String
    package let file: String
    /// In the file, from 1.
    package let line: Int
    package let name: String
    /// Empty where it passed.
    package let failures: [PolicyTestFailure]
    /// Which transaction it was: its fixture, what differs from it, amount and destination.
    package let transaction: String
    /// When it was decided, in UTC and by the policy's clock.
    package let time: String
    package let decision: Decision
}

extension PolicyTestResult {
    /// Which transaction showed it, and why it was decided so: one line each.
    package var circumstances: [String] {
        var lines = ["transaction \(transaction)", "time \(time)"]
        lines.append(
            "decided \(decision.action.rawValue)"
                + (decision.reasons.isEmpty ? "" : " because:"))
        lines += decision.reasons.map { "  \($0.code): \($0.message)" }
        if !decision.rules.isEmpty {
            let rules = decision.rules.map { rule in
                guard case .unknown(let fields) = rule.match else {
                    return "\(rule.id) \(rule.match.word)"
                }
                return "\(rule.id) UNKNOWN (\(fields.sorted().joined(separator: ", ")))"
            }
            lines.append("rules: \(rules.joined(separator: "; ")); every other FALSE")
        }
        return lines
    }
}

extension Moment {
    /// `2026-10-06 19:30 UTC, tue 21:30 Europe/Berlin`; UTC alone where the policy has no zone.
    var shown: String {
        guard let civil else { return "\(now.minute) UTC" }
        let clock = [civil.minuteOfDay / 60, civil.minuteOfDay % 60].map { number in
            (number < 10 ? "0" : "") + String(number)
        }
        let local = clock.joined(separator: ":")
        return "\(now.minute) UTC, \(civil.weekday.rawValue) \(local) \(civil.zone)"
    }
}

extension PolicyTestTransaction {
    /// What is told of every transaction, in this order, where it has it.
    private static let telling = [
        "account_id", "type", "amount", "fee_amount", "address", "receiver_account_id",
    ]

    /// Its fixture, every field that differs from it, amount and destination.
    var description: String {
        let names =
            changed + Self.telling.filter { !changed.contains($0) && isTold($0) }
        let shown = names.compactMap { name in
            self[name].map { "\(name) \($0.shown)" }
        }
        return "\(fixture ?? "(written out)"): \(shown.joined(separator: ", "))"
    }

    /// Account and type are the fixture's own matter.
    private func isTold(_ name: String) -> Bool {
        fixture == nil || !["account_id", "type", "fee_amount"].contains(name)
    }
}

extension JSONValue {
    /// As it would stand in a body, cut where it is long.
    fileprivate var shown: String {
        let text: String
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let number): text = number
        case .string(let string): text = "\"" + string + "\""
        case .array: return "a list"
        case .object: return "an object"
        }
        let safe = text.unicodeScalars.prefix(80).map {
            $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0)
        }
        return safe.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
    }
}
