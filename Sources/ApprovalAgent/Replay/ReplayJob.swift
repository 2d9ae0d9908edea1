import ApprovalCore

/// What is left to do again once everything before it is known: it depends on nothing else, so
/// many are done side by side.
enum ReplayJob: Sendable {
    /// What an entry says that binding gave.
    enum Claim: Sendable {
        case signed(ExaminedSigning)
        case refused(action: String, reasons: JSONValue)
        /// People may be asked.
        case asked
    }

    struct Binding: Sendable {
        let row: ReplayedRow
        let policy: LoadedPolicy
        /// The hash of the body that was decided on.
        let decided: Digest
        let request: ApprovalRequest
        let current: Transaction
        let asked: RequestedApproval
        let claim: Claim
    }

    struct Signed: Sendable {
        let row: ReplayedRow
        let signature: Signature
        let signing: ExaminedSigning
    }

    case binding(Binding)
    case signature(Signed)

    /// The body that must be fetched for it; nil where it is at hand.
    func missing(_ sha256: SHA256) -> Digest? {
        switch self {
        case .binding(let job): sha256(job.current.bytes) == job.decided ? nil : job.decided
        case .signature: nil
        }
    }

    /// Does it again.
    func verdict(
        _ sha256: SHA256, _ bodies: [Digest: [UInt8]], _ verifies: SignatureCheck
    ) -> (divergence: Divergence?, tally: ReplayTally) {
        switch self {
        case .binding(let job): job.verdict(sha256, bodies)
        case .signature(let job): job.verdict(sha256, verifies)
        }
    }
}

extension ReplayJob.Signed {
    fileprivate func verdict(
        _ sha256: SHA256, _ verifies: SignatureCheck
    ) -> (Divergence?, ReplayTally) {
        let found = sha256(signature.bytes)
        guard found == signing.signatureDigest else {
            return (
                Divergence(
                    row, .signature, expected: "signature_sha256 \(signing.signatureDigest)",
                    found: "\(found)"), ReplayTally()
            )
        }
        guard verifies(signature, signing.message, signing.key) else {
            return (
                Divergence(
                    row, .signature, expected: "a signature of \(signing.key)",
                    found: "one that does not verify"), ReplayTally()
            )
        }
        var tally = ReplayTally()
        tally.signatures = 1
        return (nil, tally)
    }
}

extension ReplayJob.Binding {
    fileprivate func verdict(
        _ sha256: SHA256, _ bodies: [Digest: [UInt8]]
    ) -> (Divergence?, ReplayTally) {
        var tally = ReplayTally()
        guard let first = decidedTransaction(sha256, bodies) else {
            tally.erased = 1
            return (nil, tally)
        }
        let wrong =
            switch claim {
            case .signed(let signing): wrong(signing, first)
            case .refused(let action, let reasons): wrong(action, reasons, first)
            case .asked: wrongToAsk(first)
            }
        tally.bindings = wrong == nil ? 1 : 0
        return (wrong, tally)
    }

    private func decidedTransaction(
        _ sha256: SHA256, _ bodies: [Digest: [UInt8]]
    ) -> Transaction? {
        guard let bytes = bodies[decided] else {
            return sha256(current.bytes) == decided ? current : nil
        }
        return try? Transaction(bytes: bytes)
    }

    /// Binds as the flow does: what was allowed, with every field that such a decision reads.
    private func bound(_ first: Transaction) -> Binding {
        let policy = policy.policy
        return policy.bind(
            Decision(action: .allow, reasons: [], fields: policy.fields(read: first.type)),
            decided: first, current: current, request: request, asked: asked)
    }

    private func wrong(_ signing: ExaminedSigning, _ first: Transaction) -> Divergence? {
        let challenge: Challenge
        switch bound(first) {
        case .sign(let made): challenge = made
        case .escalate(let reasons), .hold(let reasons):
            return Divergence(
                row, .binding, expected: "\(reasons.map(\.code))", found: "a signature")
        case .changed(let fields):
            return Divergence(
                row, .binding, expected: "CHANGED_UNDER_US \(fields)", found: "a signature")
        }
        guard challenge.message == signing.message else {
            let (expected, found) = Self.difference(challenge.message, signing.message)
            return Divergence(row, .challenge, expected: expected, found: found)
        }
        guard challenge.attributes == signing.attributes else {
            return Divergence(
                row, .challenge, expected: "attributes: \(challenge.attributes)",
                found: "\(signing.attributes)")
        }
        return nil
    }

    /// The first lines in which two messages differ.
    private static func difference(
        _ expected: [UInt8], _ found: [UInt8]
    ) -> (expected: String, found: String) {
        func lines(_ message: [UInt8]) -> [String] {
            message.split(separator: 0x0A, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let (left, right) = (lines(expected), lines(found))
        let same = zip(left, right).prefix { $0.isVerbatim($1) }.count
        func line(_ lines: [String]) -> String {
            same < lines.count ? JSONValue.string(lines[same]).short : "no such line"
        }
        return ("message: \(line(left))", line(right))
    }

    private func wrong(
        _ action: String, _ reasons: JSONValue, _ first: Transaction
    ) -> Divergence? {
        let made: (action: String, reasons: [Reason])
        if asked.types == ["GROUP"] {
            let changed = policy.policy.changes(
                from: first, to: current, in: policy.policy.fields(read: first.type))
            made = ("escalate", [.changedUnderUs(fields: changed)])
        } else {
            switch bound(first) {
            case .sign: made = ("", [])
            case .escalate(let reasons): made = ("escalate", reasons)
            case .hold(let reasons): made = ("hold", reasons)
            case .changed(let fields): made = ("escalate", [.changedUnderUs(fields: fields)])
            }
        }
        let told = JSONValue.array(made.reasons.map(\.json))
        guard made.action == action, told.canonicalBytes == reasons.canonicalBytes else {
            return Divergence(
                row, .binding, expected: "\(made.action) \(told.short)",
                found: "\(action) \(reasons.short)")
        }
        return nil
    }

    private func wrongToAsk(_ first: Transaction) -> Divergence? {
        if let difference = request.difference(from: asked) {
            return Divergence(row, .binding, expected: difference.code, found: "people are asked")
        }
        guard request.state == .pending, current.state == .pending else {
            return Divergence(row, .binding, expected: "both PENDING", found: "people are asked")
        }
        let changed = policy.policy.changes(
            from: first, to: current, in: policy.policy.fields(read: first.type))
        guard changed.isEmpty else {
            return Divergence(
                row, .binding, expected: "CHANGED_UNDER_US \(changed)", found: "people are asked")
        }
        return nil
    }
}
