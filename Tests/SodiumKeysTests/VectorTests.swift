import ApprovalCore
import Foundation
import SodiumKeys
import Testing

@Suite("Vectors")
struct VectorTests {
    @Test func `every Wycheproof case verifies or is refused as it says`() throws {
        let vectors = try Vectors.load("wycheproof-ed25519.json", as: Wycheproof.self)
        var (accepted, refused) = (0, 0)
        for group in vectors.testGroups {
            let key = try #require(Sodium.publicKey(hex: group.publicKey.pk))
            for test in group.tests {
                let message = try #require([UInt8](hex: test.msg))
                let signature = [UInt8](hex: test.sig).flatMap { Signature($0) }
                let verified = signature.map { Sodium.verify($0, of: message, by: key) } ?? false
                #expect(verified == (test.result == "valid"), "\(test.tcId) \(test.comment)")
                if verified { accepted += 1 } else { refused += 1 }
            }
        }
        #expect(accepted + refused == vectors.numberOfTests)
        #expect(accepted > 0 && refused > 0)
    }

    @Test func `the vectors of RFC 8032 and RFC 9421 verify, and one changed bit is refused`()
        throws
    {
        let vectors = try Vectors.load("solaris.json", as: PlatformVectors.self)
        #expect(vectors.external.count == 4)
        for vector in vectors.external {
            let key = try #require(Sodium.publicKey(hex: vector.pub_hex))
            let message = try #require([UInt8](hex: vector.message_hex))
            var bytes = try #require([UInt8](hex: vector.signature_hex))
            let signature = try #require(Signature(bytes))
            #expect(Sodium.verify(signature, of: message, by: key), "\(vector.name)")
            bytes[7] ^= 1
            let changed = try #require(Signature(bytes))
            #expect(!Sodium.verify(changed, of: message, by: key), "\(vector.name)")
            #expect(!Sodium.verify(signature, of: message + [0], by: key), "\(vector.name)")
        }
    }

    @Test func `a key file with the seed of RFC 8032 signs as RFC 8032 says`() throws {
        let vectors = try Vectors.load("solaris.json", as: PlatformVectors.self)
        var signed = 0
        for vector in vectors.external {
            guard let seed = vector.seed_hex else { continue }
            let signature = try sign(vector.message_hex, seed: seed, publicKey: vector.pub_hex)
            #expect(signature == vector.signature_hex, "\(vector.name)")
            signed += 1
        }
        #expect(signed == 3)
    }

    @Test func `each challenge gives the digest and the signature of its vector`() throws {
        let vectors = try Vectors.load("solaris.json", as: PlatformVectors.self)
        var signed = 0
        for challenge in vectors.challenge {
            let message = try #require([UInt8](hex: challenge.message_hex))
            #expect(Sodium.sha256(message).description == challenge.sha256_hex, "\(challenge.name)")
            guard let seed = challenge.seed_hex, let publicKey = challenge.pub_hex,
                let response = challenge.response_hex
            else { continue }
            let signature = try sign(challenge.message_hex, seed: seed, publicKey: publicKey)
            #expect(signature == response, "\(challenge.name)")
            signed += 1
        }
        #expect(signed >= 2)
    }

    @Test
    func
        `the guide's printed signature is refused over its seven lines, as it was made over eight`()
        throws
    {
        let vectors = try Vectors.load("solaris.json", as: PlatformVectors.self)
        let printed = vectors.seed_contradiction
        let seven = try #require(vectors.challenge.first { $0.name == "seed_seven_attrs" })
        let eight = try #require(vectors.challenge.first { $0.name == "v0.8.0_eight_attrs" })
        let key = try #require(Sodium.publicKey(hex: guidePublicKey))
        let signature = try #require(
            [UInt8](hex: printed.printed_response).flatMap { Signature($0) })
        let sevenLines = try #require([UInt8](hex: seven.message_hex))
        let eightLines = try #require([UInt8](hex: eight.message_hex))
        #expect(!Sodium.verify(signature, of: sevenLines, by: key))
        #expect(Sodium.sha256(sevenLines).description != printed.printed_sha256)
        #expect(Sodium.verify(signature, of: eightLines, by: key))
        #expect(Sodium.sha256(eightLines).description == printed.printed_sha256)
    }

    @Test func `a printed public key that is no point, or of small order, is refused`() throws {
        let texts = try Vectors.load("solaris.json", as: PlatformVectors.self).pub_key_strings
        #expect(texts.count == 6)
        for text in texts where !text.decodes_to_curve_point || text.where_.contains("reject") {
            #expect(Sodium.publicKey(hex: text.pub_hex) == nil, "\(text.where_)")
        }
        #expect(Sodium.publicKey(hex: guidePublicKey)?.description == guidePublicKey)
        #expect(Sodium.publicKey(hex: guidePublicKey.uppercased())?.description == guidePublicKey)
    }

    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ])
    func `a point of small order or in a second encoding is no public key`(hex: String) throws {
        let key = try #require(PublicKey(hex: hex))
        #expect(!Sodium.isValid(key))
        #expect(Sodium.publicKey(hex: hex) == nil)
    }

    @Test func `SHA-256 of nothing and of abc are those of FIPS 180-4`() {
        #expect(
            Sodium.sha256([]).description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Sodium.sha256(Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `random bytes have the length asked for and do not repeat`() {
        #expect(Sodium.randomBytes(count: 0) == [])
        let drawn = Set((0..<1000).map { _ in Sodium.randomBytes(count: 16) })
        #expect(drawn.count == 1000)
        #expect(drawn.allSatisfy { $0.count == 16 })
    }

    @Test func `the published keys are known, each by the seed that the world has`() throws {
        let vectors = try Vectors.load("solaris.json", as: PlatformVectors.self)
        #expect(KnownKeys.published.count == 3)
        #expect(vectors.keys.count == 3)
        for pair in vectors.keys {
            let scratch = try Scratch()
            let file = try scratch.file(keyText(seed: pair.seed_hex, publicKey: pair.pub_hex))
            let key = try KeyFile.open(file, purpose: .api)
            #expect(KnownKeys.published.contains(key.publicKey), "\(pair.name)")
        }
    }

    @Test(arguments: [KeyPurpose.approval, .api])
    func `an example key is refused as it lies, and opens from a copy of mode 0600`(
        purpose: KeyPurpose
    ) throws {
        let original = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../keys.example/\(purpose.rawValue).json").standardized
        let bytes = [UInt8](try Data(contentsOf: original))
        let scratch = try Scratch()
        #expect(problem(try scratch.file(bytes, mode: 0o644), purpose: purpose) == .exposed(0o644))
        let key = try KeyFile.open(scratch.file(bytes), purpose: purpose)
        #expect(KnownKeys.published.contains(key.publicKey))
    }

    private func sign(_ message: String, seed: String, publicKey: String) throws -> String {
        let scratch = try Scratch()
        let file = try scratch.file(keyText(seed: seed, publicKey: publicKey))
        let signer = try SodiumSigner(opening: file, purpose: .approval)
        return try signer.sign(#require([UInt8](hex: message))).bytes.hex
    }
}
