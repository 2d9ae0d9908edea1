/// What was approved, as a list, counted by walking over it: for policy tests, and for a policy
/// that no ledger keeps totals for.
package struct History: Sendable {
    /// A reservation: open, or settled at a time.
    package struct Approval: Sendable {
        package let transactionID: TransactionID
        package let exposure: Exposure
        /// nil while it is open.
        package let settledAt: UnixTime?

        package init(transactionID: TransactionID, exposure: Exposure, settledAt: UnixTime?) {
            self.transactionID = transactionID
            self.exposure = exposure
            self.settledAt = settledAt
        }
    }

    private struct Counted: Sendable {
        let approval: Approval
        let memberships: [LimitMembership]
    }

    private struct Total {
        var amount: Amount
        var count: Int64

        func adding(_ other: Total) -> Total {
            Total(
                amount: amount.addingOrGreatest(other.amount), count: count + other.count)
        }
    }

    private let policy: Policy
    private var approvals: [Counted] = []

    /// Counts as this policy does.
    package init(under policy: Policy) { self.policy = policy }

    /// Counts one more; the order in which they are added does not matter.
    package mutating func add(_ approval: Approval) {
        approvals.append(
            Counted(approval: approval, memberships: policy.memberships(of: approval.exposure)))
    }

    /// The use of each limit that is asked for.
    package func usage(_ questions: Questions) -> [LimitUsage] {
        questions.limits.map { usage($0, without: questions.transactionID) }
    }

    /// Another transaction that was approved under the reference that is asked for.
    package func sameReference(_ questions: Questions) -> TransactionID? {
        guard let reference = questions.reference else { return nil }
        return approvals.first {
            $0.approval.transactionID != questions.transactionID
                && $0.approval.exposure.reference?.isVerbatim(reference) == true
        }?.approval.transactionID
    }

    private func usage(_ question: LimitQuestion, without id: TransactionID) -> LimitUsage {
        var open = Total(amount: .zero(scale: question.scale), count: 0)
        var settled: [UnixTime: Total] = [:]
        for counted in approvals where counted.approval.transactionID != id {
            if let time = counted.approval.settledAt, time <= question.after { continue }
            guard
                let membership = counted.memberships.first(where: {
                    $0.limit.isVerbatim(question.limit) && $0.key.isVerbatim(question.key)
                })
            else { continue }
            let one = Total(amount: membership.amount, count: 1)
            if let time = counted.approval.settledAt {
                settled[time] = settled[time]?.adding(one) ?? one
            } else {
                open = open.adding(one)
            }
        }
        let used = settled.values.reduce(open) { $0.adding($1) }
        return LimitUsage(
            limit: question.limit, key: question.key, since: question.since, used: used.amount,
            count: used.count, roomAfter: roomAfter(question, open, settled))
    }

    /// Takes the newest to what is open, one moment after the other: the first that does not fit
    /// any more is the last that must go.
    private func roomAfter(
        _ question: LimitQuestion, _ open: Total, _ settled: [UnixTime: Total]
    ) -> UnixTime? {
        guard question.fits(open.amount, open.count) else { return nil }
        var rest = open
        for (time, total) in settled.sorted(by: { $0.key > $1.key }) {
            rest = rest.adding(total)
            if !question.fits(rest.amount, rest.count) { return time }
        }
        return nil
    }
}

extension Amount {
    /// The sum, or the greatest amount where the sum is beyond it: every limit counts that as
    /// exceeded.
    package func addingOrGreatest(_ other: Amount) -> Amount {
        adding(other) ?? Amount(units: .max, scale: scale) ?? self
    }
}
