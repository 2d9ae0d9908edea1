/// The message that is signed for one transaction (guide, "Approval method: DSA_ED25519").
///
/// `name: value` for each attribute in the server's order, joined by one line feed, none at the
/// end; each value is the exact text that was decoded from the transaction.
package struct Challenge: Hashable, Sendable {
    package let transactionID: TransactionID
    /// In the server's order.
    package let attributes: [String]
    /// The bytes to sign.
    package let message: [UInt8]

    /// Builds the message, or tells every reason not to.
    ///
    /// INVARIANT: I2. `required` is everything that a decision read and everything that is always
    /// bound; nothing is signed that leaves one of them out.
    package static func build(
        attributes: [String], of transaction: Transaction, required: Set<String>
    ) -> Result<Challenge, Refusals> {
        var reasons: [Reason] = []
        var seen: Set<Verbatim> = []
        var message: [UInt8] = []
        for name in attributes {
            guard isKnown(name) else {
                reasons.append(.unknownAttribute(name))
                continue
            }
            guard seen.insert(Verbatim(name)).inserted else {
                reasons.append(.duplicateAttribute(name))
                continue
            }
            guard let value = transaction.field(name).text, isSignable(value) else {
                reasons.append(.valueNotSignable(name))
                continue
            }
            if !message.isEmpty { message.append(0x0A) }
            message += (name + ": " + value).utf8
        }
        for name in required.sorted() where !seen.contains(Verbatim(name)) {
            reasons.append(.attributeNotSigned(name))
        }
        guard reasons.isEmpty, !message.isEmpty else {
            return .failure(Refusals(reasons: reasons))
        }
        return .success(
            Challenge(
                transactionID: transaction.id, attributes: attributes, message: message))
    }

    /// `^[a-z][a-z0-9_]*$` follows from the list of the platform's fields.
    private static func isKnown(_ name: String) -> Bool {
        Transaction.fieldNames.contains { $0.isVerbatim(name) }
    }

    /// Printable ASCII, at least one character: a line feed would forge a line, an empty value
    /// reads like a null, and other scripts have more than one form.
    package static func isSignable(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

/// Every reason why a challenge was not built.
package struct Refusals: Error, Hashable, Sendable {
    package let reasons: [Reason]
}
