import CustodySandbox
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CallbackTests {
    private let partner: Partner

    init() throws { partner = try Partner.ofFixture() }

    /// Runs `body` with sandbox and endpoint listening.
    private func connected(
        _ endpoint: CallbackEndpoint, _ settings: JSON = [:],
        _ body: @escaping @Sendable (Partner, CallbackEndpoint) async throws -> Void
    ) async throws {
        let partner = partner
        try await endpoint.listening { url in
            var members = settings.members ?? []
            members.append(.init("url", .string(url)))
            try #require(partner.control("POST", "callbacks", .object(members)).status == 200)
            try await serving(partner.sandbox) { _ in try await body(partner, endpoint) }
        }
    }

    private static func create(_ partner: Partner, _ id: String) {
        partner.control(
            "POST", "transactions",
            ["id": .string(id), "account_id": .string(Fixture.account), "amount": "-0.1"])
    }

    private static func counts(_ partner: Partner, _ name: String) -> Int? {
        partner.control("GET", "callbacks").json["counts"]?[name]?.integer
    }

    @Test func `a created transaction is told as the guide shows it`() async throws {
        try await connected(CallbackEndpoint()) { partner, endpoint in
            Self.create(partner, "one")
            let callback = try #require(await endpoint.next(1).first)
            #expect(callback.method == "POST" && callback.path == "/callbacks")
            #expect(callback.type == "TRANSACTION")
            #expect(callback.location == "\(Fixture.list)/one")
            #expect(callback.body == ["id": "one"])
        }
    }

    @Test func `an approval and a cancel are told, a read is not`() async throws {
        try await connected(CallbackEndpoint()) { partner, endpoint in
            _ = try partner.get("\(Fixture.list)/\(Fixture.transaction)")
            _ = try partner.approve()
            Self.create(partner, "one")
            _ = try partner.call("POST", "\(Fixture.list)/one/cancel")
            let ids = await endpoint.next(3).map(\.id)
            #expect(ids == [Fixture.transaction, "one", "one"])
            #expect(Self.counts(partner, "noticed") == 3)
        }
    }

    @Test func `a withdrawal that the partner creates is told`() async throws {
        try await connected(CallbackEndpoint()) { partner, endpoint in
            let reply = try partner.call(
                "POST", "\(Fixture.list)/withdrawal",
                ["amount": "0.1", "address": "somewhere", "reference": "new"])
            let callback = await endpoint.next(1).first
            #expect(callback?.id == reply.json["transaction_id"]?.text)
        }
    }

    @Test func `a callback is sent again until the endpoint answers 2xx`() async throws {
        let endpoint = CallbackEndpoint(statuses: [500, 302, 404, 204])
        try await connected(endpoint, ["first_retry_milliseconds": 1]) { partner, endpoint in
            Self.create(partner, "one")
            #expect(await endpoint.next(4).map(\.id) == ["one", "one", "one", "one"])
            Self.create(partner, "two")
            #expect(await endpoint.next(1).first?.id == "two")
            #expect(Self.counts(partner, "failed") == 3)
            #expect(Self.counts(partner, "given_up") == 0)
        }
    }

    @Test func `an endpoint that never takes it is given up after the last attempt`() async throws {
        let endpoint = CallbackEndpoint(statuses: [503, 503])
        let settings: JSON = ["first_retry_milliseconds": 1, "max_attempts": 2]
        try await connected(endpoint, settings) { partner, endpoint in
            Self.create(partner, "one")
            #expect(await endpoint.next(2).count == 2)
            Self.create(partner, "two")
            #expect(await endpoint.next(1).first?.id == "two")
            #expect(Self.counts(partner, "given_up") == 1)
            #expect(Self.counts(partner, "sent") == 3)
        }
    }

    @Test func `an endpoint that does not answer in time is tried again`() async throws {
        let endpoint = CallbackEndpoint(statuses: [0])
        let settings: JSON = ["first_retry_milliseconds": 1, "timeout_milliseconds": 20]
        try await connected(endpoint, settings) { partner, endpoint in
            Self.create(partner, "one")
            #expect(await endpoint.next(2).map(\.id) == ["one", "one"])
        }
    }

    @Test func `callbacks are doubled as told`() async throws {
        try await connected(CallbackEndpoint(), ["duplicates": 1]) { partner, endpoint in
            Self.create(partner, "one")
            Self.create(partner, "two")
            #expect(await endpoint.next(4).map(\.id) == ["one", "one", "two", "two"])
        }
    }

    @Test func `callbacks are held back and come in reverse`() async throws {
        try await connected(CallbackEndpoint(), ["reorder": 2]) { partner, endpoint in
            for id in ["one", "two", "three", "four"] { Self.create(partner, id) }
            #expect(await endpoint.next(3).map(\.id) == ["three", "two", "one"])
            #expect(Self.counts(partner, "held") == 1)
            partner.control("POST", "callbacks/release")
            #expect(await endpoint.next(1).first?.id == "four")
        }
    }

    @Test func `each n-th callback is lost`() async throws {
        try await connected(CallbackEndpoint(), ["lose_every": 2]) { partner, endpoint in
            for id in ["one", "two", "three", "four", "five"] { Self.create(partner, id) }
            #expect(await endpoint.next(3).map(\.id) == ["one", "three", "five"])
            #expect(Self.counts(partner, "lost") == 2)
            partner.control("POST", "callbacks", ["lose_every": 1])
            Self.create(partner, "six")
            #expect(Self.counts(partner, "lost") == 3)
        }
    }

    @Test func `trades and closures are told on demand, and any text`() async throws {
        try await connected(CallbackEndpoint()) { partner, endpoint in
            partner.control("POST", "callbacks/send", ["resource_type": "TRADE", "id": "t1"])
            partner.control(
                "POST", "callbacks/send", ["resource_type": "CLOSURE_REQUEST", "id": "c1"])
            partner.control(
                "POST", "callbacks/send",
                ["resource_type": "TRANSACTION", "location": "//evil", "body": [1]])
            let callbacks = await endpoint.next(3)
            #expect(callbacks.map(\.type) == ["TRADE", "CLOSURE_REQUEST", "TRANSACTION"])
            #expect(callbacks[0].location == "/v1/trading/trades/t1")
            #expect(
                callbacks[1].location == "/v1/entities/\(Fixture.entity)/closure_requests/c1")
            #expect(callbacks[2].location == "//evil" && callbacks[2].body == [1])
        }
    }

    @Test func `what expires is told without a request`() async throws {
        try await connected(CallbackEndpoint()) { partner, endpoint in
            let scenario: JSON = ["settings": ["expiry_seconds": ["DSA_ED25519": 0]]]
            partner.control("POST", "scenario", scenario)
            _ = try partner.ask()
            #expect(await endpoint.next(1).first?.id == Fixture.transaction)
        }
    }

    @Test func `what was not delivered is sent after a restart`() async throws {
        partner.control("POST", "callbacks", ["url": "http://127.0.0.1:1/callbacks"])
        Self.create(partner, "one")
        partner.control("POST", "callbacks", ["reorder": 1])
        Self.create(partner, "two")
        let restored = try Partner(Sandbox(state: partner.sandbox.state))
        let endpoint = CallbackEndpoint()
        try await endpoint.listening { url in
            restored.control("POST", "callbacks", ["url": .string(url), "reorder": 0])
            try await serving(restored.sandbox) { _ in
                #expect(await endpoint.next(2).map(\.id) == ["one", "two"])
            }
        }
        #expect(Self.counts(restored, "noticed") == 2)
    }

    @Test(arguments: [
        "https://127.0.0.1:8480/", "http://example.com/", "http://10.0.0.1:80/", "127.0.0.1:80",
        "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1.example.com/",
        "http://user@127.0.0.1/", "http://127.0.0.1:80/a b", "http:///callbacks", "",
    ])
    func `callbacks go to loopback only`(url: String) throws {
        #expect(partner.control("POST", "callbacks", ["url": .string(url)]).status == 400)
        #expect(throws: ControlError.self) { try partner.sandbox.sendCallbacks(to: url) }
    }

    @Test(arguments: ["http://127.0.0.1:8480/callbacks", "http://localhost:1/", "http://[::1]:9/x"])
    func `a loopback address is taken`(url: String) throws {
        try partner.sandbox.sendCallbacks(to: url)
        #expect(partner.control("GET", "callbacks").json["url"]?.text == url)
    }

    @Test func `without an address nothing is kept`() {
        Self.create(partner, "one")
        #expect(Self.counts(partner, "noticed") == 0)
        let sent = partner.control("POST", "callbacks/send", ["resource_type": "TRADE"])
        #expect(sent.status == 400)
    }

    @Test func `more than the queue takes is counted and dropped`() {
        partner.control("POST", "callbacks", ["url": "http://127.0.0.1:1/"])
        partner.control(
            "POST", "transactions/generate",
            ["account_id": .string(Fixture.account), "count": 10_003])
        #expect(Self.counts(partner, "outstanding") == 10_000)
        #expect(Self.counts(partner, "overflowed") == 3)
    }

    @Test func `intervals double up to a minute`() {
        let intervals = RetryIntervals(firstMilliseconds: 200)
        let waits = (1...12).map { intervals.wait(afterAttempts: $0) }
        #expect(waits[0] == .milliseconds(200) && waits[1] == .milliseconds(400))
        #expect(waits[8] == .milliseconds(51_200) && waits[9] == .seconds(60))
        #expect(RetryIntervals(firstMilliseconds: .max).wait(afterAttempts: 99) == .seconds(60))
    }
}
