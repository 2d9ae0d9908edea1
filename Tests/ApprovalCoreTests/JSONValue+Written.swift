import ApprovalCore

extension JSONValue {
    /// Plain JSON with every number as it was written; not canonical, so a second writer.
    var written: [UInt8] { Array(text(of: self).utf8) }

    private func text(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(text).joined(separator: " , ") + "]"
        case .object(let members):
            "{"
                + members.map { Self.quoted($0.name) + ": " + text(of: $0.value) }
                .joined(separator: ", ") + "}"
        }
    }

    /// Every character but letters and digits as `\uXXXX`.
    private static func quoted(_ text: String) -> String {
        let units = text.utf16.map { unit in
            let scalar = Unicode.Scalar(unit)
            if let scalar, scalar.isASCII, scalar.properties.isAlphabetic { return String(scalar) }
            let hex = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
        return "\"" + units.joined() + "\""
    }
}
