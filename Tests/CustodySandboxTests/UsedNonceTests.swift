import CustodySandbox
import Testing

struct UsedNonceTests {
    private static let hexadecimal = "514bdd41b15f6b1a0443f8c673adc9db"

    @Test(arguments: [hexadecimal, hexadecimal.uppercased(), "0", "a-nonce_of any kind", "éé"])
    func `a nonce is used once, after a restart too`(nonce: String) throws {
        let partner = try Partner.ofFixture()
        func status(_ partner: Partner, _ nonce: String) throws -> Int {
            let request = try partner.request("GET", "/v1/assets", nonce: nonce)
            return partner.sandbox.respond(to: request).status
        }
        #expect(try status(partner, nonce) == 200)
        #expect(try status(partner, nonce) == 401)
        let restored = try Partner(Sandbox(state: partner.sandbox.state))
        #expect(try status(restored, nonce) == 401)
        #expect(try status(restored, "another") == 200)
    }

    @Test func `texts that differ in case or leading zeros are different nonces`() throws {
        let partner = try Partner.ofFixture()
        for nonce in ["ab", "AB", "0ab", "00ab", Self.hexadecimal, Self.hexadecimal.uppercased()] {
            let request = try partner.request("GET", "/v1/assets", nonce: nonce)
            #expect(partner.sandbox.respond(to: request).status == 200)
        }
    }
}
