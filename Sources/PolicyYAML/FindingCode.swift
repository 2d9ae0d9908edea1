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
    /// More limits or patterns than are evaluated.
    case tooManyLimits = "E038"
    /// A quorum that the platform does not enforce, or that can never be reached.
    case unenforceableQuorum = "E039"
    /// What an allow rule grants, and no limit bounds in sum. `settings.unbounded_exposure: warn`
    /// makes it a warning.
    case unboundedExposure = "E040"
    /// `when` or a calendar window in a policy without `settings.timezone`.
    case noTimezone = "E041"
    /// A span of time that does not begin before it ends.
    case reversedSpan = "E042"
    /// A pattern that is to be near a rule without a cap.
    case noCap = "E043"
    /// A test that runs nothing, or expects nothing.
    case emptyTest = "E044"
    /// One person, or approval method, in the place of two.
    case personTwice = "E045"
    /// A member of a group who is the owner of what the group watches over.
    case ownApprover = "E046"
    /// A rule that can never be TRUE.
    case deadRule = "W101"
    /// A tag that no entry carries.
    case unusedTag = "W103"
    /// A limit that no transaction counts in.
    case deadLimit = "W105"
    /// An entry of the book that has expired, or is not active yet.
    case inactiveEntry = "W106"
    /// An address that fails its checksum.
    case badChecksum = "W107"
    /// Two entries with addresses that look alike.
    case lookalike = "W108"
    /// A rule that no test exercises; found where the tests are run.
    case untestedRule = "W109"
    /// A policy without tests.
    case noTests = "W111"
    /// An allow rule that sets no bound on the fee.
    case openFee = "W113"
    /// A field that the policy reads and that may not be among those that the platform signs.
    case perhapsUnsigned = "W114"
    /// A pattern that can never be seen.
    case deadPattern = "W115"
    /// A policy whose `review_by` is over.
    case reviewOverdue = "W116"
    /// Two limits that count the same.
    case limitTwice = "W117"
    /// An account of another asset than the rule, limit or pattern that names it.
    case otherAsset = "W118"
    /// An entry of the book that was approved by the person who added it.
    case ownApproval = "W119"
    /// A tag that is probably meant to be another one, or that looks like another one.
    case tagSlip = "W120"
    /// One address with other tags for another asset.
    case otherTags = "W121"
    /// One label on two entries for an asset.
    case labelTwice = "W122"
    /// A tier asked for where amounts are not in euros.
    case tierElsewhere = "W123"
    /// A group that no rule asks.
    case unusedGroup = "W124"
    /// Two allow rules that can apply together and ask differently.
    case ambiguousQuorum = "W125"
    /// People are asked for less than a minute, or for more than 30 days.
    case oddExpiry = "W126"
    /// A group that is asked for accounts of several entities.
    case groupOfMany = "W127"

    /// Error for `E…`, warning for `W…`, where a finding does not say otherwise.
    package var severity: Finding.Severity {
        rawValue.utf8.first == UInt8(ascii: "E") ? .error : .warning
    }
}
