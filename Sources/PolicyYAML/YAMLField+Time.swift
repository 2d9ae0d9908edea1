internal import ApprovalCore

extension YAMLField {
    /// A moment in UTC (RFC 3339, `Z`), in quotes; bare is E020.
    func time() -> UnixTime? {
        let example = "write UTC, such as \"2026-10-01T08:00:00Z\""
        if let bare = node.plainText, !node.isPlainNull {
            report(
                .unquoted, "a time must be a quoted string",
                fix: UnixTime(rfc3339: bare) == nil ? example : "write \(Shown.quoted(bare))")
            return nil
        }
        guard let text = quotedString("a time") else { return nil }
        if let time = UnixTime(rfc3339: text) { return time }
        report(.wrongType, "\(Shown.quoted(text)) is not a time", fix: example)
        return nil
    }

    /// A time of day in quotes, as minutes after midnight: 0 to 1439, and 1440 (`"24:00"`) where
    /// it ends a span. Bare is E020.
    func minuteOfDay(asEnd: Bool) -> Int? {
        guard let text = quotedString("a time of day") else { return nil }
        let latest = asEnd ? 1_440 : 1_439
        if let minute = Self.minute(Array(text.utf8)), minute <= latest { return minute }
        report(
            .wrongType, "\(Shown.quoted(text)) is not a time of day",
            fix: "write hours and minutes, \"00:00\" to \(asEnd ? "\"24:00\"" : "\"23:59\"")")
        return nil
    }

    private static func minute(_ bytes: [UInt8]) -> Int? {
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        return minute < 60 ? hour * 60 + minute : nil
    }
}
