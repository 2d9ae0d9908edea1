package import ApprovalCore

/// The wait that a `Retry-After` asks for (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// The longest wait that is believed: a platform cannot send the agent to sleep for good.
    package static let longestMilliseconds: Int64 = 3_600_000

    /// Milliseconds from 0 to ``longestMilliseconds``; nil where the value is neither whole seconds
    /// nor an IMF date. A date is measured from `now`, and one in the past means no wait.
    package static func milliseconds(_ value: String, now: UnixTime) -> Int64? {
        let digits = value.utf8
        if !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) {
            let seconds = Int64(value) ?? .max
            return min(seconds, longestMilliseconds / 1_000) * 1_000
        }
        guard let date = UnixTime(imfDate: value) else { return nil }
        let (wait, overflow) = date.milliseconds.subtractingReportingOverflow(now.milliseconds)
        return overflow ? longestMilliseconds : min(max(wait, 0), longestMilliseconds)
    }
}
