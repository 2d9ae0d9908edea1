/// Characters that a reviewed file may not contain, because what is read would not be what is
/// seen: tabs, control characters, line breaks that only some readers know, and characters that
/// are invisible or turn the direction of the text.
enum RefusedCharacter: Hashable {
    case tab
    case control
    case lineBreak
    case invisible
    /// Looks like a space and is none; refused in labels and tags alone.
    case blank

    /// The reason to refuse `scalar`, if there is one. LF is fine, and so is CR before LF, which
    /// the caller has taken out.
    init?(inValue scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x0A, 0x20...0x7E, 0xA0...0xAC, 0xAE...0x2FF: return nil
        case 0x09: self = .tab
        case 0x0D, 0x85, 0x2028, 0x2029: self = .lineBreak
        case 0x00...0x1F, 0x7F...0x9F: self = .control
        case _ where scalar.value & 0xFFFE == 0xFFFE: self = .control
        case 0xFDD0...0xFDEF: self = .control
        case _ where scalar.properties.generalCategory == .format: self = .invisible
        default: return nil
        }
    }

    /// The reason to refuse `scalar` in a label or tag, which must not look like another one: also
    /// whatever is not drawn, and every space but the one of the keyboard.
    init?(inLabel scalar: Unicode.Scalar) {
        if (0x20...0x7E).contains(scalar.value) { return nil }
        if let refused = Self(inValue: scalar) {
            self = refused
        } else if scalar.properties.isDefaultIgnorableCodePoint {
            self = .invisible
        } else if scalar.properties.generalCategory == .spaceSeparator || scalar == "\u{2800}" {
            self = .blank
        } else {
            return nil
        }
    }

    func message(_ scalar: Unicode.Scalar) -> String {
        switch self {
        case .tab: "tabs are not allowed"
        case .control: "the control character \(Shown.code(scalar)) is not allowed"
        case .lineBreak: "the line break \(Shown.code(scalar)) is not allowed"
        case .invisible: "the invisible character \(Shown.code(scalar)) is not allowed"
        case .blank: "the character \(Shown.code(scalar)), which looks like a space, is not allowed"
        }
    }

    var fix: String {
        switch self {
        case .tab: "write spaces"
        case .control, .invisible: "remove it"
        case .lineBreak: "end lines with LF or CRLF"
        case .blank: "write a space"
        }
    }

    /// What stands in its place while the rest of the file is checked.
    var replacement: UInt8 {
        switch self {
        case .tab, .lineBreak, .blank: UInt8(ascii: " ")
        case .control, .invisible: UInt8(ascii: "_")
        }
    }
}
