import ApprovalCore

/// One member of an entry, and another value in its place.
struct Mutation: Sendable {
    /// The names on the way; a number is a place in an array.
    let path: [String]
    let value: JSONValue

    /// As the table names it: places in arrays left out.
    var name: String { path.filter { Int($0) == nil }.joined(separator: ".") }

    /// Each member that is no object or array, changed once.
    static func all(of value: JSONValue, at path: [String] = []) -> [Mutation] {
        switch value {
        case .object(let members):
            members.flatMap { all(of: $0.value, at: path + [$0.name]) }
        case .array(let elements):
            elements.enumerated().flatMap { all(of: $1, at: path + ["\($0)"]) }
        case .null: [Mutation(path: path, value: .string("x"))]
        case .bool(let bool): [Mutation(path: path, value: .bool(!bool))]
        case .number(let text):
            [Mutation(path: path, value: .integer((Int64(text) ?? 0) + 1))]
        case .string(let text): [Mutation(path: path, value: .string(other(than: text)))]
        }
    }

    /// Another text of the same form: a later time, another digit, another word.
    private static func other(than text: String) -> String {
        if let time = UnixTime(rfc3339: text), time.description == text {
            return time.advanced(byMilliseconds: 1).description
        }
        var bytes = Array(text.utf8)
        guard let last = bytes.indices.last(where: { (0x30...0x39).contains(bytes[$0]) }) else {
            return text + "x"
        }
        bytes[last] = bytes[last] == 0x39 ? 0x38 : bytes[last] + 1
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The entry with the change made.
    func applied(to value: JSONValue) -> JSONValue { Self.set(self.value, in: value, path[...]) }

    private static func set(
        _ new: JSONValue, in value: JSONValue, _ path: ArraySlice<String>
    ) -> JSONValue {
        guard let first = path.first else { return new }
        switch value {
        case .object(let members):
            return .object(
                members.map {
                    $0.name == first
                        ? JSONMember($0.name, set(new, in: $0.value, path.dropFirst())) : $0
                })
        case .array(let elements):
            return .array(
                elements.enumerated().map {
                    "\($0)" == first ? set(new, in: $1, path.dropFirst()) : $1
                })
        default: return value
        }
    }
}
