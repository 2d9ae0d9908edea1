import ApprovalCore

/// A decision that is made again from what its entry says was asked and answered.
struct Redecision: Sendable {
    let entries: Entries
    let policy: LoadedPolicy
    let subject: Case
    /// Of the bodies of `subject`, which were held against them.
    let digests: (transaction: Digest, account: Digest)
    let inputs: JSONValue
    /// The reason, with its message, that held it whatever the policy says.
    let doubt: JSONValue?
    let isInForce: Bool

    struct Made: Sendable {
        let decision: Decision
        /// What the policy alone says.
        let weighed: Decision
        let asked: (questions: Questions, answers: Answers)?
        fileprivate let again: Redecision
        fileprivate let weighing: Weighing
        fileprivate let answers: Answers

        /// The members of the entry, as they must be.
        func members(engine: JSONValue?) -> [JSONMember] {
            let told =
                again.holds(weighed)
                ? [again.told].compactMap(\.self) : decision.reasons.map(Entries.told)
            return again.entries.decided(
                again.subject, again.digests, weighing, answers, again.standpoint,
                under: again.policy,
                engine: engine ?? .null, result: Entries.result(decision, told: told))
        }
    }

    /// Nil where the answers are not those to what the policy asks.
    func made(at moment: Moment) -> Made? {
        let weighing = policy.policy.weigh(subject, at: moment)
        guard isInForce else {
            return Made(
                decision: Decision(action: .hold, reasons: []),
                weighed: weighing.decide(Answers()), asked: nil, again: self, weighing: weighing,
                answers: Answers())
        }
        guard let answers = answers(to: weighing.questions) else { return nil }
        let weighed = weighing.decide(answers)
        let decision = holds(weighed) ? weighed.turned(to: .hold, because: []) : weighed
        return Made(
            decision: decision, weighed: weighed, asked: (weighing.questions, answers),
            again: self, weighing: weighing, answers: answers)
    }

    /// Whether a doubt can be the reason: only an `allow` is held by one.
    func isDoubtful(_ weighed: Decision) -> Bool { !isInForce || weighed.action == .allow }

    private func holds(_ weighed: Decision) -> Bool {
        !isInForce || doubt != nil && weighed.action == .allow
    }

    private var told: JSONValue? {
        guard case .object(let members) = doubt else { return doubt }
        return .object(members.filter { $0.name != "message" })
    }

    /// Taken from the entry: nothing else tells how the clock was read.
    private var standpoint: [JSONMember] {
        ["clock", "in_force", "doubt"].compactMap { name in
            inputs[name].map { JSONMember(name, $0) }
        }
    }

    private func answers(to questions: Questions) -> Answers? {
        guard let shown = inputs["usage"]?.elements, shown.count == questions.limits.count else {
            return nil
        }
        var usage: [LimitUsage] = []
        for (element, question) in zip(shown, questions.limits) {
            guard let one = Self.usage(element, question) else { return nil }
            usage.append(one)
        }
        let age = inputs["destination"].flatMap(Self.age)
        guard age != nil || [nil, JSONValue.null].contains(inputs["destination"]) else {
            return nil
        }
        return Answers(
            usage: usage, destination: age,
            sameReference: inputs["same_reference"]?.text.flatMap(TransactionID.init),
            firstDecision: inputs["first_decision"]?.text.flatMap(UnixTime.init(rfc3339:)))
    }

    private static func usage(_ json: JSONValue, _ question: LimitQuestion) -> LimitUsage? {
        guard let limit = json["limit"]?.text, let key = json["key"]?.text,
            let used = json["used"]?.text,
            let amount = try? Amount(used, precision: question.scale),
            let count = json["count"]?.integer
        else { return nil }
        return LimitUsage(
            limit: limit, key: key, since: question.since, used: amount, count: count,
            roomAfter: json["room_after"]?.text.flatMap(UnixTime.init(rfc3339:)))
    }

    private static func age(_ json: JSONValue) -> DestinationAge? {
        guard let time = json["activated_at"]?.text.flatMap(UnixTime.init(rfc3339:)),
            case .bool(let isOriginal) = json["original"]
        else { return nil }
        return DestinationAge(activatedAt: time, isOriginal: isOriginal)
    }
}
