package import ApprovalAgent

/// A list of a policy whose items have ids.
package enum PolicyPart: String, Sendable, CaseIterable {
    case rules, limits, patterns
}

extension PolicyDirectory {
    /// Where the items of a list stand in the policy that was loaded, by their ids: for findings
    /// of what is learnt only later, such as rules that no test exercises (W109).
    package static func places(
        of part: PolicyPart, in loaded: LoadedPolicy
    ) -> [String: SourcePosition] {
        guard let file = loaded.files.first(where: { $0.path == "policy.yaml" }),
            let top = YAMLDocument.open(bytes: file.bytes, findings: Findings(file: file.path)),
            let items = top.child(part.rawValue)?.items(allowEmpty: true)
        else { return [:] }
        var places: [String: SourcePosition] = [:]
        for item in items {
            guard case .scalar(let id, _)? = item.child("id")?.node.content else { continue }
            places[id] = item.position
        }
        return places
    }
}
