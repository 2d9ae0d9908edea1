internal import ApprovalCore

extension PolicyHead {
    /// Warns of fields that are read, but that a challenge need not carry: where the platform does
    /// not sign them, every allow ends as an escalation.
    func warnOfUnsigned(
        _ settings: Settings, _ rules: [Rule], _ limits: [Limit], _ findings: Findings
    ) {
        var read: Set<String> = []
        if settings.amountBasis == .amountPlusFee,
            rules.contains(where: \.namesAmount) || limits.contains(where: { $0.maxAmount != nil })
        {
            read = ["fee_amount", "fee_account_id"]
        }
        if rules.contains(where: \.readsFee) { read.insert("fee_amount") }
        let unsure = read.subtracting(settings.requiredAttributes)
            .subtracting(settings.acceptUnsigned)
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

extension Rule {
    fileprivate var namesAmount: Bool {
        conditions.contains { if case .amount = $0 { true } else { false } }
    }

    /// An allow rule holds the fee against what is sent where it does not name it.
    fileprivate var readsFee: Bool {
        action == .allow || conditions.contains { if case .fee = $0 { true } else { false } }
    }
}
