/// `approval_group` of an approval method of type GROUP (OpenAPI 0.28).
package struct ApprovalGroup: Hashable, Sendable {
    package let id: String
    /// How many members must approve.
    package let quorum: Int64
    /// As the platform lists them.
    package let members: [EntityID]

    /// Members that a group may have.
    static let maximumMembers = 256

    /// Reads the member `approval_group` of an approval method.
    init(_ body: JSONValue) throws(MalformedBody) {
        id = try body.requiredText("id")
        guard !id.isEmpty, id.utf8.count <= 128 else {
            throw MalformedBody("approval_group.id is empty or too long")
        }
        guard let quorum = body["quorum"]?.integer, quorum > 0 else {
            throw MalformedBody("approval_group.quorum is not a whole number above 0")
        }
        self.quorum = quorum
        guard let elements = body["members"]?.elements, elements.count <= Self.maximumMembers
        else {
            throw MalformedBody(
                "approval_group.members is not an array of at most \(Self.maximumMembers)")
        }
        var members: [EntityID] = []
        for element in elements {
            guard let id = element.text.flatMap(EntityID.init) else {
                throw MalformedBody("approval_group.members holds something that is no id")
            }
            members.append(id)
        }
        self.members = members
    }
}
