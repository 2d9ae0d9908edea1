import ApprovalAgent
import ApprovalCore
import SQLiteLedger

/// What `explain` shows of one transaction.
struct Explained {
    let transaction: Transaction
    let policy: LoadedPolicy
    let moment: Moment
    let explanation: Explanation
    /// What `--what-if` changed; empty where it is the transaction itself.
    let changes: [WhatIf.Change]
    /// The ledger's last entry of a decision on it; nil where there is none.
    let recorded: LedgerEntry?
    /// Who was asked about it, as the ledger has it; nil where nobody was.
    let asking: Asking?

    var decision: Decision { explanation.decision }

    /// The name of the account that it goes from.
    var source: String {
        policy.policy.account(transaction.accountID)?.name ?? transaction.accountID.text
    }

    /// The asset's name; empty where the account is none of the policy's.
    var asset: String { policy.policy.account(transaction.accountID)?.asset.name ?? "" }

    /// The address book's entry of its address, active or not.
    var entry: AddressBook.Entry? {
        guard transaction.type == .withdrawal, let address = transaction.field("address").text
        else { return nil }
        return policy.policy.addressBook.entry(for: address, asset: asset)
    }

    /// The sentence that an officer would write.
    var sentence: String {
        let word =
            switch decision.action {
            case .allow: "Allowed"
            case .escalate: "Escalated"
            case .block: "Blocked"
            case .hold: "Held"
            }
        let reasons = decision.reasons.map(\.message).joined(separator: "; also, ")
        return "\(word): \(reasons)."
    }

    /// Whether the answer is hold, though the transaction waits for one.
    var isUndecided: Bool { decision.action == .hold && transaction.state == .pending }

    /// The decision as the ledger has it.
    var recordedDecision: RecordedDecision? { recorded.flatMap(RecordedDecision.init) }
}

/// A decision as an entry tells it.
struct RecordedDecision {
    let time: UnixTime
    let action: String
    let codes: [String]
    let revision: Int64?
    /// The policy as the entry names it.
    let policy: JSONValue

    init?(_ entry: LedgerEntry) {
        guard let body = try? JSONValue(parsing: entry.body), let result = body["result"],
            let action = result["action"]?.text
        else { return nil }
        time = entry.time
        self.action = action
        codes = result["reasons"]?.elements?.compactMap { $0["code"]?.text } ?? []
        policy = body["policy"] ?? .null
        revision = policy["revision"]?.integer
    }

    var json: JSONValue {
        .object([
            "time": .string(time.description), "action": .string(action),
            "reasons": .array(codes.map(JSONValue.string)), "policy": policy,
        ])
    }
}

extension Window {
    /// As an officer says it, in the policy's time zone.
    func words(_ zone: ZoneRules?) -> String {
        switch self {
        case .rolling(let milliseconds): "\(Self.duration(milliseconds)) rolling"
        case .calendar(let unit):
            "calendar \(unit.rawValue)" + (zone.map { " in \($0.name)" } ?? "")
        case .total: "since ever"
        }
    }

    private static func duration(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        return switch seconds {
        case _ where seconds % 86_400 == 0 && seconds > 86_400: "\(seconds / 86_400) d"
        case _ where seconds % 3_600 == 0: "\(seconds / 3_600) h"
        case _ where seconds % 60 == 0: "\(seconds / 60) min"
        case _: "\(seconds) s"
        }
    }
}
