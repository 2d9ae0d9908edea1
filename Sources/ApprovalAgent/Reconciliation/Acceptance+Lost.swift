import ApprovalCore

/// What lost entries signed or asked for, as far as the platform lists it.
struct Recall {
    private let lost: Set<TransactionID>
    /// Those that are not approved there.
    private(set) var open: [TransactionID: Reconciliation.Listed] = [:]
    /// Those that are: they are explained, or accepted as every other.
    private(set) var approved: Set<TransactionID> = []

    init(_ lost: LostEntries) { self.lost = Set(lost.approved.map(\.id)) }

    mutating func sees(_ listed: Reconciliation.Listed) {
        guard lost.contains(listed.transaction.id) else { return }
        if listed.classed == nil {
            open[listed.transaction.id] = listed
        } else {
            approved.insert(listed.transaction.id)
        }
    }
}

// INVARIANT: I2, I5. What was signed is never signed again, though the entry that says so is lost.
extension Acceptance {
    /// What is to be accepted of what lost entries signed or asked for, and the platform does not
    /// show as approved: all that this ledger neither signed, nor accepted, nor is asking for.
    func subjects(
        _ recall: Recall, _ outcome: inout Outcome
    ) async throws(LedgerError) -> [Subject] {
        var subjects: [Subject] = []
        for one in lost.approved where !recall.approved.contains(one.id) {
            if let item = try await reconciliation.known(one.id)?.item {
                let isKnown = item.isApprovedHere || item.state == .accepted
                if isKnown || item.state == .asked && !one.isSigned { continue }
            }
            if let listed = recall.open[one.id] {
                subjects.append(.recalled(listed.transaction, listed.account))
            } else if let subject = await find(one, &outcome) {
                subjects.append(subject)
            }
        }
        return subjects
    }

    /// What no account lists is asked for by its id. Nil where nothing can be kept of it, or not
    /// now: the outcome says so.
    private func find(
        _ one: LostEntries.Approved, _ outcome: inout Outcome
    ) async -> Subject? {
        let accounts = policy.policy.accounts.values.sorted { $0.name < $1.name }
            .filter { one.accountID == nil || one.accountID == $0.id }
        for account in accounts {
            do throws(CustodyError) {
                let shown = try await reconciliation.shown(one.id, of: account)
                return .recalled(shown, account)
            } catch {
                guard case .refused(status: 404) = error else {
                    outcome.leftOut.append(
                        "\(one.id): lost entries signed it or asked for it, and it cannot be read: "
                            + error.reason.message)
                    return nil
                }
            }
        }
        if let account = one.accountID { return .vanished(one.id, account) }
        outcome.unplaced.append(one.id)
        return nil
    }
}
