import ApprovalCore

// A decision: the same bodies, policy and answers must give the same bytes.
extension EntryExaminer {
    func decided(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        let (row, inputs) = (entry.row, json["inputs"])
        guard let bodyDigest = inputs?["transaction_sha256"]?.text.flatMap(Digest.init(hex:)),
            let accountDigest = inputs?["account_sha256"]?.text.flatMap(Digest.init(hex:)),
            let now = inputs?["now"]?.text.flatMap(UnixTime.init(rfc3339:)),
            let policyDigest = Self.policy(namedIn: json), let inputs,
            let action = json["result"]?["action"]?.text.flatMap(Decision.Action.init(rawValue:)),
            let rules = json["result"]?["rules"]?.elements,
            let reasons = json["result"]?["reasons"]?.elements
        else {
            entry.diverge(
                .members, expected: "inputs, policy and result of a decision", found: "others")
            return
        }
        var decision = ExaminedDecision(
            action: action, now: now, bodyDigest: bodyDigest, policyDigest: policyDigest,
            clock: Self.clock(inputs), isInForce: Self.bool(inputs["in_force"]),
            rules: rules.compactMap { $0["id"]?.text }, reasons: reasons)
        defer { entry.step = .decided(decision) }
        let isWhole =
            decision.clock != nil && decision.isInForce != nil && inputs["account_bytes"] != nil
        if !isWhole, inputs["clock"] != nil || inputs["in_force"] != nil {
            entry.diverge(.members, expected: "inputs.clock, in_force", found: inputs.short)
            return
        }
        if now != row.time {
            entry.diverge(.time, expected: "inputs.now: \(row.time)", found: "\(now)")
        }
        switch policies[policyDigest] {
        case .loaded(let policy): decision.policy = policy
        case .refused(let expected, let found):
            return entry.diverge(.policy, expected: expected, found: found)
        case .missing, nil:
            guard decision.isInForce != false else {
                return entry.diverge(
                    .policy, expected: "the files of policy \(policyDigest)", found: "none")
            }
            entry.tally.unknownPolicy += 1
            return heldUnknown(&entry, json)
        }
        guard let bytes = body(bodyDigest, &entry),
            let accountBytes = body(accountDigest, &entry)
        else { return }
        guard let bytes, accountBytes != nil || !isWhole else {
            entry.tally.erased += 1
            return
        }
        let account = accountBytes == nil ? nil : accountDigest
        decide(&entry, &decision, json, bytes, account, isWhole: isWhole)
    }

    private static func clock(_ inputs: JSONValue) -> Reading? {
        guard let time = inputs["clock"]?["time"]?.text.flatMap(UnixTime.init(rfc3339:)),
            let isTrusted = bool(inputs["clock"]?["trusted"])
        else { return nil }
        return Reading(time: time, isTrusted: isTrusted)
    }

    private static func bool(_ value: JSONValue?) -> Bool? {
        guard case .bool(let bool) = value else { return nil }
        return bool
    }

    /// A policy that is not in force holds everything, whatever it says.
    private func heldUnknown(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        let told = json["inputs"]?["doubt"].map(Self.told)
        let result = Entries.result(
            Decision(action: .hold, reasons: []), told: [told].compactMap(\.self))
        if let found = json["result"], result.canonicalBytes != found.canonicalBytes {
            entry.diverge(.decision, expected: result.short, found: found.short)
        }
        let members = ["inputs", "policy", "engine", "result"].compactMap { name in
            json[name].map { JSONMember(name, $0) }
        }
        let expected = JSONValue.object(own(entry.row, json, isIntended: false) + members)
        if expected.canonicalBytes != entry.row.body {
            entry.divergences.append(Self.divergence(entry.row, json, expected))
        }
    }

    /// Code and subject of a reason with its message.
    private static func told(_ reason: JSONValue) -> JSONValue {
        guard case .object(let members) = reason else { return reason }
        return .object(members.filter { $0.name != "message" })
    }

    /// What can hold an `allow`.
    private static let doubts: Set<String> = [
        "HALTED", "CLOCK_SKEW", "POLICY_NOT_ACTIVE", "GROUP_STOPPED", "DISK_FULL",
        "PLATFORM_UNAVAILABLE", "KEY_UNUSABLE", "ENTITY_NOT_ACTIVE", "TOO_MANY_REQUESTS", "BRAKE",
    ]

    private func decide(
        _ entry: inout ExaminedEntry, _ decision: inout ExaminedDecision, _ json: JSONValue,
        _ bytes: [UInt8], _ account: Digest?, isWhole: Bool
    ) {
        guard let loaded = decision.policy, let inputs = json["inputs"],
            let subject = subject(&entry, inputs, loaded.policy, bytes, account)
        else { return }
        let again = Redecision(
            entries: Entries(sha256: sha256), policy: loaded, subject: subject,
            digests: (decision.bodyDigest, account ?? decision.bodyDigest), inputs: inputs,
            doubt: inputs["doubt"], isInForce: decision.isInForce ?? true)
        guard let made = again.made(at: loaded.policy.moment(at: decision.now)) else {
            return entry.diverge(
                .usage, expected: "answers to what the policy asks", found: "others")
        }
        decision.asked = made.asked
        decision.exposure = made.decision.exposure
        decision.memberships =
            made.decision.exposure.map { loaded.policy.memberships(of: $0) } ?? []
        decision.quorum = made.decision.quorum
        decision.entityID = loaded.policy.account(subject.transaction.accountID)?.entityID
        guard isWhole else {
            entry.tally.tooLittle += 1
            return
        }
        compare(&entry, decision, json, again, made)
    }

    /// What was decided on; nil where that cannot be told, which is counted or told then.
    private func subject(
        _ entry: inout ExaminedEntry, _ inputs: JSONValue, _ policy: Policy, _ bytes: [UInt8],
        _ account: Digest?
    ) -> Case? {
        do throws(MalformedBody) {
            let transaction = try Transaction(bytes: bytes)
            guard transaction.id == entry.row.transactionID else {
                entry.diverge(
                    .body, expected: "the body of \(entry.row.transactionID?.text ?? "none")",
                    found: "that of \(transaction.id)")
                return nil
            }
            let described = policy.account(transaction.accountID).map(Account.init(described:))
            let kept = if let account { try bodies.account(account) } else { Account?.none }
            guard let account = kept ?? described else {
                entry.tally.tooLittle += 1
                return nil
            }
            return Case(
                transaction: transaction, account: account,
                tier: inputs["tier"].flatMap(Tier.init(json:)))
        } catch {
            entry.diverge(.body, expected: "a body that was decided on", found: "\(error)")
            return nil
        }
    }

    /// The whole entry, byte for byte.
    private func compare(
        _ entry: inout ExaminedEntry, _ decision: ExaminedDecision, _ json: JSONValue,
        _ again: Redecision, _ made: Redecision.Made
    ) {
        if let code = again.doubt?["code"]?.text,
            !Self.doubts.contains(code) || !again.isDoubtful(made.weighed)
        {
            return entry.diverge(.decision, expected: "no doubt", found: code)
        }
        if decision.isInForce == false, again.doubt == nil {
            return entry.diverge(.members, expected: "inputs.doubt", found: "nothing")
        }
        let whole = JSONValue.object(
            own(entry.row, json, isIntended: made.decision.action == .allow)
                + made.members(engine: json["engine"]))
        guard whole.canonicalBytes != entry.row.body else {
            entry.tally.decisions += 1
            return
        }
        entry.divergences.append(Self.divergence(entry.row, json, whole))
    }
}
