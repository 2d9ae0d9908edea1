// Texts are compared byte for byte; see `Verbatim`.

extension JSONValue {
    private enum Form: Hashable {
        case null
        case bool(Bool)
        case number(String)
        case string(Verbatim)
        case array([JSONValue])
        case object([JSONMember])
    }

    private var form: Form {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let text): .number(text)
        case .string(let text): .string(Verbatim(text))
        case .array(let elements): .array(elements)
        case .object(let members): .object(members)
        }
    }

    package static func == (left: Self, right: Self) -> Bool { left.form == right.form }

    package func hash(into hasher: inout Hasher) { form.hash(into: &hasher) }
}

extension JSONMember {
    package static func == (left: Self, right: Self) -> Bool {
        left.name.isVerbatim(right.name) && left.value == right.value
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(Verbatim(name))
        hasher.combine(value)
    }
}

extension Field {
    private enum Form: Hashable {
        case text(Verbatim)
        case null
        case absent
        case otherType
    }

    private var form: Form {
        switch self {
        case .text(let text): .text(Verbatim(text))
        case .null: .null
        case .absent: .absent
        case .otherType: .otherType
        }
    }

    package static func == (left: Self, right: Self) -> Bool { left.form == right.form }

    package func hash(into hasher: inout Hasher) { form.hash(into: &hasher) }
}
