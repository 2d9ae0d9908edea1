/// An entity as the platform shows it (guide, "Entities").
package struct Entity: Hashable, Sendable {
    package let id: EntityID
    /// `PARTNER`, `BUSINESS`, `PERSON`, `REPRESENTATIVE_PERSON`.
    package let type: String
    /// `ACTIVE`, and others in which it may not do everything; nil where the platform shows none,
    /// as in the guide's examples of PARTNER and BUSINESS.
    package let state: String?

    /// Reads the body of `GET /entities/{id}`.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        id = try body.identifier("id")
        type = try body.requiredText("type")
        switch Field(body["state"]) {
        case .absent, .null: state = nil
        case .text(let text): state = text
        case .otherType: throw MalformedBody("state is not a string")
        }
    }
}

/// The tier of an entity: how much it may send in an interval, in euros (guide, "Tiers").
package struct Tier: Hashable, Sendable {
    /// `send_limit`, in euros; nil where it cannot be read.
    package let sendLimit: String?

    package init(sendLimit: String?) { self.sendLimit = sendLimit }

    /// Reads the body of `GET /entities/{id}/tier`.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        self.init(sendLimit: body["send_limit"]?.text)
    }

    /// `{"send_limit"}`, as an entry keeps it; ``init(json:)`` gives the same again.
    package var json: JSONValue { .object(["send_limit": .optional(sendLimit)]) }

    /// Reads what ``json`` wrote; nil where it is anything else.
    package init?(json: JSONValue) {
        switch json["send_limit"] {
        case .null: self.init(sendLimit: nil)
        case .string(let text): self.init(sendLimit: text)
        default: return nil
        }
    }
}
