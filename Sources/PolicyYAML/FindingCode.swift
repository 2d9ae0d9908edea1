/// What a finding is about. The raw value is printed and is stable: people write it in tickets.
package enum FindingCode: String, CaseIterable, Sendable {
    /// A key that is not part of the schema, or not built yet.
    case unknownKey = "E001"
    /// A key given twice in one mapping.
    case duplicateKey = "E002"
    /// A wrong type, a missing key, or a document that is not the YAML read here.
    case wrongType = "E003"
    /// A revision lower than the highest ever active, or the same one with other bytes.
    case revision = "E012"
    /// Money, an id, an address or a time that does not stand in quotes.
    case unquoted = "E020"
    /// More fraction digits than the asset's precision.
    case tooManyDigits = "E021"
    /// A policy without rules.
    case noRules = "E030"
    /// An allow rule that leaves open what it allows.
    case openAllowRule = "E031"
    /// A name that nothing defines.
    case unknownName = "E032"
    /// A field that the platform does not have.
    case fieldNotAvailable = "E033"
    /// One address on two entries of the book.
    case addressTwice = "E034"
    /// An amount compared over several assets.
    case severalAssets = "E036"
    /// An attribute that must be signed.
    case mustBeSigned = "E037"
    /// More limits than are evaluated.
    case tooManyLimits = "E038"
    /// A tag that no entry carries.
    case unusedTag = "W103"
    /// A policy without tests.
    case noTests = "W111"
    /// An allow rule that sets no bound on the fee.
    case openFee = "W113"
    /// A field that the policy reads and that may not be among those that the platform signs.
    case perhapsUnsigned = "W114"

    /// Error for `E…`, warning for `W…`.
    package var severity: Finding.Severity {
        rawValue.utf8.first == UInt8(ascii: "E") ? .error : .warning
    }
}
