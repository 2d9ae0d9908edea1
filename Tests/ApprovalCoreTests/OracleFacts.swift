import AgentTestKit
import ApprovalCore

/// What a random case says, by docs/policy.md.
struct OracleFacts {
    let subject: RandomCase
    let type: String
    let account: String
    let destination: String?
    let entry: RandomPolicy.Entry?
    let isEntryActive: Bool
    let sent: Int?
    let fee: Int?
    let payer: String?
    let amount: Int?
    let reference: String?
    /// In the smallest unit; nil where it is not read or no amount of zero or more.
    let sendLimit: Int?
    /// Milliseconds from the sample's now.
    let created: Int?
    /// What a clock in Berlin shows; nil without a time zone.
    let clock: (weekday: String, minute: Int)?

    init(_ subject: RandomCase, _ policy: RandomPolicy) {
        self.subject = subject
        func text(_ name: String) -> String? {
            subject.members.first { $0.name == name }?.value.text.flatMap { $0.isEmpty ? nil : $0 }
        }
        type = text("type") ?? ""
        account = text("account_id") ?? ""
        let destination = text(type == "WITHDRAWAL" ? "address" : "receiver_account_id")
        self.destination = destination
        entry =
            type == "WITHDRAWAL"
            ? destination.flatMap { address in
                policy.book.first { Self.isSame($0, address) }
            } : nil
        let from = entry?.activeFrom ?? .min
        let to = entry?.expiresAt ?? .max
        isEntryActive = entry != nil && from <= subject.now && subject.now < to
        sent = text("amount").flatMap(Self.units).flatMap { $0 < 0 ? -$0 : nil }
        fee = text("fee_amount").flatMap(Self.units).flatMap { $0 < 0 ? nil : $0 }
        payer = text("fee_account_id")
        reference = text("reference")
        sendLimit = subject.sendLimit.flatMap(Self.units).flatMap { $0 < 0 ? nil : $0 }
        created = text("created_at").map { _ in subject.createdAt }
        clock = policy.hasZone ? Self.clock(subject.now) : nil
        guard policy.plusFee else {
            amount = sent
            return
        }
        if let sent, let fee, let payer {
            amount = payer == account ? sent + fee : sent
        } else {
            amount = nil
        }
    }

    /// AND of three values.
    static func all(_ values: [Bool?]) -> Bool? {
        if values.contains(false) { return false }
        return values.contains(nil) ? nil : true
    }

    private static func isSame(_ entry: RandomPolicy.Entry, _ address: String) -> Bool {
        let isFolded = entry.address.lowercased() == address.lowercased()
        switch entry.compare {
        case "hex_case_insensitive": return isFolded && address.hasPrefix("0x")
        case "bech32_case_insensitive":
            return isFolded
                && (address == address.lowercased() || address == address.uppercased())
        default: return Array(entry.address.utf8) == Array(address.utf8)
        }
    }

    private static func units(_ text: String) -> Int? {
        guard let decimal = DigitDecimal(text), decimal.scale <= 8 else { return nil }
        let scaled = decimal.rescaled(to: 8)
        if scaled.digits.isEmpty { return 0 }
        return Int(scaled.digits.map(String.init).joined()).map { scaled.negative ? -$0 : $0 }
    }

    /// Berlin in 2026, by hand: summer time ends 18 days and 16 hours after the sample's now.
    private static func clock(_ now: Int) -> (weekday: String, minute: Int) {
        let summerEnds = (18 * 24 + 16) * 3_600_000
        // The sample's now is Tuesday, 09:00 in UTC; the epoch of days is that Monday, 00:00.
        let sinceMonday = now + (24 + 9) * 3_600_000 + (now < summerEnds ? 2 : 1) * 3_600_000
        let day = 86_400_000
        let week = ((sinceMonday % (7 * day)) + 7 * day) % (7 * day)
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        return (names[week / day], week % day / 60_000)
    }
}
