internal import ApprovalCore

// `groups`: people at the platform, pinned as compliance knows them.
extension PolicyHead {
    /// The most members that a group may have: an entry must hold how each of them stands.
    private static let mostMembers: Int64 = 64
    /// In the tests of a policy this word says that nobody is asked.
    static let nobody = "none"

    mutating func readGroups(_ field: YAMLField?) {
        guard let field else {
            names.knowsGroups = true
            return
        }
        guard let fields = field.fields() else { return }
        names.knowsGroups = true
        let entries = fields.everyEntry()
        if entries.isEmpty {
            fields.report(.wrongType, "no group is defined", fix: "define one, or remove the key")
        }
        var users: [ApprovalMethodID: String] = [:]
        for (nameField, value) in entries {
            guard let name = Self.groupName(nameField) else { continue }
            let group = value.mapping { Self.group(name, $0, &users) }
            names.groups.updateValue(group, forKey: name)
        }
    }

    private static func groupName(_ field: YAMLField) -> String? {
        guard let name = field.name() else { return nil }
        guard name != nobody else {
            field.report(
                .wrongType, "in tests `none` means that nobody is asked",
                fix: "choose another name")
            return nil
        }
        return name
    }

    private static func group(
        _ name: String, _ fields: YAMLFields, _ users: inout [ApprovalMethodID: String]
    ) -> PolicyGroup? {
        let methodField = fields.required("approval_method_id")
        let methodID: ApprovalMethodID? = methodField?.identifier("an approval method id")
        let groupID = fields.required("approval_group_id")?.printable("an approval group id")
        let quorumField = fields.required("quorum")
        let quorum = quorumField?.integer(in: 1...mostMembers).map { Int($0) }
        let people = fields.required("members").flatMap { members($0, of: methodID) }
        if let methodID, let other = users.updateValue(name, forKey: methodID) {
            methodField?.report(
                .wrongType, "\(Shown.word(other)) has this approval method already",
                fix: "give each group one name")
        }
        if let quorum, let people, quorum > people.written {
            quorumField?.report(
                .unenforceableQuorum,
                "the group has \(people.written == 1 ? "1 member" : "\(people.written) members"),"
                    + " so \(quorum) can never approve",
                fix: "write the quorum and the members that the platform's group has")
            return nil
        }
        guard let methodID, let groupID, let quorum, let members = people?.read else { return nil }
        return PolicyGroup(
            name: name, methodID: methodID, groupID: groupID, quorum: quorum, members: members)
    }

    /// How many members are written, and those; nil where any of them is wrong.
    private static func members(
        _ field: YAMLField, of group: ApprovalMethodID?
    ) -> (written: Int, read: [GroupMember]?)? {
        guard let fields = field.fields() else { return nil }
        let entries = fields.everyEntry()
        guard !entries.isEmpty, entries.count <= Int(mostMembers) else {
            fields.report(
                .wrongType, entries.isEmpty ? "the group has no members" : "too many members",
                fix: "write 1 to \(mostMembers) of them")
            return nil
        }
        var people: [EntityID: String] = [:]
        var methods: [ApprovalMethodID: String] = [:]
        if let group { methods[group] = "the group itself" }
        let members = entries.compactMap { nameField, value -> GroupMember? in
            guard let name = nameField.name() else { return nil }
            return value.mapping { member(name, $0, &people, &methods) }
        }
        return (entries.count, members.count == entries.count ? members : nil)
    }

    private static func member(
        _ name: String, _ fields: YAMLFields, _ people: inout [EntityID: String],
        _ methods: inout [ApprovalMethodID: String]
    ) -> GroupMember? {
        let entityField = fields.required("entity_id")
        let entityID: EntityID? = entityField?.identifier("an entity id")
        let methodField = fields.required("approval_method_id")
        let methodID: ApprovalMethodID? = methodField?.identifier("an approval method id")
        if let entityID, let other = people.updateValue(name, forKey: entityID) {
            entityField?.report(
                .personTwice, "\(Shown.word(other)) is this entity already",
                fix: "one person counts once: write another entity, or remove the member")
        }
        if let methodID, let other = methods.updateValue(Shown.word(name), forKey: methodID) {
            methodField?.report(
                .personTwice, "\(other) has this approval method already",
                fix: "write the one by which this person approves")
        }
        guard let entityID, let methodID else { return nil }
        return GroupMember(name: name, entityID: entityID, methodID: methodID)
    }
}
