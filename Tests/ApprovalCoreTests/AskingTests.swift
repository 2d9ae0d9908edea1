import AgentTestKit
import ApprovalCore
import Testing

/// Every state that an asking of up to three people can come to, whoever answers what, in whatever
/// order, whichever creation of a request is lost, and whenever time runs out.
struct AskingTests {
    /// What an asking can be begun with: all orders, quorums and minima of one to three people.
    static let quorums: [Quorum] = {
        let names = ["anna", "bora", "carl"]
        var quorums: [Quorum] = []
        for count in 1...3 {
            for quorum in 1...count {
                guard
                    let group = try? Sample.group(
                        "board", Array(names.prefix(count)), quorum: quorum)
                else { continue }
                for minimum in 1...quorum {
                    quorums += Quorum.Order.allCases.map { Sample.quorum(group, minimum, $0) }
                }
            }
        }
        return quorums
    }()

    private static func begin(_ quorum: Quorum) throws -> Asking {
        Asking(
            quorum, of: try Sample.id("bda8720b93a2daf3ffac5a6fefaa87aaenty"),
            by: try Sample.id(Sample.requestID), since: Sample.now)
    }

    /// Everything that can be reached from the beginning of an asking.
    private static func states(_ quorum: Quorum) throws -> Set<Asking> {
        var reached: Set<Asking> = []
        var open = [try begin(quorum)]
        while let asking = open.popLast() {
            guard reached.insert(asking).inserted else { continue }
            open += try following(asking)
        }
        return reached
    }

    /// What one thing that happens makes of it.
    private static func following(_ asking: Asking) throws -> [Asking] {
        var following: [Asking] = []
        func change(_ change: (inout Asking) throws -> Void) rethrows {
            var changed = asking
            try change(&changed)
            following.append(changed)
        }
        for time in [asking.since, asking.expiresAt] {
            switch asking.next(at: time) {
            case .ask(let places):
                for place in places {
                    change { $0.members[place].begun += 1 }
                    try change {
                        $0.members[place].begun += 1
                        $0.members[place].requests.append(
                            try Sample.id("0000000000000000000000000000000\(place)aprq"))
                    }
                }
            case .stop(let end): change { $0.end = end }
            case .wait: break
            }
        }
        for place in asking.members.indices where asking.members[place].isThinking {
            change { $0.members[place].standing = .approved }
            change { $0.members[place].standing = .refused }
        }
        return following
    }

