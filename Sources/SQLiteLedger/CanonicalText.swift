import ApprovalCore

/// A value as text that is the same in every process, whatever the order of its sets: two values
/// with equal text are equal. A field that is added to a type changes the text.
func canonicalText(_ value: Any) -> String {
    switch value {
    case let text as String: return "\(text.utf8.count):\(text)"
    case let number as any BinaryInteger: return "\(number)"
    case let flag as Bool: return "\(flag)"
    default: break
    }
    let mirror = Mirror(reflecting: value)
    let children = mirror.children.map { ($0.label, canonicalText($0.value)) }
    switch mirror.displayStyle {
    case .optional: return children.first.map { "some(\($0.1))" } ?? "nil"
    case .set, .dictionary:
        return "{"
            + children.map(\.1).map(Verbatim.init).sorted().map(\.text)
            .joined(separator: ",") + "}"
    case .collection: return "[" + children.map(\.1).joined(separator: ",") + "]"
    case .enum where children.isEmpty: return "\(mirror.subjectType).\(value)"
    default:
        let fields = children.map { ($0.0 ?? "") + "=" + $0.1 }
        return "\(mirror.subjectType)(" + fields.joined(separator: ",") + ")"
    }
}
