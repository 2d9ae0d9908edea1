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

    /// Reads base64 with padding, on one line; nil for anything else, such as a character out of
    /// place or bits that no byte uses: each value has one form.
    package init?(base64 text: String) {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        let padding = characters.suffix(2).count { $0 == UInt8(ascii: "=") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        var bits = 0
        for (index, character) in characters.dropLast(padding).enumerated() {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | value
            let filled = index % 4
            if filled > 0 { bytes.append(UInt8(bits >> (6 - 2 * filled) & 0xFF)) }
            bits &= 0xFFF
        }
        guard bytes.base64.utf8.elementsEqual(characters) else { return nil }
        self = bytes
    }
}
