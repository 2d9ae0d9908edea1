/// An account as the platform shows it (guide, "Accounts").
package struct Account: Hashable, Sendable {
    package let id: AccountID
    package let entityID: EntityID
    package let assetID: AssetID
    /// The bytes that were parsed.
    package let bytes: [UInt8]

    /// Reads the body of `GET …/accounts/{id}`.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        id = try body.identifier("id")
        entityID = try body.identifier("entity_id")
        assetID = try body.identifier("asset_id")
        self.bytes = bytes
    }

    /// An account as the policy describes it, where the platform is not asked.
    package init(described account: PolicyAccount) {
        id = account.id
        entityID = account.entityID
        assetID = account.asset.id
        bytes = []
    }
}

/// An asset as the platform shows it (guide, "Assets").
package struct Asset: Hashable, Sendable {
    package let id: AssetID
    /// Fraction digits of its amounts.
    package let precision: UInt8

    /// Reads the body of `GET /assets/{id}`.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        id = try body.identifier("id")
        guard let precision = body["precision"]?.integer.flatMap(UInt8.init(exactly:)) else {
            throw MalformedBody("precision is not a whole number from 0 to 255")
        }
        self.precision = precision
    }
}

/// An approval method: our own of type DSA_ED25519, a group's, or one of a person
/// (guide, "ApprovalMethods").
package struct ApprovalMethod: Hashable, Sendable {
    package let id: ApprovalMethodID
    package let entityID: EntityID
    /// `DSA_ED25519`, `GROUP`, `SMS`, `AUTHY_PUSH`.
    package let type: String
    /// `PENDING`, `ACTIVATED`, `DEACTIVATED`.
    package let state: String
    /// The registered key; nil where it is absent or not 32 bytes of hexadecimal.
    package let publicKey: PublicKey?
    /// The group of a GROUP method; nil where it is absent or cannot be read.
    package let group: ApprovalGroup?
    /// Why `approval_group` cannot be read; nil where it can, or is absent.
    package let groupProblem: String?

    /// Reads the body of `GET …/approval_methods/{id}`.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        try self.init(body: JSONValue.parse(body: bytes))
    }

    /// Reads one item of a list.
    package init(body: JSONValue) throws(MalformedBody) {
        id = try body.identifier("id")
        entityID = try body.identifier("entity_id")
        type = try body.requiredText("type")
        state = try body.requiredText("state")
        publicKey = body["pub_key"]?.text.flatMap(PublicKey.init(hex:))
        guard let shown = body["approval_group"], shown != .null else {
            (group, groupProblem) = (nil, nil)
            return
        }
        do throws(MalformedBody) {
            (group, groupProblem) = (try ApprovalGroup(shown), nil)
        } catch { (group, groupProblem) = (nil, error.problem) }
    }
}

/// The approval methods of an entity, as a list shows them.
package struct ApprovalMethodList: Hashable, Sendable {
    package let methods: [ApprovalMethod]

    /// There are four types, and at most one method of each.
    static let maximumMethods = 64

    /// Reads the body of `GET …/approval_methods`.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        guard let items = body["items"]?.elements, items.count <= Self.maximumMethods else {
            throw MalformedBody("items is not an array of at most \(Self.maximumMethods)")
        }
        var methods: [ApprovalMethod] = []
        for item in items { methods.append(try ApprovalMethod(body: item)) }
        self.methods = methods
    }
}

/// The state of an approval request (OpenAPI 0.28). Any other is `unknown` and never answered.
package enum ApprovalRequestState: String, Hashable, Sendable {
    case creating = "CREATING"
    case pending = "PENDING"
    case approved = "APPROVED"
    case cancelled = "CANCELLED"
    case failed = "FAILED"
    case unknown
}

/// An approval request as the platform shows it (guide, "ApprovalRequests").
package struct ApprovalRequest: Hashable, Sendable {
    package let id: ApprovalRequestID
    /// The resource that it is for, as text: it is compared with what was asked.
    package let resourceID: String
    package let resourceType: String
    package let type: String
    package let state: ApprovalRequestState
    /// Absent in the guide's examples, required in OpenAPI; where present it must be ours.
    package let entityID: Field
    package let approvalMethodID: Field
    /// `challenge.attrs`, names and order as the server chose them; nil while there is none.
    package let challengeAttributes: [String]?
    /// The bytes that were parsed: the evidence of what was bound.
    package let bytes: [UInt8]

    /// Names that a challenge may have; a transaction has fewer fields.
    package static let maximumAttributes = 64

    /// Reads the body of `GET /approval_requests/{id}` or of its creation.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        id = try body.identifier("id")
        resourceID = try body.requiredText("resource_id")
        resourceType = try body.requiredText("resource_type")
        type = try body.requiredText("type")
        state = ApprovalRequestState(rawValue: try body.requiredText("state")) ?? .unknown
        entityID = Field(body["entity_id"])
        approvalMethodID = Field(body["approval_method_id"])
        challengeAttributes = try Self.attributes(of: body["challenge"])
        self.bytes = bytes
    }

    private static func attributes(
        of challenge: JSONValue?
    ) throws(MalformedBody) -> [String]? {
        guard let challenge, challenge != .null else { return nil }
        guard case .object = challenge else { throw MalformedBody("challenge is not an object") }
        guard let attributes = challenge["attrs"], attributes != .null else { return nil }
        guard let elements = attributes.elements else {
            throw MalformedBody("challenge.attrs is not an array")
        }
        guard elements.count <= maximumAttributes else {
            throw MalformedBody("challenge.attrs has more than \(maximumAttributes) names")
        }
        var names: [String] = []
        for element in elements {
            guard let name = element.text else {
                throw MalformedBody("challenge.attrs holds something that is not a string")
            }
            names.append(name)
        }
        return names
    }
}

extension Field {
    init(_ value: JSONValue?) {
        switch value {
        case nil: self = .absent
        case .null: self = .null
        case .string(let text): self = .text(text)
        case .bool, .number, .array, .object: self = .otherType
        }
    }
}

extension JSONValue {
    /// Parses a response body that must be one JSON object.
    static func parse(body bytes: [UInt8]) throws(MalformedBody) -> JSONValue {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw MalformedBody("not strict JSON: \(error)", isNotJSON: true)
        }
        guard case .object = value else { throw MalformedBody("not a JSON object") }
        return value
    }

    func requiredText(_ name: String) throws(MalformedBody) -> String {
        guard let text = self[name]?.text else { throw MalformedBody("\(name) is not a string") }
        return text
    }

    func identifier<Resource>(_ name: String) throws(MalformedBody) -> Identifier<Resource> {
        guard let id = Identifier<Resource>(try requiredText(name)) else {
            throw MalformedBody("\(name) is not 36 characters of 0-9 and a-z")
        }
        return id
    }
}
