package import ApprovalCore

/// How an approval that the platform shows is explained by the ledger.
package enum ApprovalClass: String, Hashable, Sendable, CaseIterable {
    /// Signed here, or asked of people by us and granted by them.
    case ours
    /// The last verdict left it to people: escalate or hold.
    case human
    /// Counted as spent by a person's word (`reconcile --accept`).
    case accepted
    /// People are asked by us; the agent finds out at its next pass whether they approved it.
    case asked
    /// The last verdict was block: somebody approved it all the same.
    case againstPolicy = "against_policy"
    /// The ledger never judged it while it was PENDING: a key that is used elsewhere, or a ledger
    /// that lost entries.
    case unseen
    /// The policy allowed it and this agent did not sign it: no person had cause to, and no limit
    /// counts it.
    case unsigned
    /// A conflict that was recorded, and nothing was signed here.
    case conflict
    /// Approved by us, and the platform shows another amount, destination or other signed field.
    case changed

    /// Whether somebody must look: it alarms, and ends the command with 2.
    package var isUnexplained: Bool {
        switch self {
        case .ours, .human, .accepted, .asked: false
        case .againstPolicy, .unseen, .unsigned, .conflict, .changed: true
        }
    }

    /// Whether `--accept` counts it as spent. What was signed here is counted already. Where the
    /// ledger lost entries, what looks like a person's approval may be our own.
    package func counts(afterLoss: Bool) -> Bool {
        switch self {
        case .ours, .accepted, .changed: false
        case .human, .asked: afterLoss
        case .againstPolicy, .unseen, .unsigned, .conflict: true
        }
    }

    /// What a person does about it.
    package var remedy: String {
        switch self {
        case .ours, .human, .accepted: "nothing"
        case .asked: "let the agent run: it reads who approved"
        case .againstPolicy:
            "ask who approved it and by which method (doctor lists them); then --accept"
        case .unseen:
            "find out whose key approved it; replace the approval key if nobody knows; then "
                + "--accept"
        case .unsigned:
            "ask who approved it beside the agent; then --accept, so that limits count it"
        case .conflict: "look at its entries (audit query); then --accept"
        case .changed: "call the platform: it shows other values than those that were signed"
        }
    }
}

extension ApprovalRecord? {
    /// How this explains a transaction that the platform shows APPROVED or COMPLETED. Pure.
    package func explanation(of transaction: Transaction) -> ApprovalClass {
        guard let record = self else { return .unseen }
        guard let item = record.item else { return record.verdict == nil ? .unseen : .human }
        if item.state == .accepted { return .accepted }
        if item.isApprovedHere {
            guard item.accountID == transaction.accountID else { return .changed }
            return item.fieldsThatDiffer(from: transaction).isEmpty ? .ours : .changed
        }
        if item.state == .asked { return .asked }
        if item.state == .conflict { return .conflict }
        switch record.verdict {
        case nil: return .unseen
        case .allow: return .unsigned
        case .block: return .againstPolicy
        case .escalate, .hold: return .human
        }
    }
}

extension LedgerItem {
    /// Whether it was signed here, or asked of people here and granted by them.
    package var isApprovedHere: Bool { challenge != nil || asking?.isGranted == true }

    /// Fields of which the platform shows something else than was signed, or than was decided on
    /// where people approved it; sorted. What the platform itself changes as it goes on (its
    /// state, the chain's transaction) is not looked at.
    package func fieldsThatDiffer(from transaction: Transaction) -> [String] {
        if let challenge {
            return Self.lines(challenge.message).filter { name, value in
                !Self.moving.contains(name)
                    && transaction.field(name).text?.isVerbatim(value) != true
            }.map(\.name).sorted()
        }
        guard let decided = try? Transaction(bytes: decidedBody) else { return [] }
        return Transaction.fieldNames.subtracting(Self.moving).filter { name in
            switch (decided.field(name), transaction.field(name)) {
            case (.text(let one), .text(let other)): !one.isVerbatim(other)
            case (let one, let other): one != other
            }
        }.sorted()
    }

    private static let moving: Set<String> = [
        "state", "blockchain_txid", "blockchain_output_n", "linked_tx_ids", "created_at",
        "updated_at",
    ]

    /// The names and values of a message that was signed.
    private static func lines(_ message: [UInt8]) -> [(name: String, value: String)] {
        message.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            guard let colon = line.firstIndex(of: 0x3A) else {
                return (String(decoding: line, as: UTF8.self), "")
            }
            return (
                String(decoding: line[..<colon], as: UTF8.self),
                String(decoding: line[colon...].dropFirst(2), as: UTF8.self)
            )
        }
    }
}

extension ReconcileReport.Finding {
    /// What people are told.
    var reason: Reason {
        .foreignRequest("the platform shows it approved, and the ledger says \(classed.rawValue)")
    }
}
