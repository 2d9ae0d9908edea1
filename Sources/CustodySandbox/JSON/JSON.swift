/// A JSON value that keeps the order of members, duplicate names and the text of numbers,
/// so that the sandbox can also write what a strict reader must refuse.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The literal as it stands in the text.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])
    /// Written as it is, valid or not. The parser never makes it.
    case raw(String)

    /// One name and its value.
    package struct Member: Sendable, Equatable {
        /// The name, decoded.
        package let name: String
        /// The value.
        package var value: JSON

        /// A member.
        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The value of the last member of that name; nil where this is no object or has none.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The text of a string; nil for every other value.
    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The whole number of a number literal without fraction or exponent; nil otherwise.
    package var integer: Int? {
        if case .number(let literal) = self { return Int(literal) }
        return nil
    }

    /// The truth of a boolean; nil for every other value.
    package var truth: Bool? {
        if case .bool(let truth) = self { return truth }
        return nil
    }

    /// The elements of an array; nil for every other value.
    package var elements: [JSON]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The members of an object in order; nil for every other value.
    package var members: [Member]? {
        if case .object(let members) = self { return members }
        return nil
    }

    static func integer(_ value: Int) -> JSON { .number(String(value)) }

    static func texts(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }

    static func optional(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral
{
    /// An object with the members in the order written.
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }

    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }

    /// An array.
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// A boolean.
    package init(booleanLiteral value: Bool) { self = .bool(value) }

    /// A whole number.
    package init(integerLiteral value: Int) { self = .number(String(value)) }
}

extension [JSON.Member] {
    func value(_ name: String) -> JSON? { last { $0.name == name }?.value }

    func text(_ name: String) -> String? { value(name)?.text }

    /// Replaces the last member of that name, or appends one.
    mutating func set(_ name: String, _ value: JSON) {
        if let index = lastIndex(where: { $0.name == name }) {
            self[index].value = value
        } else {
            append(JSON.Member(name, value))
        }
    }
}
