/// Every rule and every applying limit with how it stood: what `explain` shows.
package struct Explanation: Sendable {
    /// All rules, sorted by id, FALSE ones too.
    package let rules: [(rule: Rule, match: Match)]
    package let decision: Decision
}

extension Policy {
    /// Decides and keeps what a decision leaves out: the rules that did not match.
    package func explain(
        _ subject: Case, usage: ([LimitQuestion]) -> [LimitUsage]
    ) -> Explanation {
        let decision = decide(subject, usage: usage)
        guard let source = account(subject.transaction.accountID) else {
            return Explanation(rules: [], decision: decision)
        }
        let facts = Facts(subject.transaction, source: source, policy: self)
        return Explanation(
            rules: rules.map { ($0, $0.matches(facts)) }, decision: decision)
    }
}
