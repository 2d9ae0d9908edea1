/// One parsed JSON value. Numbers keep their text; members keep their order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number exactly as it was written.
    case number(String)
    /// The decoded text.
    case string(String)
    case array([JSONValue])
    /// INVARIANT: I2. Names are distinct byte for byte; the parser refuses duplicates.
    case object([JSONMember])
}

/// A name and its value in a JSON object.
package struct JSONMember: Hashable, Sendable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue {
    /// The value of a member, found byte for byte; nil where this is no object or has no such
    /// member.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        // By place: an element that is taken out is copied, which takes longer than comparing it.
        for place in members.indices where members[place].name.isVerbatim(name) {
            return members[place].value
        }
        return nil
    }

    /// The decoded text; nil where this is no string.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements; nil where this is no array.
    package var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// A whole number in plain digits within Int64; nil for everything else.
    package var integer: Int64? {
        guard case .number(let text) = self, text.utf8.allSatisfy({ $0 != 0x2B }) else {
            return nil
        }
        return Int64(text)
    }

    /// A number member made from an integer.
    package static func integer(_ value: some BinaryInteger) -> JSONValue {
        .number(String(value))
    }

    /// The text, or null where there is none.
    package static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// An object from names and values; members whose value is nil are left out.
    package static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { JSONMember(name, $0) } })
    }
}
