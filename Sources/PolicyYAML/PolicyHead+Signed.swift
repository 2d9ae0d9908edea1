internal import ApprovalCore

extension PolicyHead {
    /// Warns of fields that are read, but that a challenge need not carry: where the platform does
    /// not sign them, every allow ends as an escalation. Where people are asked for all that is
    /// allowed, nothing is signed.
    func warnOfUnsigned(_ policy: Policy, _ findings: Findings) {
        let allowing = policy.rules.filter { $0.action == .allow }
        if !allowing.isEmpty, allowing.allSatisfy({ $0.quorum != nil }) { return }
        let unsure = TransactionType.allCases.reduce(into: Set<String>()) { unsure, type in
            unsure.formUnion(
                policy.fields(read: type)
                    .subtracting(policy.settings.requiredAttributes(for: type))
                    .subtracting(policy.settings.acceptUnsigned))
        }
        for name in unsure.sorted() {
            findings.report(
                .perhapsUnsigned, at: challengePlace.position, path: challengePlace.path,
                "the policy reads \(Shown.word(name)); where the platform does not sign it, every"
                    + " allow is escalated (ATTR_NOT_SIGNED)",
                fix: "name it in `accept_unsigned` or in `required_attrs`"
                    + (name == "fee_account_id" ? ", or write `amount_basis: amount`" : ""))
        }
    }
}
