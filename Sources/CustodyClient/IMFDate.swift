package import ApprovalCore

extension UnixTime {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that a server may send (RFC 9110,
    /// section 5.6.7). Nil for the two obsolete forms, a wrong day of the week or a leap second.
    package init?(imfDate text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 29, Self.text(bytes[3..<5]) == ", ", bytes[7] == 0x20,
            bytes[11] == 0x20, bytes[16] == 0x20, Self.text(bytes[25...]) == " GMT",
            let weekday = Self.weekdays.firstIndex(of: Self.text(bytes[..<3])),
            let month = Self.months.firstIndex(of: Self.text(bytes[8..<11]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        let date = "\(Self.text(bytes[12..<16]))-\(number)-\(Self.text(bytes[5..<7]))"
        self.init(rfc3339: "\(date)T\(Self.text(bytes[17..<25]))Z")
        // 1970-01-01 was a Thursday.
        let days = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        guard ((days + 4) % 7 + 7) % 7 == Int64(weekday) else { return nil }
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
