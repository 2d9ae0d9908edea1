import ApprovalCore

// The steps of a transaction that holds a reservation.
extension ReplayHistory {
    mutating func advance(
        _ entry: inout ExaminedEntry, _ id: TransactionID, _ item: inout Item, _ known: Open
    ) {
        var open = known
        defer { if item.open != nil { item.open = open } }
        switch entry.step {
        case .requested(let request, let method):
            if !claim(request, for: id) {
                entry.diverge(
                    .order, expected: "a request of its own", found: "another's, \(request)")
            }
            if let group = open.decision.quorum?.group.methodID, group != method {
                entry.diverge(
                    .asking, expected: "approval_method_id: \(group)", found: "\(method)")
            }
            (open.requestID, open.methodID) = (request, method)
            item.state = .requested
        case .released(let action, let reasons, let evidence):
            refused(&entry, open, id, action, reasons, evidence)
            if let number = open.reservation { book.release(number) }
            (item.state, item.open) = (.released, nil)
        case .asked(let asking, let evidence, let reasons):
            asked(&entry, asking, &open, id, evidence, reasons, isFirst: item.state == .requested)
            item.state = .asked
        case .signed(let signing):
            number(signing.number, &entry)
            made(&entry, signing, open)
            bind(&entry, open, id, .signed(signing), signing.evidence, isNeeded: true)
            (open.signing, open.signedAfterStarts) = (signing, starts)
            item.state = .signed
        case .delivered(let time):
            let counted = max(time, lastSeen ?? time)
            open.deliveredAt = max(counted, open.deliveredAt ?? counted)
            item.state = .delivered
        case .confirmed(let confirmation):
            confirmed(&entry, confirmation, open, id)
            settle(open, entry)
            (item.state, item.open, item.isSettled) = (.confirmed, nil, true)
        case .failed:
            if open.signing != nil || open.asking?.isGranted == true {
                settle(open, entry)
                item.isSettled = true
            } else if let number = open.reservation {
                book.release(number)
            }
            (item.state, item.open) = (.failed, nil)
        // The reservation is kept.
        case .conflict: item.state = .conflict
        case .quarantined, .decided, .cancelled, .activated, .started, .accepted, .noted,
            .unreadable:
            break
        }
    }

    private mutating func settle(_ open: Open, _ entry: ExaminedEntry) {
        guard let number = open.reservation else { return }
        book.settle(number, at: open.deliveredAt ?? entry.row.time)
    }

    /// `isNeeded`: such a step is never made without the bodies that it was made on.
    private mutating func bind(
        _ entry: inout ExaminedEntry, _ open: Open, _ id: TransactionID,
        _ claim: ReplayJob.Claim, _ evidence: ExaminedEvidence, isNeeded: Bool
    ) {
        if case .none = evidence {
            guard isNeeded else { return }
            guard recordsAll else {
                entry.tally.tooLittle += 1
                return
            }
            entry.diverge(
                .members, expected: "request_sha256 and transaction_sha256", found: "nothing")
            return
        }
        recordsAll = true
        guard case .kept(let request, let current) = evidence, let policy = open.decision.policy,
            let entity = open.decision.entityID, let requestID = open.requestID,
            let method = open.methodID
        else { return }
        let isGroup = open.decision.quorum != nil
        add(
            .binding(
                ReplayJob.Binding(
                    row: entry.row, policy: policy, decided: open.decision.bodyDigest,
                    request: request, current: current,
                    asked: RequestedApproval(
                        requestID: requestID, resource: .transaction(id),
                        types: [isGroup ? "GROUP" : "DSA_ED25519"], entityID: entity,
                        methodID: method), claim: claim)))
    }

    /// What only binding two bodies can give.
    private static let ofBinding: Set<String> = ["CHANGED_UNDER_US", "ATTR_NOT_SIGNED"]

    private mutating func refused(
        _ entry: inout ExaminedEntry, _ open: Open, _ id: TransactionID, _ action: String?,
        _ reasons: JSONValue, _ evidence: ExaminedEvidence
    ) {
        let codes = (reasons.elements ?? []).compactMap { $0["code"]?.text }
        bind(
            &entry, open, id, .refused(action: action ?? "", reasons: reasons), evidence,
            isNeeded: codes.contains(where: Self.ofBinding.contains))
    }

    /// A key that signs is the one that the process began with for that entity.
    private func made(_ entry: inout ExaminedEntry, _ signing: ExaminedSigning, _ open: Open) {
        guard let keys, let entity = open.decision.entityID, keys[entity] != signing.key else {
            return
        }
        entry.diverge(
            .signature, expected: "public_key: \(keys[entity]?.description ?? "none")",
            found: "\(signing.key)")
    }

    private mutating func asked(
        _ entry: inout ExaminedEntry, _ asking: Asking, _ open: inout Open, _ id: TransactionID,
        _ evidence: ExaminedEvidence, _ reasons: JSONValue?, isFirst: Bool
    ) {
        func differs(_ what: String, _ found: String) {
            entry.diverge(.asking, expected: what, found: found)
        }
        if let quorum = open.decision.quorum, asking.quorum != quorum {
            differs("the people whom the policy asks", "others")
        }
        if open.decision.quorum == nil, open.decision.policy != nil {
            differs("a signature, for the policy asks nobody", "people are asked")
        }
        if asking.requestID != open.requestID {
            differs("\(open.requestID?.text ?? "no request")", "\(asking.requestID)")
        }
        if let entity = open.decision.entityID, asking.entityID != entity {
            differs("\(entity)", "\(asking.entityID)")
        }
        for request in asking.members.flatMap(\.requests) where !claim(request, for: id) {
            differs("requests of its own", "another's, \(request)")
        }
        if isFirst {
            if !asking.isUntouched { differs("nobody asked yet", asking.sentence) }
            bind(&entry, open, id, .asked, evidence, isNeeded: true)
        } else if let before = open.asking, !asking.goesOn(from: before) {
            differs("what goes on from: \(before.sentence)", asking.sentence)
        }
        let endsNow = asking.end != nil && open.asking?.end == nil
        if endsNow != (reasons != nil) {
            differs(
                endsNow ? "why nobody else is asked" : "no reasons", reasons?.short ?? "nothing")
        }
        open.asking = asking
    }

