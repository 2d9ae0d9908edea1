import ApprovalCore

// Microseconds for one decision, parsing excluded, at several sizes of policy and address book,
// and milliseconds to make a large policy of what a loader read. One JSON object per line.
// Usage: DecideBenchmark          measure
//        DecideBenchmark digest   the SHA-256 of the recorded 12,000 decisions

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

func microseconds(_ duration: Duration) -> Double {
    Double(duration.components.attoseconds) / 1e12 + Double(duration.components.seconds) * 1e6
}

/// With two digits after the point.
func text(_ value: Double) -> String {
    let digits = String(Int(value * 100 + 0.5))
    let padded = String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
    return "\(padded.dropLast(2)).\(padded.suffix(2))"
}

func measureDecide(rules: Int, addresses: Int) throws {
    let policy = try policy(rules: rules, addresses: addresses, limits: 4)
    let subject = try subject(addresses)
    let now = UnixTime(milliseconds: 1_790_932_443_000)
    func decide() -> Decision {
        policy.decide(subject, at: policy.moment(at: now)) { questions in
            Answers(
                usage: questions.limits.map {
                    LimitUsage(
                        limit: $0.limit, key: $0.key, since: $0.since, used: .zero(scale: 8),
                        count: 3)
                })
        }
    }
    guard decide().action == .allow else { throw NotAllowed() }
    let clock = ContinuousClock()
    var checksum = 0
    for _ in 0..<200 { checksum += decide().reasons.count }
    let samples = (0..<50).map { _ in
        microseconds(
            clock.measure { for _ in 0..<100 { checksum += decide().reasons.count } }) / 100
    }
    print(
        "{\"benchmark\":\"decide\",\"rules\":\(rules),\"addresses\":\(addresses),"
            + "\"median_us\":\(text(median(samples))),\"checksum\":\(checksum)}")
}

func measureLoad(rules: Int, addresses: Int, limits: Int) throws {
    let policy = try policy(rules: rules, addresses: addresses, limits: limits)
    let book = policy.addressBook
    var checksum = 0
    let elapsed = ContinuousClock().measure {
        let again = Policy(
            metadata: policy.metadata, settings: policy.settings,
            assets: Array(policy.assets.values), accounts: Array(policy.accounts.values),
            rules: policy.rules, limits: policy.limits,
            guards: Guards(lookalike: .init(prefix: 4, suffix: 4, action: .block)),
            addressBook: AddressBook(id: book.id, revision: book.revision, entries: book.entries))
        checksum = again.rules.count
    }
    print(
        "{\"benchmark\":\"policy\",\"rules\":\(rules),\"addresses\":\(addresses),"
            + "\"limits\":\(limits),\"milliseconds\":\(text(microseconds(elapsed) / 1_000)),\"checksum\":\(checksum)}"
    )
}

if CommandLine.arguments.dropFirst().first == "digest" {
    print(TestSHA256.hash(try RecordedDecisions.bytes(0..<RecordedDecisions.policies)))
} else {
    for (rules, addresses) in [
        (10, 1_000), (100, 1_000), (100, 10_000), (1_000, 10_000), (100, 100_000),
    ] {
        try measureDecide(rules: rules, addresses: addresses)
    }
    try measureLoad(rules: 1_000, addresses: 100_000, limits: 1_000)
}
