import ApprovalAgent
import ApprovalCore

extension InMemoryLedger {
    func settled(
        _ proposal: Proposal, _ reading: Reading,
        _ judge: Judge
    ) throws(LedgerError) -> Settlement {
        let id = proposal.transactionID
        let known = records[id]
        if let known, isOccupied(known) { return .occupied(item(known)) }
        let now = reading.isTrusted ? laterOfSeen(reading.time) : lastSeen ?? reading.time
        let judgement = try judge(now) { questions throws(LedgerError) in answered(questions) }
        let allows = judgement.decision.action == .allow
        guard allows == (judgement.reservation != nil) else {
            throw .corrupt("a reservation goes with an allow, and with nothing else")
        }
        if let known, !allows, known.fingerprint == judgement.fingerprint {
            return .judged(judgement.decision, item: item(known))
        }
        guard proposal.body.count <= 16_384, proposal.accountBody.count <= 16_384 else {
            throw .recordTooLarge
        }
        let entry = try body(
            .decided, about: id, judgement.entry, at: now,
            mark: allows ? JSONMember("intent", .bool(true)) : nil)
        if reading.isTrusted { lastSeen = max(reading.time, lastSeen ?? reading.time) }
        write(.decided, about: id, entry, at: now)
        var record = Record(transactionID: id, accountID: proposal.accountID)
        record.state = allows ? .intended : .decided
        record.body = proposal.body
        record.action = judgement.decision.action
        record.fingerprint = judgement.fingerprint
        record.requestID = known?.requestID
        record.requests = known?.requests ?? []
        if [.allow, .hold].contains(record.action) {
            record.attempts = known?.attempts ?? 0
            record.retryAt = known?.retryAt
        }
        records[id] = record
        blobs.formUnion([proposal.body, proposal.accountBody])
        if let made = judgement.reservation {
            held.append(
                Held(transactionID: id, exposure: made.exposure, memberships: made.memberships))
        }
        return .judged(judgement.decision, item: item(record))
    }

    private func isOccupied(_ record: Record) -> Bool {
        [.confirmed, .failed, .conflict, .accepted].contains(record.state)
            || record.challenge != nil
            || openIndex(record.transactionID) != nil
    }

    /// Counts it as spent, unless it is signed, settled or accepted already.
    func accepted(_ spent: Spent, _ time: UnixTime) {
        let id = spent.transactionID
        var record = records[id] ?? Record(transactionID: id, accountID: spent.accountID)
        guard record.challenge == nil, record.state != .accepted,
            !held.contains(where: { $0.transactionID == id && $0.state == .settled })
        else { return }
        record.state = .accepted
        if !spent.body.isEmpty { record.body = spent.body }
        record.fingerprint = nil
        records[id] = record
        blobs.insert(spent.body)
        if let index = openIndex(id) {
            held[index].state = .settled
            held[index].countedAt = time
        } else if let made = spent.reservation {
            held.append(
                Held(
                    transactionID: id, exposure: made.exposure, memberships: made.memberships,
                    state: .settled, countedAt: time))
        }
    }

    func advanced(
        _ id: TransactionID, _ step: Step, _ members: [JSONMember], _ time: UnixTime
    ) throws(LedgerError) {
        guard var record = records[id] else { throw .corrupt("it was never decided") }
        if case .signed(let new) = step, let old = record.challenge, old != new {
            throw .conflictingChallenge
        }
        guard step.mayFollow.contains(record.state), let index = openIndex(id) else {
            throw .corrupt("it is \(record.state.rawValue): no \(step.entryKind.rawValue)")
        }
        if case .requested(let request) = step, let owner = owners[request], owner != id {
            throw .requestTaken
        }
        if case .asked(let asking) = step {
            let requests = asking.members.flatMap(\.requests)
            guard requests.allSatisfy({ owners[$0] ?? id == id }) else { throw .requestTaken }
            guard record.requestID == asking.requestID else {
                throw .corrupt("it was not asked by the request that was made")
            }
            for request in requests { owners[request] = id }
        }
        var signed = signatures
        var mark: JSONMember?
        if case .signed = step {
            signed += record.challenge == nil ? 1 : 0
            mark = JSONMember("signature_number", .integer(signed))
        }
        let entry = try body(step.entryKind, about: id, members, at: time, mark: mark)
        signatures = signed
        take(step, &record, &held[index], at: time)
        if members.contains(JSONMember("request_lost", .bool(true))) {
            record.requests.append(time)
        }
        record.fingerprint = nil
        records[id] = record
        write(step.entryKind, about: id, entry, at: time)
    }

