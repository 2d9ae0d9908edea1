// What restrains although the rules say nothing of it.
extension Policy {
    /// Guards that the transaction alone answers, and what they and the unreadable ones catch.
    func watch(
        _ facts: Facts, _ transaction: Transaction
    ) -> (results: [GuardResult], caught: [(restraint: Restraint, reason: Reason)]) {
        var results: [GuardResult] = []
        var caught: [(restraint: Restraint, reason: Reason)] = []
        if let lookalike = guards.lookalike {
            let label = likeness(facts)
            let match = addressMatch(facts) { Match(label != nil) }
            results.append(GuardResult(guarding: .lookalike, match: match))
            if let label {
                caught.append((lookalike.action, .lookalike(label: label)))
            } else if case .unknown(let fields) = match {
                caught.append(unread(.lookalike, fields, lookalike.action))
            }
        }
        if let newDestination = guards.newDestination,
            case .unknown(let fields) = addressMatch(facts, { .isFalse })
        {
            caught.append(unread(.newDestination, fields, newDestination.action))
        }
        if let duplicate = guards.duplicateReference, reference(transaction) == nil {
            caught.append(unread(.duplicateReference, ["reference"], duplicate.action))
        }
        return (results, caught)
    }

    /// What a policy itself holds against everything that its rules would allow.
    func restraints(on facts: Facts) -> [(restraint: Restraint, reason: Reason)] {
        var found: [(restraint: Restraint, reason: Reason)] = []
        if let reason = facts.entry.flatMap({ tooMuch(for: $0, facts) }) {
            found.append((.escalate, reason))
        }
        if let review = metadata.reviewBy, facts.moment.now >= review {
            found.append((.escalate, .policyExpired(since: review)))
        }
        if let createdAt = facts.createdAt, isAhead(createdAt, of: facts.moment.now) {
            found.append((.escalate, .createdAhead(createdAt: createdAt)))
        }
        if facts.createdAt == nil {
            found.append(
                (
                    .escalate,
                    .fieldUnknown(by: .setting("max_request_age"), fields: ["created_at"])
                ))
        }
        return found
    }

    /// That the address book's entry lets one transaction take less; nil where it does not.
    private func tooMuch(for entry: AddressBook.Entry, _ facts: Facts) -> Reason? {
        guard let most = entry.maxPerTransaction else { return nil }
        guard let amount = facts.amount else {
            return .fieldUnknown(
                by: .setting("max_per_transaction"), fields: facts.unreadAmountFields.sorted())
        }
        return amount.isAtMost(most) == true
            ? nil
            : .entryLimitExceeded(
                label: entry.label, this: amount, most: most, asset: facts.source.asset.name)
    }

    /// The destination whose age is to be asked for.
    func newDestination(_ facts: Facts) -> KnownDestination? {
        guard guards.newDestination != nil, let entry = facts.entry else { return nil }
        return KnownDestination(
            asset: facts.source.asset.name, address: entry.canonicalAddress)
    }

    /// The reference that is to be asked for; nil where it cannot be read or nobody minds.
    func reference(_ transaction: Transaction) -> String? {
        guard guards.duplicateReference != nil, let text = transaction.field("reference").text,
            !text.isEmpty
        else { return nil }
        return text
    }

    /// The label of an entry that the address, which is on none, looks like.
    private func likeness(_ facts: Facts) -> String? {
        guard case .address = facts.destination, facts.entry == nil else { return nil }
        return lookalikes?.label(likeness: facts.destinationText, asset: facts.source.asset.name)
    }

    /// Guards look at addresses: a transfer has none, and one that cannot be read is UNKNOWN.
    private func addressMatch(_ facts: Facts, _ match: () -> Match) -> Match {
        switch (facts.type, facts.destination) {
        case (.transferOutgoing, _): .isFalse
        case (.withdrawal, .unknown): .unknown(fields: [facts.type.destinationField])
        case (.withdrawal, .address), (.withdrawal, .account): match()
        }
    }

    private func unread(
        _ name: Guards.Name, _ fields: Set<String>, _ action: Restraint
    ) -> (restraint: Restraint, reason: Reason) {
        (action, .fieldUnknown(by: .guarding(name), fields: fields.sorted()))
    }
}

extension Weighing {
    /// The guards that the ledger answers, and what they catch.
    func guarded(
        _ answers: Answers
    ) -> (results: [GuardResult], caught: [(restraint: Restraint, reason: Reason)]) {
        var results: [GuardResult] = []
        var caught: [(restraint: Restraint, reason: Reason)] = []
        if let guarding = policy.guards.newDestination {
            let isUnread = restraints.contains { $0.reason.isUnread(.newDestination) }
            let found = newDestination(guarding, answers)
            results.append(
                GuardResult(
                    guarding: .newDestination,
                    match: isUnread ? .unknown(fields: ["address"]) : Match(found != nil)))
            if let found { caught.append((guarding.action, found)) }
        }
        if let guarding = policy.guards.duplicateReference {
            let match: Match =
                questions.reference == nil
                ? .unknown(fields: ["reference"]) : Match(answers.sameReference != nil)
            results.append(GuardResult(guarding: .duplicateReference, match: match))
            if let other = answers.sameReference {
                caught.append((guarding.action, .duplicateReference(other: other)))
            }
        }
        return (results, caught)
    }

    /// A destination cools off from the later of its `active_from` and the first activation of a
    /// book that has it; what came with the first policy of all counts from `active_from` alone.
    /// One that no activation is known of is new now.
    private func newDestination(
        _ guarding: Guards.NewDestination, _ answers: Answers
    ) -> Reason? {
        guard questions.destination != nil, let entry = facts?.entry else { return nil }
        let activated =
            answers.destination.map { $0.isOriginal ? nil : $0.activatedAt } ?? moment.now
        guard let since = [activated, entry.activeFrom].compactMap({ $0 }).max() else {
            return nil
        }
        let until = since.advanced(byMilliseconds: guarding.coolOffMilliseconds)
        return moment.now < until
            ? .newDestination(label: entry.label, since: since, until: until) : nil
    }
}

extension Reason {
    fileprivate func isUnread(_ name: Guards.Name) -> Bool {
        if case .fieldUnknown(.guarding(name), _) = self { true } else { false }
    }
}