    /// The process that signed confirms with the signature, and so does every later one that has
    /// the key: it makes the same bytes again. Only one that has it no longer cannot.
    private func withoutSignature(
        _ entry: inout ExaminedEntry, _ signing: ExaminedSigning, _ open: Open
    ) {
        guard open.signedAfterStarts != starts else {
            return entry.diverge(
                .signature, expected: "the signature that was recorded", found: "nothing")
        }
        guard let keys else {
            entry.tally.tooLittle += 1
            return
        }
        let known = open.decision.entityID.map { [keys[$0]] } ?? keys.values.map(\.self)
        guard !known.contains(signing.key) else {
            return entry.diverge(
                .signature, expected: "the signature of \(signing.key)", found: "nothing")
        }
        entry.tally.withoutKey += 1
    }

    private mutating func confirmed(
        _ entry: inout ExaminedEntry, _ confirmation: ExaminedConfirmation, _ open: Open,
        _ id: TransactionID
    ) {
        if confirmation.requestID != open.requestID {
            entry.diverge(
                .order, expected: "approval_request_id: \(open.requestID?.text ?? "none")",
                found: "\(confirmation.requestID)")
        }
        guard let signing = open.signing else {
            if confirmation.signature != nil {
                entry.diverge(.signature, expected: "none, for nothing was signed", found: "one")
            }
            if confirmation.asking != open.asking || open.asking?.isGranted != true {
                entry.diverge(
                    .asking, expected: open.asking?.sentence ?? "people who were asked",
                    found: confirmation.asking?.sentence ?? "nobody")
            }
            return
        }
        if confirmation.asking != nil {
            entry.diverge(.asking, expected: "nobody, for it was signed", found: "people")
        }
        guard let signature = confirmation.signature else {
            return withoutSignature(&entry, signing, open)
        }
        add(
            .signature(
                ReplayJob.Signed(row: entry.row, signature: signature, signing: signing)))
    }

    /// What was cancelled must be what was decided last: by a block rule, or by people who let
    /// the time pass.
    func cancelled(
        _ entry: inout ExaminedEntry, _ found: ExaminedCancellation, _ item: Item
    ) {
        func differs(_ what: String, _ found: String) {
            entry.diverge(.cancellation, expected: what, found: found)
        }
        if let asking = item.open?.asking, item.state == .asked {
            let reason = Reason.quorumExpired(
                group: asking.quorum.group.name, at: asking.expiresAt)
            if asking.end != .expired { differs("people who let the time pass", "others") }
            if found.action != "escalate" { differs("action: escalate", found.action) }
            if item.open?.decision.bodyDigest != found.bodyDigest {
                differs("the body that was decided on", "\(found.bodyDigest)")
            }
            if found.reasons.map(\.canonicalBytes) != [reason.json.canonicalBytes] {
                differs(reason.json.short, JSONValue.array(found.reasons).short)
            }
            return
        }
        guard item.state == .decided, let decision = item.blocked else {
            return differs("a decision to block", item.state?.rawValue ?? "nothing decided")
        }
        if found.action != "block" { differs("action: block", found.action) }
        if found.bodyDigest != decision.bodyDigest {
            differs("the body \(decision.bodyDigest)", "\(found.bodyDigest)")
        }
        if found.policyDigest != decision.policyDigest {
            differs("the policy \(decision.policyDigest)", "\(found.policyDigest)")
        }
        if found.rules != decision.rules {
            differs("rules: \(decision.rules)", "\(found.rules)")
        }
        let told = found.reasons.map(\.withoutMessage.canonicalBytes)
        if told != decision.reasons.map(\.canonicalBytes) {
            differs(
                JSONValue.array(decision.reasons).short, JSONValue.array(found.reasons).short)
        }
        let messages = found.reasons.filter { $0["code"]?.text == "RULE_BLOCK" }
        for reason in messages {
            let expected = Reason.ruleBlock(rule: reason["rule"]?.text ?? "").json
            if expected.canonicalBytes != reason.canonicalBytes {
                differs(expected.short, reason.short)
            }
        }
    }
}

extension JSONValue {
    /// Code and subject of a reason.
    fileprivate var withoutMessage: JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != "message" })
    }
}

extension Asking {
    /// Whether nobody was asked yet.
    fileprivate var isUntouched: Bool {
        end == nil && members.allSatisfy { $0.begun == 0 && $0.requests.isEmpty }
            && members.allSatisfy { $0.standing == .open }
    }

    /// Whether it may come after `before`: nobody who was asked is forgotten, and no end is taken
    /// back.
    fileprivate func goesOn(from before: Asking) -> Bool {
        quorum == before.quorum && entityID == before.entityID && requestID == before.requestID
            && since == before.since && (before.end == nil || end == before.end)
            && zip(members, before.members).allSatisfy { now, before in
                now.member == before.member && now.begun >= now.requests.count
                    && now.requests.starts(with: before.requests)
                    && (before.standing == .open || now.standing == before.standing)
            }
    }
}
