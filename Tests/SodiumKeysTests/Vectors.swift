import ApprovalCore
import Foundation

/// The files under `Tests/Vectors`, read from beside this file. Missing ones fail the test.
enum Vectors {
    static func load<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Vectors/\(name)")
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }
}

/// `wycheproof-ed25519.json`, as far as it is used.
struct Wycheproof: Decodable {
    let numberOfTests: Int
    let testGroups: [Group]

    struct Group: Decodable {
        let publicKey: Key
        let tests: [Case]
    }
    struct Key: Decodable { let pk: String }
    struct Case: Decodable {
        let tcId: Int
        let comment: String
        let msg: String
        let sig: String
        let result: String
    }
}

/// `solaris.json`, as far as it is used.
struct PlatformVectors: Decodable {
    let keys: [Pair]
    let pub_key_strings: [PublicKeyText]
    let challenge: [Challenge]
    let seed_contradiction: Contradiction
    let external: [External]

    struct Pair: Decodable {
        let name: String
        let seed_hex: String
        let pub_hex: String
    }
    struct PublicKeyText: Decodable {
        let pub_hex: String
        let where_: String
        let decodes_to_curve_point: Bool
        enum CodingKeys: String, CodingKey {
            case pub_hex, decodes_to_curve_point
            case where_ = "where"
        }
    }
    struct Challenge: Decodable {
        let name: String
        let message_hex: String
        let sha256_hex: String
        let seed_hex: String?
        let pub_hex: String?
        let response_hex: String?
    }
    struct Contradiction: Decodable {
        let printed_sha256: String
        let printed_response: String
    }
    struct External: Decodable {
        let name: String
        let seed_hex: String?
        let pub_hex: String
        let message_hex: String
        let signature_hex: String
    }
}
