import AgentTestKit
import ApprovalCore
import Testing

/// Strings that the specifications name, each by its own reader.
struct AddressFormTests {
    private static func vectors() throws -> JSONValue {
        try JSONValue(parsing: Vectors.own("addresses/addresses.json"))
    }

    @Test(arguments: [("bech32", Bech32.Variant.bech32), ("bech32m", .bech32m)])
    func `a string of BIP 173 or BIP 350 is read, and its variant told`(
        list: String, variant: Bech32.Variant
    ) throws {
        let texts = try #require(Self.vectors()[list]?.texts)
        #expect(texts.count == 6)
        for text in texts {
            let decoded = try Bech32(text)
            #expect(decoded.variant == variant, "\(text)")
            #expect(text.lowercased().hasPrefix(decoded.humanReadablePart + "1"))
            let separator = decoded.humanReadablePart.utf8.count + 1
            #expect(decoded.values.count == text.utf8.count - separator - 6)
            #expect(decoded.values.allSatisfy { $0 < 32 })
        }
    }

    @Test func `what the BIPs call invalid is refused for its reason`() throws {
        let problems: [String: Bech32.Problem] = [
            "malformed": .malformed, "mixedCase": .mixedCase, "checksum": .checksum,
        ]
        let members = try #require(Self.vectors()["not_bech32"]?.members)
        #expect(members.count == 12)
        for member in members {
            let problem = try #require(member.value.text.flatMap { problems[$0] })
            #expect(throws: problem, "\(member.name)") { try Bech32(member.name) }
        }
        #expect(throws: Bech32.Problem.malformed) { try Bech32("a\u{212A}12uel5l") }
        #expect(throws: Bech32.Problem.malformed) { try Bech32("\u{7F}1g6xzxy") }
    }

    @Test func `a longer string is read where its network allows it`() throws {
        let text =
            "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcluded"
            + "charactersbio1569pvx"
        #expect(throws: Bech32.Problem.malformed) { try Bech32(text) }
        #expect(try Bech32(text, longest: 91).values.isEmpty)
    }

    @Test func `a segwit address gives its program`() throws {
        let members = try #require(Self.vectors()["segwit"]?.members)
        #expect(members.count == 4)
        for member in members {
            let address = try SegwitAddress(member.name)
            #expect(address.program.hex == member.value.text, "\(member.name)")
        }
    }

    @Test func `one changed character is never a good address`() throws {
        let good = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
        #expect(throws: Never.self) { try SegwitAddress(good) }
        let bytes = Array(good.utf8)
        for index in bytes.indices {
            for other in "qpzry9x8gf2tvdw0s3jn54khce6mua7l1bio".utf8 where other != bytes[index] {
                var changed = bytes
                changed[index] = other
                let text = String(decoding: changed, as: UTF8.self)
                #expect(throws: SegwitAddress.Problem.self, "\(text)") { try SegwitAddress(text) }
            }
        }
    }

    @Test func `Base58 keeps each leading 1 as a zero byte`() throws {
        let origin = try Base58Check("1111111111111111111114oLvT2", sha256: TestSHA256.hash)
        #expect(origin.payload == [UInt8](repeating: 0, count: 21))
        let first = try Base58Check(
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", sha256: TestSHA256.hash)
        #expect(first.payload.hex == "0062e907b15cbf27d5425399ebf6f0fb50ebb88f18")
    }

    @Test(
        arguments: [
            ("", .checksum), ("1", .checksum), ("1111", .checksum), ("3QJmnh", .checksum),
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7Divfna", .checksum), ("0", .malformed),
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNI", .malformed), ("1é", .malformed),
            (String(repeating: "z", count: 128), .checksum),
            (String(repeating: "z", count: 129), .malformed),
        ] as [(String, Base58Check.Problem)])
    func `what is not Base58Check is refused, and a long text before any arithmetic`(
        text: String, problem: Base58Check.Problem
    ) {
        #expect(throws: problem) { try Base58Check(text, sha256: TestSHA256.hash) }
    }

    @Test(
        arguments: [
            (0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            (135, "154f5dc27520a599653a2b10189cf53f5ce03b7c594d11fd98f67012ea304b6c"),
            (136, "81e7ecb492d033f1692e770a6eb874e70aac45ec10da93483fc8d3537805c097"),
            (137, "a595973359b39ba1fec5cf8f40710c5a213e76281dd4f174f1ea83106ee7759b"),
            (272, "99d5a295c114ab3f94028d25825ea798399dacfc613f0193fb32c3c4973f1777"),
            (500, "ca80d4a49e64dffda4d1470cbf6af3250913d939ab3fa6af9755cb1ef6bd737c"),
        ])
    func `Keccak-256 is right about a block's edge`(count: Int, digest: String) {
        let message = (0..<count).map { UInt8(truncatingIfNeeded: 7 * $0) }
        #expect(Keccak256.hash(message).hex == digest)
    }

    @Test func `Keccak-256 of abc is as published`() {
        #expect(
            Keccak256.hash(Array("abc".utf8)).hex
                == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")
    }

    @Test func `the examples of EIP-55 hold`() throws {
        let vectors = try JSONValue(parsing: Vectors.own("addresses/eip55.json"))
        func list(_ name: String) throws -> [String] {
            try #require(vectors[name]?.texts)
        }
        for text in try list("checksummed") {
            #expect(HexAddress(text)?.hasGoodChecksum == true, "\(text)")
        }
        for text in try list("unchecksummed") {
            #expect(HexAddress(text)?.isMixedCase == false, "\(text)")
        }
        for text in try list("invalid") {
            #expect(HexAddress(text)?.hasGoodChecksum != true, "\(text)")
        }
        #expect(try list("checksummed").count == 6)
        #expect(try list("invalid").count == 5)
    }
}

extension JSONValue {
    /// The texts of an array; nil where this is none.
    var texts: [String]? { elements?.compactMap(\.text) }

    /// The members; nil where this is no object.
    var members: [JSONMember]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}
