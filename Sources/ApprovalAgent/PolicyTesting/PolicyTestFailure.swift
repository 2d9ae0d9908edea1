package import ApprovalCore

/// One way in which a decision is not what a test expects.
package enum PolicyTestFailure: Hashable, Sendable {
    case action(expected: Decision.Action, found: Decision.Action)
    /// A rule that is not among the decision's; `match` is how it stood, nil where no rule was
    /// asked.
    case rule(id: String, match: String?)
    case reason(code: String, found: [String])
    /// A limit that was not asked: the rules do not allow, or it is for other transactions.
    case limitNotAsked(id: String)
    case limitUsed(id: String, expected: Amount, found: Amount?)
    case limitUsedAfter(id: String, expected: Amount, found: Amount?)
    case limitExceeded(id: String, expected: Bool)
    case patternNotSeen(id: String, asked: Bool)
    case guardNotTrue(name: Guards.Name, match: String?)
    case quorum(expected: PolicyTestExpectation.People, found: PolicyTestExpectation.People)
    case sentence(lacks: String)
    /// The history before the case cannot have happened.
    case history(problem: String)

    /// For people: expected against found.
    package var message: String {
        switch self {
        case .action(let expected, let found):
            "expected action \(expected.rawValue), found \(found.rawValue)"
        case .rule(let id, let match):
            "expected rule \(id) among the rules, but it was \(match ?? "not asked")"
        case .reason(let code, let found):
            "expected reason \(code), found \(Self.list(found))"
        case .limitNotAsked(let id):
            "expected limit \(id), but it was not asked: limits are asked where the rules allow "
                + "and the scope fits"
        case .limitUsed(let id, let expected, let found):
            "expected limit \(id) used \(expected.short) before, found \(found?.short ?? "nothing")"
        case .limitUsedAfter(let id, let expected, let found):
            "expected limit \(id) used_after \(expected.short), found \(found?.short ?? "nothing")"
        case .limitExceeded(let id, true): "expected limit \(id) to be exceeded, but it was not"
        case .limitExceeded(let id, false): "expected limit \(id) not exceeded, but it was"
        case .patternNotSeen(let id, let asked):
            "expected pattern \(id) to be seen, but it was " + (asked ? "not" : "not asked")
        case .guardNotTrue(let name, let match):
            "expected guard \(name.rawValue) to be TRUE, but it was \(match ?? "not asked")"
        case .quorum(let expected, let found):
            "expected \(expected.name) to be asked, found \(found.name)"
        case .sentence(let text):
            "expected a reason that contains \"\(text)\""
        case .history(let problem): "the history before it cannot have happened: \(problem)"
        }
    }

    private static func list(_ words: [String]) -> String {
        words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}

extension PolicyTestExpectation {
    /// Every way in which this outcome is another.
    func failures(_ outcome: PolicyTestLedger.Outcome) -> [PolicyTestFailure] {
        let decision = outcome.decision
        var failures: [PolicyTestFailure] = []
        if let action, action != decision.action {
            failures.append(.action(expected: action, found: decision.action))
        }
        for id in rules where !decision.rules.contains(where: { $0.id == id }) {
            let match = outcome.rules.first { $0.rule.id == id }?.match.word
            failures.append(.rule(id: id, match: match))
        }
        let codes = decision.reasons.map(\.code)
        for code in reasons where !codes.contains(code) {
            failures.append(.reason(code: code, found: codes))
        }
        failures += limits.flatMap { $0.failures(decision) }
        for id in patterns {
            let result = decision.patterns.first { $0.id == id }
            if result?.isSeen != true {
                failures.append(.patternNotSeen(id: id, asked: result != nil))
            }
        }
        for name in guards {
            let match = decision.guards.first { $0.guarding == name }?.match
            if match != .isTrue {
                failures.append(.guardNotTrue(name: name, match: match?.word))
            }
        }
        let asked = decision.quorum.map { PolicyTestExpectation.People.group($0.group.name) }
        if let quorum, quorum != asked ?? .nobody {
            failures.append(.quorum(expected: quorum, found: asked ?? .nobody))
        }
        if let explainContains,
            !decision.reasons.contains(where: { $0.message.contains(explainContains) })
        {
            failures.append(.sentence(lacks: explainContains))
        }
        return failures
    }
}

extension PolicyTestExpectation.LimitUse {
    fileprivate func failures(_ decision: Decision) -> [PolicyTestFailure] {
        guard let result = decision.limits.first(where: { $0.id == id }) else {
            return [.limitNotAsked(id: id)]
        }
        var failures: [PolicyTestFailure] = []
        let before = result.usage?.used
        if let used, before.map(used.isEqual) != true {
            failures.append(.limitUsed(id: id, expected: used, found: before))
        }
        let after =
            decision.action == .allow
            ? before.flatMap { used in result.this.flatMap(used.adding) } : before
        if let usedAfter, after.map(usedAfter.isEqual) != true {
            failures.append(.limitUsedAfter(id: id, expected: usedAfter, found: after))
        }
        if let exceeded, exceeded != result.exceeded {
            failures.append(.limitExceeded(id: id, expected: exceeded))
        }
        return failures
    }
}

extension Amount {
    /// The same value, whatever the scales.
    fileprivate func isEqual(to other: Amount) -> Bool {
        isAtMost(other) == true && other.isAtMost(self) == true
    }
}
