import AgentTestKit
import ApprovalCore
import Testing

/// A group that the platform shows otherwise than the policy pins it is not asked; and how the
/// platform's groups, entities and tiers are read.
struct GroupPinTests {
    private let group: PolicyGroup
    private let entity: EntityID

    init() throws {
        group = try Sample.group()
        entity = try Sample.id("880bbac68a34add190786b9c74f4c82fenty")
    }

    /// The group as the platform shows it where it is the pinned one.
    private var shown: [JSONMember] {
        [
            JSONMember("id", .string(group.groupID)), JSONMember("quorum", .integer(2)),
            JSONMember("members", .array(group.members.map { .string($0.entityID.text) })),
        ]
    }

    private func method(
        _ changes: KeyValuePairs<String, JSONValue?> = [:], group: JSONValue? = nil
    ) throws -> ApprovalMethod {
        var members = [
            JSONMember("id", .string(self.group.methodID.text)),
            JSONMember("entity_id", .string(entity.text)), JSONMember("type", .string("GROUP")),
            JSONMember("state", .string("ACTIVATED")),
            JSONMember("approval_group", group ?? .object(shown)),
        ]
        for (name, value) in changes {
            members.removeAll { $0.name == name }
            if let value { members.append(JSONMember(name, value)) }
        }
        return try ApprovalMethod(bytes: Sample.bytes(.object(members)))
    }

    private func groupWith(_ name: String, _ value: JSONValue) -> JSONValue {
        .object(shown.filter { $0.name != name } + [JSONMember(name, value)])
    }

    private func codes(_ method: ApprovalMethod) -> String? {
        group.difference(from: method, of: entity)?.code
    }

    @Test func `the pinned group is no other, in whatever order its members are shown`() throws {
        #expect(codes(try method()) == nil)
        let reversed = group.members.reversed().map { JSONValue.string($0.entityID.text) }
        #expect(codes(try method(group: groupWith("members", .array(reversed)))) == nil)
    }

    @Test func `whatever differs from the pin is told, and nobody is asked`() throws {
        let other = "0000000000000000000000000000000"
        let people = group.members.map { JSONValue.string($0.entityID.text) }
        let stranger = JSONValue.string(other + "9enty")
        let changed = [
            try method(["id": .string(other + "9apmt")]),
            try method(["entity_id": stranger]),
            try method(["type": .string("group")]), try method(["state": .string("PENDING")]),
            try method(group: groupWith("id", .string(group.groupID + " "))),
            try method(group: groupWith("quorum", .integer(1))),
            try method(group: groupWith("quorum", .integer(3))),
            try method(group: groupWith("members", .array(Array(people.dropLast())))),
            try method(group: groupWith("members", .array(people + [stranger]))),
            try method(group: groupWith("members", .array(people.dropLast() + [stranger]))),
            try method(group: groupWith("members", .array(people + [people[0]]))),
            try method(group: groupWith("members", .array([]))),
        ]
        for method in changed { #expect(codes(method) == "GROUP_CHANGED") }
        let messages = changed.compactMap {
            group.difference(from: $0, of: entity)?.message
        }
        #expect(messages.allSatisfy { $0.contains("group board is not what the policy pins") })
        #expect(messages[5].contains("its quorum is 1, and the policy pins 2"))
    }

    @Test func `a group that is not shown, or not readable, is no reason to ask`() throws {
        for method in [
            try method(["approval_group": nil]), try method(["approval_group": .null]),
            try method(group: .array([])), try method(group: .object([])),
            try method(group: groupWith("id", .string(""))),
            try method(group: groupWith("id", .string(String(repeating: "a", count: 129)))),
            try method(group: groupWith("quorum", .integer(0))),
            try method(group: groupWith("quorum", .string("2"))),
            try method(group: groupWith("quorum", .null)),
            try method(group: groupWith("members", .null)),
            try method(group: groupWith("members", .array([.integer(1)]))),
            try method(group: groupWith("members", .array([.string("anna")]))),
            try method(
                group: groupWith(
                    "members",
                    .array(Array(repeating: .string(entity.text), count: 257)))),
        ] {
            #expect(codes(method) == "GROUP_UNREADABLE")
        }
    }

    @Test func `an entity has an id and a type, and perhaps a state`() throws {
        func entity(_ state: JSONValue?) throws -> Entity {
            try Entity(
                bytes: Sample.bytes(
                    .object([
                        "id": .string(self.entity.text), "type": .string("BUSINESS"),
                        "state": state,
                    ])))
        }
        let read = try entity(.string("ACTIVE"))
        #expect(read.id == self.entity && read.type == "BUSINESS" && read.state == "ACTIVE")
        #expect(try entity(nil).state == nil && entity(.null).state == nil)
        #expect(throws: MalformedBody.self) { try entity(.integer(1)) }
        #expect(throws: MalformedBody.self) { try Entity(bytes: Array("{}".utf8)) }
    }

    @Test func `a tier has the text of its limit, and nothing where that is none`() throws {
        func limit(_ body: String) throws -> String? {
            try Tier(bytes: Array(body.utf8)).sendLimit
        }
        #expect(try limit("{\"send_limit\":\"15000.00\",\"level\":1}") == "15000.00")
        #expect(try limit("{\"send_limit\":15000}") == nil)
        #expect(try limit("{\"send_limit\":null}") == nil)
        #expect(try limit("{}") == nil)
        #expect(throws: MalformedBody.self) { try limit("[]") }
    }
}
