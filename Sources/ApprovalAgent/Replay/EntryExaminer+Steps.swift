import ApprovalCore

// What entries of a sound form say.
extension EntryExaminer {
    /// Reads the step that an entry tells of; its form is right.
    func step(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        switch entry.row.kind {
        case .started:
            named(&entry, json)
            started(&entry, json)
        case .policyRejected:
            named(&entry, json)
            entry.step = .noted
        case .decided, .stopped, .halted, .resumed, .clockAnomaly, .checkpoint:
            entry.step = .noted
        case .reconciled: accepted(&entry, json)
        case .failed: entry.step = .failed
        case .conflict: entry.step = .conflict
        case .quarantined: entry.step = .quarantined(isNote: json["account_id"] != nil)
        case .delivered:
            if let time = json["attempted_at"]?.text.flatMap(UnixTime.init(rfc3339:)) {
                entry.step = .delivered(attemptedAt: time)
            }
        case .requested:
            if let id = json["approval_request_id"]?.text.flatMap(ApprovalRequestID.init),
                let method = json["approval_method_id"]?.text.flatMap(ApprovalMethodID.init)
            {
                entry.step = .requested(id, method)
            }
        case .released:
            let evidence = evidence(&entry, json)
            entry.step = .released(
                action: json["action"]?.text, reasons: json["reasons"] ?? .null,
                evidence: evidence)
        case .asked:
            guard let asking = json["asking"].flatMap(Asking.init(json:)) else { return }
            let evidence = evidence(&entry, json)
            entry.step = .asked(asking, evidence: evidence, reasons: json["reasons"])
        case .signed: signed(&entry, json)
        case .confirmed: confirmed(&entry, json)
        case .cancelled: cancelled(&entry, json)
        case .policyActivated: activated(&entry, json)
        }
    }

    private func evidence(_ entry: inout ExaminedEntry, _ json: JSONValue) -> ExaminedEvidence {
        guard let request = json["request_sha256"]?.text.flatMap(Digest.init(hex:)),
            let transaction = json["transaction_sha256"]?.text.flatMap(Digest.init(hex:))
        else { return .none }
        guard let requestBytes = body(request, &entry),
            let transactionBytes = body(transaction, &entry)
        else { return .unreadable }
        guard let requestBytes, let transactionBytes else {
            entry.tally.erased += 1
            return .erased
        }
        do throws(MalformedBody) {
            return .kept(
                try ApprovalRequest(bytes: requestBytes), try Transaction(bytes: transactionBytes))
        } catch {
            entry.diverge(.body, expected: "a body that was bound", found: "\(error)")
            return .unreadable
        }
    }

    private func signed(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        guard let message = json["message"]?.text,
            let attributes = json["attributes"]?.elements?.compactMap(\.text),
            let challenge = json["challenge_sha256"]?.text.flatMap(Digest.init(hex:)),
            let signature = json["signature_sha256"]?.text.flatMap(Digest.init(hex:)),
            let key = json["public_key"]?.text.flatMap(PublicKey.init(hex:))
        else { return }
        let bytes = Array(message.utf8)
        let made = sha256(bytes)
        if made != challenge {
            entry.diverge(.challenge, expected: "challenge_sha256 \(made)", found: "\(challenge)")
        }
        let evidence = evidence(&entry, json)
        entry.step = .signed(
            ExaminedSigning(
                message: bytes, attributes: attributes, challengeDigest: challenge,
                signatureDigest: signature, key: key, evidence: evidence,
                number: json["signature_number"]?.integer))
    }

    private func confirmed(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        guard let id = json["approval_request_id"]?.text.flatMap(ApprovalRequestID.init) else {
            return
        }
        entry.step = .confirmed(
            ExaminedConfirmation(
                requestID: id,
                signature: json["signature"]?.text.flatMap { [UInt8](hex: $0) }
                    .flatMap(Signature.init),
                asking: json["asking"].flatMap(Asking.init(json:))))
    }

    /// What an entry says of a policy whose files are kept is what the files say.
    func named(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        guard let digest = Self.policy(namedIn: json), let known = policies[digest]?.policy,
            let found = json["policy"], known.json.canonicalBytes != found.canonicalBytes
        else { return }
        entry.diverge(.policy, expected: known.json.short, found: found.short)
    }

    private func cancelled(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        guard let body = json["transaction_sha256"]?.text.flatMap(Digest.init(hex:)),
            let policy = Self.policy(namedIn: json), let action = json["action"]?.text,
            let rules = json["rules"]?.elements, let reasons = json["reasons"]?.elements
        else { return }
        named(&entry, json)
        entry.step = .cancelled(
            ExaminedCancellation(
                bodyDigest: body, policyDigest: policy, action: action,
                rules: rules.compactMap(\.text), reasons: reasons))
    }

    private func activated(_ entry: inout ExaminedEntry, _ json: JSONValue) {
        guard let digest = Self.policy(namedIn: json), let found = json["policy"] else { return }
        switch policies[digest] {
        case .loaded(let policy):
            if policy.json.canonicalBytes != found.canonicalBytes {
                entry.diverge(.policy, expected: policy.json.short, found: found.short)
            }
            entry.step = .activated(digest, policy)
        case .refused(let expected, let other):
            entry.diverge(.policy, expected: expected, found: other)
            entry.step = .activated(digest, nil)
        case .missing, nil:
            entry.diverge(.policy, expected: "the files of policy \(digest)", found: "none")
            entry.step = .activated(digest, nil)
        }
    }
}
