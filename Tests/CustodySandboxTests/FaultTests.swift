import CustodySandbox
import Testing

struct FaultTests {
    private func approve(
        _ partner: Partner, under fault: JSON
    ) throws -> (reply: Reply, state: JSON?) {
        let asked = try partner.ask()
        let transaction = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
        partner.control(
            "POST", "faults", ["match": ["endpoint": "approve"], "times": 1, "fault": fault])
        let reply = try partner.answer(asked, partner.message(asked, transaction))
        let state = try partner.get("\(Fixture.list)/\(Fixture.transaction)")["state"]
        return (reply, state)
    }

    @Test func `a status before the effect leaves the state alone`() throws {
        let partner = try Partner.ofFixture()
        let outcome = try approve(partner, under: ["kind": "status", "status": 503])
        #expect(outcome.reply.status == 503)
        #expect(outcome.state == "PENDING")
        #expect(try partner.report("approvals_attempted") == 0)
    }

    @Test func `a status after the effect hides it`() throws {
        let partner = try Partner.ofFixture()
        let outcome = try approve(
            partner, under: ["kind": "status", "status": 500, "when": "after"])
        #expect(outcome.reply.status == 500)
        #expect(outcome.state == "APPROVED")
    }

    @Test func `drop and truncate have their effect as told`() throws {
        let cases: [(JSON, Reply.Delivery, JSON)] = [
            (["kind": "drop"], .dropped, "PENDING"),
            (["kind": "drop", "when": "after"], .dropped, "APPROVED"),
            (["kind": "truncate"], .truncated, "APPROVED"),
            (["kind": "truncate", "when": "before"], .truncated, "PENDING"),
        ]
        for (fault, delivery, state) in cases {
            let outcome = try approve(try Partner.ofFixture(), under: fault)
            #expect(outcome.reply.delivery == delivery)
            #expect(outcome.state == state)
        }
    }

    @Test func `Retry-After is there exactly where it was asked for`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "faults",
            [
                ["times": 1, "fault": ["kind": "status", "status": 429, "retry_after": 7]],
                [
                    "times": 1,
                    "fault": ["kind": "status", "status": 429, "retry_after": .null],
                ],
            ])
        let first = try partner.call("GET", "/v1/assets")
        #expect(first.headers.map(\.value) == ["7"])
        #expect(first.headers.map(\.name) == ["Retry-After"])
        let second = try partner.call("GET", "/v1/assets")
        #expect(second.status == 429)
        #expect(second.headers.isEmpty)
        #expect(try partner.call("GET", "/v1/assets").status == 200)
    }

    @Test func `after, times, method and path select the requests`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "faults",
            [
                "match": ["method": "GET", "path_regex": "^/v1/assets$"], "after": 1, "times": 2,
                "fault": ["kind": "status", "status": 502],
            ])
        var statuses: [Int] = []
        for _ in 0..<5 { statuses.append(try partner.call("GET", "/v1/assets").status) }
        #expect(statuses == [200, 502, 502, 200, 200])
        #expect(try partner.call("GET", "/v1/entities").status == 200)
        #expect(try partner.report("faults_struck") == 2)
        partner.control("DELETE", "faults")
        #expect(partner.control("GET", "faults").json["items"] == [])
    }

    @Test func `latency adds up with what follows it`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "faults",
            [
                ["fault": ["kind": "latency", "milliseconds": 20]],
                ["fault": ["kind": "latency", "milliseconds": 30]],
                ["fault": ["kind": "status", "status": 500]],
            ])
        let reply = try partner.call("GET", "/v1/assets")
        #expect(reply.delayMilliseconds == 50)
        #expect(reply.status == 500)
    }

    @Test func `chances are the same for the same seed`() throws {
        let runs = try (0..<2).map { _ in
            let partner = try Partner.ofFixture(seed: 42)
            partner.control(
                "POST", "faults",
                ["probability": .number("0.5"), "fault": ["kind": "status", "status": 500]])
            return try (0..<40).map { _ in try partner.call("GET", "/v1/assets").status }
        }
        #expect(runs[0] == runs[1])
        #expect(Set(runs[0]) == [200, 500])
    }

    @Test func `a request that does not verify is refused before any fault`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "faults", ["fault": ["kind": "drop"]])
        let reply = partner.sandbox.respond(
            to: ReceivedRequest(method: "GET", target: "/v1/assets"))
        #expect(reply.status == 401)
        #expect(reply.delivery == .whole)
    }

    @Test(
        arguments: [
            ["fault": ["kind": "explode"]], ["fault": ["kind": "status", "status": 42]],
            ["match": ["endpoint": "everything"], "fault": ["kind": "drop"]],
            ["match": ["path_regex": "("], "fault": ["kind": "drop"]],
            ["probability": 2, "fault": ["kind": "drop"]],
            ["times": -1, "fault": ["kind": "drop"]],
            [:],
        ] as [JSON])
    func `a malformed rule is refused and says where`(rule: JSON) throws {
        let partner = try Partner.ofFixture()
        let reply = partner.control("POST", "faults", [rule])
        #expect(reply.status == 400)
        #expect(reply.json["message"]?.text?.hasPrefix("faults[0]") == true)
        #expect(partner.control("GET", "faults").json["items"] == [])
    }
}
