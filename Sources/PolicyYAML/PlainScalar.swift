/// What bare text means in the YAML 1.2 core schema. `yes`, `no`, `on` and `off` are text.
enum PlainScalar {
    static func isNull(_ text: String) -> Bool {
        switch text {
        case "", "~", "null", "Null", "NULL": true
        default: false
        }
    }

    /// Only the lower-case words; `True` and `TRUE` are neither text nor a truth value to rely on.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// `-?(0|[1-9][0-9]*)`, if it fits.
    static func integer(_ text: String) -> Int64? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return Int64(text)
    }

    /// Whether another reader of the core schema would take the text for a truth value.
    static func looksBoolean(_ text: String) -> Bool {
        switch text {
        case "true", "True", "TRUE", "false", "False", "FALSE": true
        default: false
        }
    }

    /// Whether a reader of the core schema would take the text for a number of any kind.
    static func isNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        switch text {
        case ".nan", ".NaN", ".NAN": return true
        default: break
        }
        if text.hasPrefix("0x") { return bytes.count > 2 && bytes.dropFirst(2).allSatisfy(isHex) }
        if text.hasPrefix("0o") { return bytes.count > 2 && bytes.dropFirst(2).allSatisfy(isDigit) }
        let sign = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
        let rest = sign ? bytes.dropFirst() : bytes[...]
        return isDecimal(rest) || [".inf", ".Inf", ".INF"].contains { rest.elementsEqual($0.utf8) }
    }

    /// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        let whole = takeDigits(&rest)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard takeDigits(&rest) + whole > 0 else { return false }
        } else if whole == 0 {
            return false
        }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
            rest = rest.dropFirst()
        }
        return takeDigits(&rest) > 0 && rest.isEmpty
    }

    private static func takeDigits(_ bytes: inout ArraySlice<UInt8>) -> Int {
        let digits = bytes.prefix(while: isDigit)
        bytes = bytes.dropFirst(digits.count)
        return digits.count
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
    }
}
