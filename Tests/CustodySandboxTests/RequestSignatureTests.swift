import CustodySandbox
import Foundation
import Testing

struct RequestSignatureTests {
    private func message(_ reply: Reply) -> String { reply.json["message"]?.text ?? "" }

    @Test func `a signed request is answered`() throws {
        let partner = try Partner.ofFixture()
        let reply = try partner.call("GET", "/v1/entities/\(Fixture.entity)")
        #expect(reply.status == 200)
        #expect(reply.json["type"] == "PARTNER")
    }

    @Test func `a body that is not the digested one is refused`() throws {
        let partner = try Partner.ofFixture()
        var request = try partner.request("POST", "/v1/approval_requests", [:])
        request.body = Array("{\"a\":1}".utf8)
        let reply = partner.sandbox.respond(to: request)
        #expect(reply.status == 401)
        #expect(message(reply).contains("Digest"))
    }

    @Test func `a nonce works once for ever`() throws {
        let partner = try Partner.ofFixture()
        let first = try partner.request("GET", "/v1/assets", nonce: "n1")
        #expect(partner.sandbox.respond(to: first).status == 200)
        let again = try partner.request("GET", "/v1/entities", nonce: "n1")
        #expect(partner.sandbox.respond(to: again).status == 401)
        #expect(try partner.report("nonces_reused") == 1)
    }

    @Test func `a nonce of 33 characters is refused`() throws {
        let partner = try Partner.ofFixture()
        let long = String(repeating: "a", count: 33)
        let request = try partner.request("GET", "/v1/assets", nonce: long)
        #expect(partner.sandbox.respond(to: request).status == 401)
        let fitting = try partner.request("GET", "/v1/assets", nonce: String(long.dropFirst()))
        #expect(partner.sandbox.respond(to: fitting).status == 200)
    }

    @Test(arguments: [(30, false), (-290, true), (-310, false), (0, true)])
    func `created must be neither ahead nor old`(offset: Int, accepted: Bool) throws {
        let partner = try Partner.ofFixture()
        let request = try partner.request(
            "GET", "/v1/assets", created: Partner.now + offset)
        #expect((partner.sandbox.respond(to: request).status == 200) == accepted)
    }

    @Test func `created is measured with the sandbox's own clock`() throws {
        let partner = try Partner.ofFixture()
        partner.control("POST", "clock", ["advance_seconds": 1000])
        #expect(try partner.call("GET", "/v1/assets").status == 401)
        let request = try partner.request("GET", "/v1/assets", created: Partner.now + 1000)
        #expect(partner.sandbox.respond(to: request).status == 200)
    }

    @Test func `an unknown key is refused`() throws {
        let partner = try Partner.ofFixture()
        let request = try partner.request("GET", "/v1/assets", keyID: "nobody")
        let reply = partner.sandbox.respond(to: request)
        #expect(reply.status == 401)
        #expect(message(reply).contains("keyId"))
    }

    @Test func `another registered key does not verify`() throws {
        let partner = try Partner.ofFixture()
        partner.control(
            "POST", "scenario",
            [
                "keys": [
                    [
                        "key_id": "partner-2",
                        "pub_key":
                            "d7be9b9a905185869bf063d36587722646b44e15d6c577e7523187614f79cca9",
                    ]
                ]
            ])
        let request = try partner.request("GET", "/v1/assets", keyID: "partner-2")
        let reply = partner.sandbox.respond(to: request)
        #expect(reply.status == 401)
        #expect(message(reply).contains("does not verify"))
    }

    @Test(arguments: ["/v1/assets?x=1", "/v1/assets/", "/v1/Assets", "/v1/%61ssets"])
    func `a changed target is refused`(target: String) throws {
        let partner = try Partner.ofFixture()
        var request = try partner.request("GET", "/v1/assets")
        request.target = target
        #expect(partner.sandbox.respond(to: request).status == 401)
        #expect(try partner.report("signature_failures") == 1)
    }

    @Test(arguments: ["digest", "x-nonce", "signature"])
    func `a missing header is refused`(name: String) throws {
        let partner = try Partner.ofFixture()
        var request = try partner.request("GET", "/v1/assets")
        request.headers.removeAll { $0.name == name }
        #expect(partner.sandbox.respond(to: request).status == 401)
    }

    @Test(arguments: [
        ("algorithm=\"hs2019\"", "algorithm=\"ed25519\""),
        ("created=", "created=\"1\",x="), ("created=", "created=1.5,x="),
        (" x-nonce\"", "\""), ("keyId=", "keyid="), ("algorithm=", "keyId=\"a\",algorithm="),
    ])
    func `a malformed signature header is refused`(part: String, instead: String) throws {
        let partner = try Partner.ofFixture()
        var request = try partner.request("GET", "/v1/assets")
        let before = request.headers[2].value
        request.headers[2].value = before.replacing(part, with: instead)
        try #require(request.headers[2].value != before)
        let reply = partner.sandbox.respond(to: request)
        #expect(reply.status == 401)
        #expect(message(reply).contains("malformed"))
    }

    @Test func `a refused request spends no nonce and has no effect`() throws {
        let partner = try Partner.ofFixture()
        var forged = try partner.request(
            "POST", "\(Fixture.list)/\(Fixture.transaction)/cancel", nonce: "n2")
        forged.method = "PUT"
        #expect(partner.sandbox.respond(to: forged).status == 401)
        let honest = try partner.request("GET", "/v1/assets", nonce: "n2")
        #expect(partner.sandbox.respond(to: honest).status == 200)
    }

    @Test func `every published signature verifies or fails as the vectors say`() throws {
        let vectors = try Vectors.load()["http_signature"]?.elements ?? []
        try #require(vectors.count == 8)
        for vector in vectors {
            let text = { (name: String) in vector[name]?.text ?? "" }
            let request = ReceivedRequest(
                method: text("method"), target: text("request_target"),
                headers: [
                    ("digest", text("digest")), ("x-nonce", text("x_nonce")),
                    ("signature", text("signature_header")),
                ], body: Array(text("body_utf8").utf8))
            let signature = try RequestSignature(request)
            #expect(signature.keyID == text("key_id"))
            var verifies = true
            do throws(SignatureFailure) {
                try signature.verify(
                    request, publicKey: Partner.bytes(text("pub_hex")),
                    now: UnixTime(seconds: vector["created"]?.integer ?? 0), maxAge: 300,
                    maxAhead: 1)
            } catch {
                #expect(error == .wrongSignature, "\(text("name"))")
                verifies = false
            }
            #expect(
                verifies == vector["must_verify_as_pure_ed25519"]?.truth, "\(text("name"))")
        }
    }

    @Test func `every digest of the vectors is the one that is demanded`() throws {
        let partner = try Partner.ofFixture()
        let vectors = try Vectors.load()["digest_header"]?.elements ?? []
        try #require(vectors.count == 5)
        for vector in vectors {
            var request = try partner.request("GET", "/v1/assets")
            request.body = Array((vector["body_utf8"]?.text ?? "").utf8)
            request.headers[0].value = vector["digest"]?.text ?? ""
            let failure = #expect(throws: SignatureFailure.self) {
                try RequestSignature(request).verify(
                    request, publicKey: nil, now: UnixTime(seconds: Partner.now), maxAge: 300,
                    maxAhead: 1)
            }
            #expect(failure == .unknownKey)
        }
    }
}

enum Vectors {
    static func load() throws -> JSON {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Vectors/solaris-excerpt.json")
        return try JSON(parsing: Array(Data(contentsOf: file)))
    }
}
