package import ApprovalCore

/// What of a policy its tests have exercised: each rule TRUE once and FALSE once, each limit
/// exceeded, each pattern seen and each guard TRUE once.
package struct PolicyTestCoverage: Sendable {
    /// Something of a policy that tests exercise.
    package enum Subject: Hashable, Sendable {
        case rule(String)
        case limit(String)
        case pattern(String)
        case guarding(Guards.Name)

        /// `rule`, `limit`, `pattern` or `guard`.
        package var kind: String {
            switch self {
            case .rule: "rule"
            case .limit: "limit"
            case .pattern: "pattern"
            case .guarding: "guard"
            }
        }

        /// As the policy names it.
        package var id: String {
            switch self {
            case .rule(let id), .limit(let id), .pattern(let id): id
            case .guarding(let name): name.rawValue
            }
        }
    }

    /// What was not exercised.
    package struct Gap: Hashable, Sendable {
        package let subject: Subject
        /// `never TRUE`, `never FALSE`, `never TRUE and never FALSE`, `never exceeded`,
        /// `never seen`.
        package let what: String
    }

    /// How many of a kind there are, and how many are covered.
    package struct Count: Hashable, Sendable {
        /// `rules`, `limits`, `patterns` or `guards`.
        package let kind: String
        package let covered: Int
        package let total: Int
    }

    private let subjects: [Subject]
    private var wasTrue: Set<Subject> = []
    private var wasFalse: Set<String> = []

    init(of policy: Policy) {
        var guards: [Guards.Name] = []
        if policy.guards.lookalike != nil { guards.append(.lookalike) }
        if policy.guards.newDestination != nil { guards.append(.newDestination) }
        if policy.guards.duplicateReference != nil { guards.append(.duplicateReference) }
        subjects =
            policy.rules.map { .rule($0.id) } + policy.limits.map { .limit($0.id) }
            + policy.patterns.map { .pattern($0.id) } + guards.map { .guarding($0) }
    }

    mutating func add(_ outcome: PolicyTestLedger.Outcome) {
        for standing in outcome.rules {
            let (rule, match) = (standing.rule, standing.match)
            switch match {
            case .isTrue: wasTrue.insert(.rule(rule.id))
            case .isFalse: wasFalse.insert(rule.id)
            case .unknown: continue
            }
        }
        let decision = outcome.decision
        wasTrue.formUnion(decision.limits.filter(\.exceeded).map { .limit($0.id) })
        wasTrue.formUnion(decision.patterns.filter(\.isSeen).map { .pattern($0.id) })
        wasTrue.formUnion(
            decision.guards.filter { $0.match == .isTrue }.map { .guarding($0.guarding) })
    }

    /// In the order of rules, limits, patterns and guards, each sorted by id.
    package var gaps: [Gap] {
        subjects.compactMap { subject in gap(subject).map { Gap(subject: subject, what: $0) } }
    }

    /// Rules, limits, patterns and guards, in this order.
    package var counts: [Count] {
        ["rule", "limit", "pattern", "guard"].map { kind in
            let ofKind = subjects.filter { $0.kind == kind }
            return Count(
                kind: kind + "s", covered: ofKind.count { gap($0) == nil }, total: ofKind.count)
        }
    }

    /// Rules that no test exercises: none where it was TRUE.
    package var idleRules: [String] {
        subjects.compactMap { subject in
            guard case .rule(let id) = subject, !wasTrue.contains(subject) else { return nil }
            return id
        }
    }

    private func gap(_ subject: Subject) -> String? {
        let isTrue = wasTrue.contains(subject)
        switch subject {
        case .rule(let id):
            let missing =
                (isTrue ? [] : ["never TRUE"]) + (wasFalse.contains(id) ? [] : ["never FALSE"])
            return missing.isEmpty ? nil : missing.joined(separator: " and ")
        case .limit: return isTrue ? nil : "never exceeded"
        case .pattern: return isTrue ? nil : "never seen"
        case .guarding: return isTrue ? nil : "never TRUE"
        }
    }
}
