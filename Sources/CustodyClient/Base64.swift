private let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

extension [UInt8] {
    /// Base64 with padding, on one line (RFC 4648, section 4).
    package var base64: String {
        var text: [UInt8] = []
        text.reserveCapacity((count + 2) / 3 * 4)
        var start = 0
        while start < count {
            let (second, third) = (start + 1 < count, start + 2 < count)
            let bits =
                Int(self[start]) << 16 | (second ? Int(self[start + 1]) << 8 : 0)
                | (third ? Int(self[start + 2]) : 0)
            text.append(alphabet[bits >> 18])
            text.append(alphabet[bits >> 12 & 63])
            text.append(second ? alphabet[bits >> 6 & 63] : UInt8(ascii: "="))
            text.append(third ? alphabet[bits & 63] : UInt8(ascii: "="))
            start += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}
