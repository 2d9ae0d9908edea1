// What the ledger answered, applied to what the rules say.
extension Weighing {
    /// The decision. block > escalate > allow, whoever says it.
    package func decide(_ answers: Answers) -> Decision {
        guard ruled != .hold else { return Decision(action: .hold, reasons: reasons) }
        let limits = self.limits.map { ($0.part, result($0, answers)) }
        let patterns = self.patterns.map { ($0.part, result($0, answers)) }
        let (guards, caught) = guarded(answers)
        var restraints =
            limits.filter(\.1.exceeded).map { ($0.onExceed, Reason.limitExceeded($1)) }
        restraints += patterns.filter(\.1.isSeen).map { ($0.action, .pattern($1)) }
        restraints += self.restraints + caught
        if ruled == .allow, let stale = stale(answers) { restraints.append((.escalate, stale)) }
        let strongest = strongest(restraints.map(\.0))
        let quorums = Set(asking.map(\.quorum))
        let isAmbiguous = strongest == .allow && quorums.count > 1
        let action = isAmbiguous ? .hold : strongest
        var reasons = reasons(with: restraints)
        if isAmbiguous { reasons = [.quorumAmbiguous(rules: asking.map(\.rule))] }
        let quorum = action == .allow ? quorums.first : nil
        if let quorum { reasons.append(quorum.reason) }
        return Decision(
            action: action, rules: rules, limits: limits.map(\.1), patterns: patterns.map(\.1),
            guards: self.guards + guards, reasons: reasons, fields: fields,
            exposure: action == .allow ? exposure : nil, quorum: quorum)
    }

    private func strongest(_ restraints: [Restraint]) -> Decision.Action {
        if ruled == .block || restraints.contains(.block) { return .block }
        return restraints.isEmpty ? ruled : .escalate
    }

    /// What decided it first: reasons to block, then reasons to escalate. What is restrained is
    /// not told by the rule that allows it.
    private func reasons(with restraints: [(restraint: Restraint, reason: Reason)]) -> [Reason] {
        guard !restraints.isEmpty else { return reasons }
        func told(_ restraint: Restraint) -> [Reason] {
            (ruled == restraint.action ? reasons : [])
                + restraints.filter { $0.restraint == restraint }.map(\.reason)
        }
        return told(.block) + told(.escalate)
    }

    /// PENDING for too long at the first decision on it.
    private func stale(_ answers: Answers) -> Reason? {
        guard let createdAt = facts?.createdAt else { return nil }
        let maxAge = policy.settings.maxRequestAge
        let first = answers.firstDecision ?? moment.now
        return first > createdAt.advanced(byMilliseconds: maxAge)
            ? .staleRequest(createdAt: createdAt, maxAge: maxAge) : nil
    }

    /// The answer to what was asked for a limit or pattern; nil where nothing was, or nothing
    /// came back.
    private func usage<Part>(of counted: Counted<Part>, _ answers: Answers) -> LimitUsage? {
        guard let place = counted.question else { return nil }
        let question = questions.limits[place]
        if place < answers.usage.count, answers.usage[place].answers(question) {
            return answers.usage[place]
        }
        return answers.usage.first { $0.answers(question) }
    }

    private func result(_ counted: Counted<Limit>, _ answers: Answers) -> LimitResult {
        let limit = counted.part
        let usage = usage(of: counted, answers)
        let amount = facts?.amount
        // INVARIANT: I5. A negative use is corruption; it must not make room.
        var within = usage?.isSound ?? false
        if let maxAmount = limit.maxAmount {
            let sum = amount.flatMap { usage?.used.adding($0) }
            within = within && (sum?.isAtMost(maxAmount) ?? false)
        }
        if let maxCount = limit.maxCount {
            within = within && (usage.map { $0.count < maxCount } ?? false)
        }
        let canFit = limit.maxAmount.map { amount?.isAtMost($0) == true } ?? true
        return LimitResult(
            id: limit.id, key: counted.key, asset: facts?.source.asset.name ?? "", usage: usage,
            this: amount, maxAmount: limit.maxAmount, maxCount: limit.maxCount, exceeded: !within,
            window: limit.window,
            roomAt: within || !canFit
                ? nil : usage?.roomAfter.flatMap { limit.window.end(of: $0, at: moment) })
    }

    private func result(_ counted: Counted<Pattern>, _ answers: Answers) -> PatternResult {
        let pattern = counted.part
        let usage = usage(of: counted, answers)
        return PatternResult(
            id: pattern.id, key: counted.key, usage: usage, countAtLeast: pattern.countAtLeast,
            isSeen: usage.map { !$0.isSound || $0.count >= pattern.countAtLeast - 1 } ?? true)
    }
}

extension Quorum {
    fileprivate var reason: Reason {
        .quorumRequired(
            group: group.name, minimum: minApprovals, ask: ask.map(\.name))
    }
}

extension LimitUsage {
    fileprivate func answers(_ question: LimitQuestion) -> Bool {
        limit.isVerbatim(question.limit) && key.isVerbatim(question.key)
    }
}

extension Limit {
    /// Itself with its account, and what is to be asked for it put beside the other questions.
    func counted(_ facts: Facts, _ questions: inout [LimitQuestion]) -> Counted<Limit> {
        let key = per.key(facts)
        let question = question(key, facts)
        if let question { questions.append(question) }
        return Counted(
            part: self, key: key, question: question.map { _ in questions.count - 1 })
    }

    /// What to ask for this limit; nil where its account or its window cannot be computed.
    private func question(_ key: String?, _ facts: Facts) -> LimitQuestion? {
        guard let key, let since = window.start(at: facts.moment) else { return nil }
        return LimitQuestion(
            limit: id, key: key, since: since, after: window.lastOutside(since),
            scale: facts.source.asset.precision,
            fittingAmount: maxAmount.flatMap { most in
                facts.amount?.negated.flatMap(most.adding).flatMap { $0.isNegative ? nil : $0 }
            }, fittingCount: maxCount.map { max($0, 0) - 1 })
    }
}

extension Pattern {
    /// Itself with its account, and what is to be asked for it put beside the other questions.
    func counted(_ facts: Facts, _ questions: inout [LimitQuestion]) -> Counted<Pattern> {
        let key = per.key(facts)
        let question = question(key, facts)
        if let question { questions.append(question) }
        return Counted(
            part: self, key: key, question: question.map { _ in questions.count - 1 })
    }

    /// What to ask for this pattern; nil where its account or its window cannot be computed.
    private func question(_ key: String?, _ facts: Facts) -> LimitQuestion? {
        guard let key, let since = window.start(at: facts.moment) else { return nil }
        return LimitQuestion(
            limit: counter, key: key, since: since, after: window.lastOutside(since),
            scale: facts.source.asset.precision)
    }
}
