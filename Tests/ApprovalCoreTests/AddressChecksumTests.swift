import AgentTestKit
import ApprovalCore
import Testing

struct AddressChecksumTests {
    private func problem(_ address: String) -> String? {
        AddressChecksum.problem(of: address, sha256: TestSHA256.hash)
    }

    @Test func `a wrong address of a known form is told with what is wrong`() throws {
        let vectors = try JSONValue(parsing: Vectors.own("addresses/addresses.json"))
        guard case .object(let wrong)? = vectors["wrong"] else {
            Issue.record("no list of wrong addresses")
            return
        }
        #expect(wrong.count == 12)
        for member in wrong { #expect(problem(member.name) == member.value.text, "\(member.name)") }
    }

    @Test(
        arguments: [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeO",
            "1BoatSLRHtKNngkdXEeobR76b53LETtpyO", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNO",
            "bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        ])
    func `a slip of the hand is told`(address: String) { #expect(problem(address) != nil) }

    @Test func `a right address, and one of a form that is not known, has no problem`() throws {
        let vectors = try JSONValue(parsing: Vectors.own("addresses/addresses.json"))
        let addresses = try #require(vectors["no_problem"]?.texts)
        #expect(addresses.count == 14)
        for address in addresses { #expect(problem(address) == nil, "\(address)") }
    }

    @Test(arguments: [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ])
    func `two characters that changed places are noticed`(address: String) {
        let bytes = Array(address.utf8)
        for index in bytes.indices.dropFirst(4).dropLast() where bytes[index] != bytes[index + 1] {
            var changed = bytes
            changed.swapAt(index, index + 1)
            let text = String(decoding: changed, as: UTF8.self)
            #expect(problem(text) != nil, "\(text)")
        }
    }
}

/// The suites beside the project.
struct AddressVectorTests {
    private func suite(_ name: String) throws -> JSONValue? {
        guard let place = Vectors.shared("addresses/\(name)") else { return nil }
        return try JSONValue(parsing: Vectors.bytes(of: place))
    }

    private func list(_ value: JSONValue?, _ path: String...) throws -> [JSONValue] {
        try #require(path.reduce(value) { $0?[$1] }?.elements)
    }

    private func decoded(_ text: String) -> [UInt8]? {
        (try? Base58Check(text, sha256: TestSHA256.hash))?.payload
    }

    /// An address (version and hash) or a private key as Bitcoin writes them.
    private func isOfBitcoin(_ payload: [UInt8]) -> Bool {
        switch payload.first {
        case 0, 5, 111, 196: payload.count == 21
        case 128, 239: payload.count == 33 || payload.count == 34 && payload.last == 1
        default: false
        }
    }

    @Test func `every key and address of the Base58 suite decodes to its bytes`() throws {
        guard let suite = try suite("base58_keys_valid.json") else { return }
        let entries = try list(suite)
        #expect(entries.count == 50)
        for entry in entries {
            let parts = try #require(entry.elements)
            let text = try #require(parts.first?.text)
            let payload = try #require(decoded(text), "\(text)")
            #expect(isOfBitcoin(payload), "\(text)")
            let body = parts[2]["isCompressed"] == .bool(true) ? payload.dropLast() : payload[...]
            #expect(Array(body.dropFirst()).hex == parts[1].text, "\(text)")
        }
    }

    @Test func `nothing of the suite of invalid Base58 is an address or key`() throws {
        guard let suite = try suite("base58_keys_invalid.json") else { return }
        let texts = try list(suite).compactMap { $0.elements?.first?.text }
        #expect(texts.count == 50)
        for text in texts { #expect(decoded(text).map(isOfBitcoin) != true, "\(text)") }
    }

    @Test func `every valid address of the suite verifies`() throws {
        guard let suite = try suite("address.json") else { return }
        for entry in try list(suite, "standard") {
            if let text = entry["base58check"]?.text {
                let payload = try #require(decoded(text), "\(text)")
                #expect(payload.first.map { Int64($0) } == entry["version"]?.integer)
                #expect(Array(payload.dropFirst()).hex == entry["hash"]?.text)
            } else {
                let text = try #require(entry["bech32"]?.text)
                try verify(text, entry)
            }
        }
        for entry in try list(suite, "bech32") {
            let text = try #require(entry["address"]?.text)
            try verify(text, entry)
            #expect(try SegwitAddress(text).network == entry["prefix"]?.text)
        }
        #expect(try list(suite, "standard").count == 16)
        #expect(try list(suite, "bech32").count == 4)
    }

    private func verify(_ text: String, _ entry: JSONValue) throws {
        let address = try SegwitAddress(text)
        #expect(Int64(address.version) == entry["version"]?.integer, "\(text)")
        #expect(address.program.hex == entry["data"]?.text, "\(text)")
        #expect(AddressChecksum.problem(of: text, sha256: TestSHA256.hash) == nil, "\(text)")
    }

    @Test func `every invalid address of the suite fails`() throws {
        guard let suite = try suite("address.json") else { return }
        for name in ["bech32", "fromBase58Check", "toOutputScript"] {
            for entry in try list(suite, "invalid", name) {
                let text = try #require(entry["address"]?.text)
                // A good address: its public key is no point of the curve, which no checksum says.
                if entry["paymentException"] != nil { continue }
                // A good address, refused by the suite for a network that it makes up.
                if entry["network"]?["bech32"]?.text == "foo" { continue }
                #expect(throws: SegwitAddress.Problem.self, "\(text)") { try SegwitAddress(text) }
                #expect(decoded(text).map(isOfBitcoin) != true, "\(text)")
            }
        }
    }

    @Test func `every example of EIP-55 is as stated`() throws {
        guard let suite = try suite("eip55.json") else { return }
        for (name, isGood) in [("checksummed", true), ("unchecksummed", true), ("invalid", false)] {
            for text in try #require(suite[name]?.texts) {
                let address = HexAddress(text)
                let verdict = address.map { !$0.isMixedCase || $0.hasGoodChecksum }
                #expect((verdict == true) == isGood, "\(text)")
            }
        }
    }
}
