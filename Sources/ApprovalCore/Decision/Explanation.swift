/// Every rule with how it stood, beside the decision: what `explain` shows.
package struct Explanation: Sendable {
    /// A rule, and how it stood.
    package struct RuleStanding: Sendable {
        package let rule: Rule
        package let match: Match
        /// The keys of its conditions that are FALSE, in the order of the policy language; `fee`
        /// also where the rule names none and the fee is more than what is sent.
        package let unmet: [String]

        /// Whom the rule asks; nil where this agent signs by itself.
        package var asks: String? { rule.quorum?.sentence }
    }

    /// All rules, sorted by id, FALSE ones too.
    package let rules: [RuleStanding]
    package let decision: Decision
}

extension Policy {
    /// Decides and keeps what a decision leaves out: the rules that did not match.
    package func explain(
        _ subject: Case, at moment: Moment, answers: (Questions) -> Answers
    ) -> Explanation {
        let decision = decide(subject, at: moment, answers: answers)
        guard let source = account(subject.transaction.accountID) else {
            return Explanation(rules: [], decision: decision)
        }
        let facts = Facts(subject, source: source, at: moment, policy: self)
        return Explanation(rules: rules.map { $0.standing(facts) }, decision: decision)
    }
}

extension Rule {
    fileprivate func standing(_ facts: Facts) -> Explanation.RuleStanding {
        let match = matches(facts)
        let isGranting = action == .allow
        let unmet = conditions.filter {
            $0.matches(facts, isGranting: isGranting) == .isFalse
        }.map(\.key)
        return Explanation.RuleStanding(
            rule: self, match: match, unmet: match == .isFalse && unmet.isEmpty ? ["fee"] : unmet)
    }
}
