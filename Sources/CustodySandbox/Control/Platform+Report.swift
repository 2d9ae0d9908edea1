extension Platform {
    /// Totals for a test or a person to judge a run by.
    var report: JSON {
        var accepted = 0
        var attempted = 0
        var repeated: [String] = []
        var contradicted: [String] = []
        var sums = Table<(count: Int, amount: ExactAmount, fee: ExactAmount)>()
        var states: [String: Int] = [:]
        for record in transactions {
            states[record.state, default: 0] += 1
            if record.attempts.isEmpty { continue }
            attempted += record.attempts.count
            let right = record.attempts.filter(\.accepted).count
            accepted += right
            if right > 1 { repeated.append(record.id) }
            let challenges = Set(record.attempts.map { $0.sentSHA256 ?? $0.challengeSHA256 })
            if challenges.count > 1 { contradicted.append(record.id) }
            guard right > 0 else { continue }
            let before = sums[record.accountID] ?? (0, .zero, .zero)
            sums[record.accountID] = (
                before.count + right, before.amount + amount("amount", of: record),
                before.fee + amount("fee_amount", of: record)
            )
        }
        let approved = sums.all.map { entry in
            let precision = precision(of: entry.id)
            return JSON.Member(
                entry.id,
                [
                    "count": .integer(entry.row.count),
                    "amount": .string(entry.row.amount.text(precision: precision)),
                    "fee_amount": .string(entry.row.fee.text(precision: precision)),
                ])
        }
        return [
            "requests": .integer(recording.total),
            "requests_by_endpoint": Self.counts(recording.counts),
            "requests_by_status": Self.counts(recording.statuses),
            "nonces_reused": .integer(recording.noncesReused),
            "signature_failures": .integer(recording.signatureFailures),
            "faults_struck": .integer(recording.faultsStruck),
            "hostile_struck": .integer(hostile.reduce(0) { $0 + $1.used }),
            "approval_requests": .integer(requests.ids.count),
            "approval_requests_by_state": Self.counts(requestStates),
            "approvals_attempted": .integer(attempted),
            "approvals_accepted": .integer(accepted),
            "transactions_with_several_accepted_approvals": .texts(repeated),
            "transactions_with_several_challenges": .texts(contradicted),
            "transactions_by_state": Self.counts(states),
            "approved_by_account": .object(approved),
        ]
    }

    /// How many requests of each type are in each state.
    private var requestStates: [String: Int] {
        var counts: [String: Int] = [:]
        for (_, request) in requests.all {
            counts["\(request.type.rawValue) \(request.state)", default: 0] += 1
        }
        return counts
    }

    private func amount(_ name: String, of record: TransactionRecord) -> ExactAmount {
        record.members.text(name).flatMap { ExactAmount($0) }?.magnitude ?? .zero
    }

    static func counts(_ counts: [String: Int]) -> JSON {
        .object(counts.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) })
    }
}