    @Test(arguments: quorums)
    func
        `nobody is asked more often than answers are lost, never too often, never after the end`(
            _ quorum: Quorum
        ) throws
    {
        for asking in try Self.states(quorum) {
            #expect(
                asking.members.allSatisfy { $0.begun <= Asking.mostBegun && $0.requests.count <= 1 }
            )
            for time in [asking.since, asking.expiresAt.advanced(byMilliseconds: -1)] {
                guard case .ask(let places) = asking.next(at: time) else { continue }
                #expect(asking.end == nil && !places.isEmpty)
                for place in places {
                    let asked = asking.members[place]
                    #expect(
                        asked.standing == .open && asked.requests.isEmpty
                            && asked.begun < Asking.mostBegun)
                }
            }
            for late in [asking.expiresAt, asking.expiresAt.advanced(byMilliseconds: 1)] {
                if case .ask = asking.next(at: late) { Issue.record("asked after the end") }
            }
        }
    }

    @Test(arguments: quorums)
    func `one after the other never has two people thinking, all at once asks everybody at once`(
        _ quorum: Quorum
    ) throws {
        var most = 0
        for asking in try Self.states(quorum) {
            most = max(most, asking.members.count(where: \.isThinking))
            guard case .ask(let places) = asking.next(at: asking.since) else { continue }
            let askable = asking.members.indices.filter {
                let asked = asking.members[$0]
                return asked.standing == .open && asked.requests.isEmpty
                    && asked.begun < Asking.mostBegun
            }
            switch quorum.order {
            case .sequential: #expect(places == Array(askable.prefix(1)))
            case .parallel: #expect(places == askable)
            }
        }
        #expect(most == (quorum.order == .sequential ? 1 : quorum.ask.count))
    }

    @Test(arguments: quorums)
    func `it stops as denied exactly where the quorum cannot be reached, and as expired in time`(
        _ quorum: Quorum
    ) throws {
        let needed = max(quorum.group.quorum, quorum.minApprovals)
        var ends: Set<Asking.Next> = []
        for asking in try Self.states(quorum) where asking.end == nil {
            let approved = asking.members.count { $0.standing == .approved }
            let lost = asking.members.count {
                $0.standing == .refused
                    || $0.standing == .open && $0.requests.isEmpty && $0.begun == Asking.mostBegun
            }
            #expect(asking.approvals == approved)
            #expect(asking.isGranted == (approved >= quorum.minApprovals))
            let isHopeless = asking.members.count - lost < needed
            let now = asking.next(at: asking.since)
            #expect((now == .stop(.denied)) == isHopeless)
            #expect(now != .stop(.expired))
            let late = asking.next(at: asking.expiresAt)
            let expected: Asking.Next =
                isHopeless ? .stop(.denied) : approved < needed ? .stop(.expired) : .wait
            #expect(late == expected)
            ends.insert(late)
        }
        #expect(ends == [.stop(.denied), .stop(.expired), .wait])
    }

    @Test(arguments: quorums)
    func `it waits only for somebody who thinks, and what has ended goes on no more`(
        _ quorum: Quorum
    ) throws {
        let needed = max(quorum.group.quorum, quorum.minApprovals)
        for asking in try Self.states(quorum) {
            guard asking.end == nil else {
                #expect(asking.next(at: asking.since) == .wait)
                #expect(asking.next(at: asking.expiresAt) == .wait)
                continue
            }
            guard asking.next(at: asking.since) == .wait, asking.approvals < needed else {
                continue
            }
            #expect(asking.members.contains { $0.isThinking })
        }
    }

    @Test(arguments: quorums)
    func `its record gives the same again, and its sentence says how each stands`(
        _ quorum: Quorum
    ) throws {
        let states = try Self.states(quorum)
        #expect(states.count > quorum.ask.count * 4)
        for asking in states {
            let bytes = try Sample.bytes(asking.json)
            #expect(Asking(json: try JSONValue(parsing: bytes)) == asking)
            // Once enough approved it, nobody is missing.
            let needed = max(quorum.group.quorum, quorum.minApprovals)
            for asked in asking.members
            where asking.approvals < needed || asked.standing == .approved {
                #expect(asking.sentence.contains(asked.member.name))
            }
            #expect(asking.sentence.contains("group board: \(asking.approvals) of "))
        }
    }

    @Test func `one person with two names counts once, and cannot be the second`() throws {
        let group = try Sample.group("board", ["anna", "bora"])
        let twin = GroupMember(
            name: "zora", entityID: group.members[0].entityID, methodID: group.members[1].methodID)
        let quorum = Quorum(
            group: PolicyGroup(
                name: "board", methodID: group.methodID, groupID: group.groupID, quorum: 2,
                members: [group.members[0], twin]), minApprovals: 2,
            ask: [group.members[0], twin], order: .parallel, expiresAfter: 1_000,
            onExpiry: .cancel)
        var asking = try Self.begin(quorum)
        #expect(asking.next(at: asking.since) == .stop(.denied))
        asking.members[0].standing = .approved
        asking.members[1].standing = .approved
        #expect(asking.approvals == 1 && !asking.isGranted)
        #expect(asking.next(at: asking.since) == .stop(.denied))
    }

    @Test func `a record with anything missing, or of another kind, is none`() throws {
        let group = try Sample.group()
        var asking = try Self.begin(Sample.quorum(group))
        asking.end = .groupChanged
        asking.members[0].requests = [try Sample.id(Sample.requestID)]
        #expect(Asking(json: asking.json) == asking)
        var spoilt = 0
        for spoiled in Self.spoiled(asking.json) where !Self.isSame(spoiled, asking.json) {
            let read = Asking(json: spoiled)
            #expect(read != asking, "\(spoiled)")
            if read == nil { spoilt += 1 }
        }
        #expect(spoilt > 60, "\(spoilt)")
    }

    private static func isSame(_ one: JSONValue, _ other: JSONValue) -> Bool {
        // The end of an asking follows from its beginning; it stands there for people.
        func told(_ value: JSONValue) -> [UInt8]? {
            guard case .object(let members) = value else { return nil }
            return JSONValue.object(members.filter { $0.name != "expires_at" }).canonicalBytes
        }
        return told(one) == told(other)
    }

    /// The same with each part in turn left out, null, or another number or text.
    private static func spoiled(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let members):
            members.indices.flatMap { place -> [JSONValue] in
                var without = members
                without.remove(at: place)
                return [.object(without)]
                    + spoiled(members[place].value).map {
                        var changed = members
                        changed[place] = JSONMember(members[place].name, $0)
                        return .object(changed)
                    }
            }
        case .array(let elements):
            elements.indices.flatMap { place -> [JSONValue] in
                var without = elements
                without.remove(at: place)
                return [.array(without)]
                    + spoiled(elements[place]).map {
                        var changed = elements
                        changed[place] = $0
                        return .array(changed)
                    }
            }
        case .string, .number, .bool, .null: [.null, .string("?"), .integer(-1)]
        }
    }
}

extension Asking.Asked {
    /// Asked, and without an answer.
    fileprivate var isThinking: Bool { standing == .open && !requests.isEmpty }
}

extension Quorum: CustomTestStringConvertible {
    package var testDescription: String {
        "\(minApprovals) of \(ask.count), quorum \(group.quorum), \(order.rawValue)"
    }
}