    private func take(_ step: Step, _ record: inout Record, _ held: inout Held, at time: UnixTime) {
        let (attempts, id) = (record.attempts, record.transactionID)
        record.attempts = 0
        record.retryAt = nil
        switch step {
        case .requested(let request):
            if owners.updateValue(id, forKey: request) == nil { record.requests.append(time) }
            record.requestID = request
            record.state = .requested
            record.attempts = attempts
        case .asked(let asking):
            record.asking = asking
            record.state = .asked
            record.attempts = attempts
        case .released(let retryAt):
            held.state = .released
            record.state = .released
            record.retryAt = retryAt
            record.attempts = retryAt == nil ? 0 : attempts + 1
        case .signed(let challenge):
            record.challenge = challenge
            record.state = .signed
        case .delivered(let attempt):
            record.deliveredAt = max(laterOfSeen(attempt), record.deliveredAt ?? attempt)
            record.state = .delivered
            record.attempts = attempts
        case .confirmed, .failed:
            let counts =
                step == .confirmed || record.challenge != nil || record.asking?.isGranted == true
            held.state = counts ? .settled : .released
            held.countedAt = counts ? record.deliveredAt ?? time : nil
            record.state = step == .confirmed ? .confirmed : .failed
        case .conflict:
            record.state = .conflict
        case .quarantined(let retryAt):
            record.attempts = attempts + 1
            record.retryAt = retryAt
        }
    }

    /// Everything that is asked, by a walk over everything.
    func answered(_ questions: Questions) -> Answers {
        let id = questions.transactionID
        let others = held.filter { $0.state != .released && $0.transactionID != id }
        return Answers(
            usage: questions.limits.map { usage($0, others) },
            destination: questions.destination.flatMap { destinations[$0] },
            sameReference: others.first { other in
                guard let reference = questions.reference else { return false }
                return other.exposure.reference?.isVerbatim(reference) == true
            }?.transactionID,
            firstDecision: questions.asksFirstDecision
                ? entries.first { $0.transactionID == id && $0.kind == .decided }?.time : nil)
    }

    /// What counts; what does not fit is the greatest amount.
    private func usage(_ question: LimitQuestion, _ held: [Held]) -> LimitUsage {
        var counted: [(time: UnixTime?, amount: Amount)] = []
        for reservation in held {
            if let time = reservation.countedAt, time <= question.after { continue }
            for membership in reservation.memberships
            where membership.limit.isVerbatim(question.limit)
                && membership.key.isVerbatim(question.key)
            {
                counted.append((reservation.countedAt, membership.amount))
            }
        }
        func use(after time: UnixTime?) -> (amount: Amount, count: Int64) {
            let left = counted.filter { approval in
                guard let time, let counted = approval.time else { return true }
                return counted > time
            }
            let sum = left.reduce(into: ExactSum()) { $0.add($1.amount) }
            return (sum.amount(scale: question.scale), Int64(left.count))
        }
        let all = use(after: nil)
        let times = Set(counted.compactMap(\.time)).sorted()
        let roomAfter =
            question.fits(all.amount, all.count)
            ? nil
            : times.first { time in
                let rest = use(after: time)
                return question.fits(rest.amount, rest.count)
            }
        return LimitUsage(
            limit: question.limit, key: question.key, since: question.since, used: all.amount,
            count: all.count, roomAfter: roomAfter)
    }
}

/// A sum of whole parts and of fractions at 18 digits.
private struct ExactSum {
    var whole: Int128? = 0
    var fraction: Int128 = 0

    private static func power(_ digits: UInt8) -> Int128 {
        (0..<digits).reduce(1) { p, _ in p * 10 }
    }

    mutating func add(_ amount: Amount) {
        let (units, rest) = amount.units.quotientAndRemainder(dividingBy: Self.power(amount.scale))
        fraction += rest * Self.power(18 - amount.scale)
        let carry = fraction / Self.power(18)
        fraction %= Self.power(18)
        let (sum, overflow) = (whole ?? .max).addingReportingOverflow(units + carry)
        whole = overflow || whole == nil ? nil : sum
    }

    func amount(scale: UInt8) -> Amount {
        let greatest = Amount(units: .max, scale: scale) ?? .zero(scale: scale)
        guard let whole else { return greatest }
        let unit = Self.power(18 - scale)
        let (units, overflow) = whole.multipliedReportingOverflow(by: Self.power(scale))
        let (sum, second) = units.addingReportingOverflow((fraction + unit - 1) / unit)
        return overflow || second ? greatest : Amount(units: sum, scale: scale) ?? greatest
    }
}

extension Step {
    /// The states that this step may follow on.
    var mayFollow: Set<ItemState> {
        switch self {
        case .requested, .released: [.intended, .requested]
        case .asked: [.requested, .asked]
        case .signed: [.requested, .signed]
        case .delivered: [.signed, .delivered]
        case .confirmed: [.asked, .signed, .delivered]
        case .failed, .conflict, .quarantined:
            [.intended, .requested, .asked, .signed, .delivered]
        }
    }
}
