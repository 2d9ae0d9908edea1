internal import ApprovalCore

extension PolicyHead {
    /// Two addresses that agree in fewer characters than these agree by chance.
    private static let fewestCompared: Int64 = 4
    private static let mostCompared: Int64 = 32
    private static let second: Int64 = 1_000
    private static let year: Int64 = 365 * 86_400_000

    static func guards(_ fields: YAMLFields) -> Guards? {
        let lookalike = fields.given("lookalike") { $0.mapping(self.lookalike) }
        let newDestination = fields.given("new_destination") { $0.mapping(self.newDestination) }
        let duplicate = fields.given("duplicate_reference") { $0.mapping(duplicateReference) }
        let names = Guards.Name.allCases.map(\.rawValue)
        guard fields.namesOne(of: names), let lookalike, let newDestination, let duplicate else {
            return nil
        }
        return Guards(
            lookalike: lookalike, newDestination: newDestination, duplicateReference: duplicate)
    }

    private static func lookalike(_ fields: YAMLFields) -> Guards.Lookalike? {
        let prefix = fields.required("prefix")?.integer(in: 0...mostCompared)
        let suffix = fields.required("suffix")?.integer(in: 0...mostCompared)
        let action = fields.required("action")?.restraint("a guard")
        guard let prefix, let suffix, let action else { return nil }
        guard prefix + suffix >= fewestCompared else {
            fields.report(
                .wrongType,
                "`prefix` and `suffix` together are less than \(fewestCompared): addresses agree"
                    + " in so few characters by chance",
                fix: "write `prefix: 4, suffix: 4`")
            return nil
        }
        return Guards.Lookalike(prefix: Int(prefix), suffix: Int(suffix), action: action)
    }

    private static func newDestination(_ fields: YAMLFields) -> Guards.NewDestination? {
        let coolOff = fields.required("cool_off")?.durationMilliseconds(in: second...year)
        let action = fields.required("action")?.restraint("a guard")
        guard let coolOff, let action else { return nil }
        return Guards.NewDestination(coolOffMilliseconds: coolOff, action: action)
    }

    private static func duplicateReference(_ fields: YAMLFields) -> Guards.DuplicateReference? {
        fields.required("action")?.restraint("a guard").map {
            Guards.DuplicateReference(action: $0)
        }
    }
}

extension YAMLField {
    /// `escalate` or `block`; that `allow` is none is told with the reason: `what` only restrains.
    func restraint(_ what: String) -> Restraint? {
        if case .scalar("allow", _) = node.content {
            report(
                .wrongType, "\(what) only restrains: it can never allow",
                fix: "write \(Shown.choices(Restraint.allCases.map(\.rawValue)))")
            return nil
        }
        return choice(Restraint.self)
    }
}
