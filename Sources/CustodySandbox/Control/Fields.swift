/// Why a control call or a scenario was refused; the message says where and what is accepted.
package struct ControlError: Error, Equatable {
    /// The HTTP status of the answer.
    package let status: Int
    /// For a person.
    package let message: String

    init(_ message: String, status: Int = 400) {
        self.status = status
        self.message = message
    }
}

/// A JSON object whose member names are checked against what is accepted.
struct Fields {
    let members: [JSON.Member]
    let place: String

    init(_ json: JSON, at place: String, accepts: [String]) throws(ControlError) {
        guard let members = json.members else {
            throw ControlError("\(place): expected an object")
        }
        for member in members where !accepts.contains(member.name) {
            throw ControlError(
                "\(place): unknown key \"\(member.name)\"; accepted: "
                    + accepts.joined(separator: ", "))
        }
        self.members = members
        self.place = place
    }

    /// The value; nil where it is absent or null.
    subscript(name: String) -> JSON? {
        guard let value = members.value(name), value != .null else { return nil }
        return value
    }

    private func wrong(_ name: String, _ expected: String) -> ControlError {
        ControlError("\(place).\(name): expected \(expected)")
    }

    func text(_ name: String) throws(ControlError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.text else { throw wrong(name, "a string") }
        return text
    }

    func required(_ name: String) throws(ControlError) -> String {
        guard let text = try text(name) else { throw wrong(name, "a string") }
        return text
    }

    func requiredValue(_ name: String) throws(ControlError) -> JSON {
        guard let value = members.value(name) else { throw wrong(name, "a value") }
        return value
    }

    func truth(_ name: String) throws(ControlError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard let truth = value.truth else { throw wrong(name, "true or false") }
        return truth
    }

    func integer(_ name: String) throws(ControlError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let integer = value.integer else { throw wrong(name, "a whole number") }
        return integer
    }

    func count(_ name: String) throws(ControlError) -> Int? {
        guard let integer = try integer(name) else { return nil }
        if integer < 0 { throw wrong(name, "a whole number of 0 or more") }
        return integer
    }

    func amount(_ name: String) throws(ControlError) -> ExactAmount? {
        guard let text = try text(name) else { return nil }
        guard let amount = ExactAmount(text) else { throw wrong(name, "a decimal in a string") }
        return amount
    }

    func fraction(_ name: String) throws(ControlError) -> Double? {
        guard let value = self[name] else { return nil }
        guard case .number(let text) = value, let fraction = Double(text),
            (0...1).contains(fraction)
        else { throw wrong(name, "a number from 0 to 1") }
        return fraction
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(ControlError) -> Choice? where Choice.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let accepted = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw wrong(name, "one of \(accepted)")
        }
        return choice
    }

    func list(_ name: String) throws(ControlError) -> [JSON] {
        guard let value = self[name] else { return [] }
        guard let elements = value.elements else { throw wrong(name, "a list") }
        return elements
    }
}

/// A list of strings.
func texts(_ json: JSON, at place: String) throws(ControlError) -> [String] {
    guard let elements = json.elements else {
        throw ControlError("\(place): expected a list of strings")
    }
    var texts: [String] = []
    for element in elements {
        guard let text = element.text else {
            throw ControlError("\(place): expected a list of strings")
        }
        texts.append(text)
    }
    return texts
}
