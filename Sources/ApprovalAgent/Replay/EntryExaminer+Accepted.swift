import ApprovalCore

// What a process began with, and what a person accepted.
extension EntryExaminer {
    func started(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        guard let approvers = json["approvers"] else {
            entry.step = .started(keys: nil)
            return
        }
        var keys: [EntityID: PublicKey] = [:]
        for approver in approvers.elements ?? [] {
            guard let entity = approver["entity_id"]?.text.flatMap(EntityID.init),
                let key = approver["public_key"]?.text.flatMap(PublicKey.init(hex:))
            else { continue }
            keys[entity] = key
        }
        guard Entries.approvers(keys).canonicalBytes == approvers.canonicalBytes else {
            entry.diverge(
                .members, expected: "approvers: entity_id and public_key of each",
                found: approvers.short)
            return
        }
        entry.step = .started(keys: keys)
    }

    func accepted(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        named(&entry, json)
        guard let elements = json["accepted"]?.elements, !elements.isEmpty else {
            entry.step = .noted
            return
        }
        guard let digest = Self.policy(namedIn: json) else {
            entry.diverge(.members, expected: "policy", found: "nothing")
            return
        }
        var all: [ExaminedAcceptance] = []
        for element in elements {
            guard let one = acceptance(&entry, element, policies[digest]?.policy?.policy) else {
                return
            }
            all.append(one)
        }
        entry.step = .accepted(all, policy: digest)
    }

    /// What one of them counts, from its body; nil where the entry cannot be read.
    private func acceptance(
        _ entry: inout ExaminedEntry, _ json: JSONValue, _ policy: Policy?
    ) -> ExaminedAcceptance? {
        guard let id = json["transaction_id"]?.text.flatMap(TransactionID.init),
            let account = json["account_id"]?.text.flatMap(AccountID.init),
            let digest = json["transaction_sha256"]?.text.flatMap(Digest.init(hex:)),
            case .bool(let isCounted) = json["counted"]
        else {
            entry.diverge(
                .members, expected: "an approval that was accepted", found: json.short)
            return nil
        }
        guard let body = body(digest, &entry) else { return nil }
        guard let body, let policy else {
            entry.tally.erased += 1
            return ExaminedAcceptance(transactionID: id, exposure: nil, isKnown: !isCounted)
        }
        guard let transaction = try? Transaction(bytes: body), transaction.id == id,
            transaction.accountID == account
        else {
            entry.diverge(.body, expected: "the body of \(id) of \(account)", found: "another")
            return nil
        }
        let exposure = policy.spent(by: transaction)
        if (exposure != nil) != isCounted {
            entry.diverge(
                .usage, expected: "counted: \(exposure != nil)", found: "\(isCounted)")
        }
        return ExaminedAcceptance(transactionID: id, exposure: exposure, isKnown: true)
    }
}
