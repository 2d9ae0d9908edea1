import AgentTestKit
import ApprovalCore
import Testing

struct ChallengeTests {
    private let sample: Sample
    private static let required = [
        "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
    ]

    init() throws { sample = try Sample() }

    private func build(
        _ attributes: [String], _ changes: KeyValuePairs<String, JSONValue?> = [:],
        required: Set<String> = Set(required)
    ) throws -> Result<Challenge, Refusals> {
        Challenge.build(
            attributes: attributes, of: try sample.transaction(sample.withdrawal(changes)),
            required: required)
    }

    @Test func `of all sets of attributes only those with every required one are signed`() throws {
        let optional = ["fee_account_id", "created_at"]
        let all = Self.required + optional
        var generator = SeededGenerator(seed: 11)
        var signed = 0
        for set in 0..<(1 << all.count) {
            let chosen = all.indices.filter { set & (1 << $0) != 0 }.map { all[$0] }
                .shuffled(using: &generator)
            let missing = Self.required.filter { !chosen.contains($0) }.sorted()
            switch try build(chosen) {
            case .success(let challenge):
                #expect(missing.isEmpty)
                #expect(challenge.attributes == chosen)
                signed += 1
            case .failure(let refusals):
                #expect(refusals.reasons == missing.map { .attributeNotSigned($0) })
                #expect(!missing.isEmpty)
            }
        }
        #expect(signed == 4)
    }

    @Test(arguments: [
        "memo", "total", "Id", "ID", "id ", " id", "", "id\n", "id: x", "type,amount",
        "(request-target)", "digest",
        "\u{1D422}d", "amount\u{301}", "\u{FF49}d", "id\u{0}", "x-nonce", "entity_id",
        "environment",
    ])
    func `a name that is no field of a transaction is never signed`(name: String) throws {
        for attributes in [Self.required + [name], [name] + Self.required, [name]] {
            guard case .failure(let refusals) = try build(attributes, [name: .string("x")]) else {
                Issue.record("signed \(name.debugDescription)")
                continue
            }
            #expect(refusals.reasons.contains(.unknownAttribute(name)))
        }
    }

    @Test func `a name twice is refused even with the same value`() throws {
        for name in Self.required {
            guard case .failure(let refusals) = try build(Self.required + [name]) else {
                Issue.record("signed \(name) twice")
                continue
            }
            #expect(refusals.reasons == [.duplicateAttribute(name)])
        }
    }

    @Test func `nothing at all is never signed, even where nothing is required`() throws {
        guard case .failure = try build([], required: []) else {
            Issue.record("signed the empty message")
            return
        }
    }

    @Test func `every byte of a value decides: printable ASCII is signed and nothing else`() throws
    {
        for scalar in (0...0x2FF).compactMap(Unicode.Scalar.init) + [
            "\u{2028}", "\u{202E}", "\u{200B}", "\u{FEFF}", "\u{1F600}",
        ] {
            for value in ["\(scalar)", "a\(scalar)b"] {
                let signable = (0x20...0x7E).contains(scalar.value)
                #expect(Challenge.isSignable(value) == signable)
                guard case .success = try build(Self.required, ["reference": .string(value)]) else {
                    #expect(!signable)
                    continue
                }
                #expect(signable)
            }
        }
    }

    @Test func `only text is signed, and never the empty text`() throws {
        let values: [JSONValue?] = [
            nil, .null, .string(""), .integer(0), .bool(true), .array([.string("a")]), .object([]),
            .array([]),
        ]
        for name in ["reference", "amount", "fee_amount", "address"] {
            for value in values {
                guard case .failure(let refusals) = try build(Self.required, [name: value]) else {
                    Issue.record("signed \(name) \(String(describing: value))")
                    continue
                }
                #expect(
                    refusals.reasons == [.valueNotSignable(name)]
                        || refusals.reasons.first == .valueNotSignable(name))
            }
        }
    }

    @Test func `a value is signed as it was decoded, never in another form`() throws {
        for value in [
            "0", "0.00000000", "0.000000000", "30.0", "-1e5", " 1", "1 ", "a: b", "id: x", "\\n",
            "\\u0041",
        ] {
            guard
                case .success(let challenge) = try build(
                    ["reference"], ["reference": .string(value)], required: [])
            else {
                Issue.record("refused \(value)")
                continue
            }
            #expect(challenge.message == Array("reference: \(value)".utf8))
        }
    }

    @Test func `a message's lines read back as the same names and values, whatever was sent`()
        throws
    {
        var generator = SeededGenerator(seed: 12)
        let parts = [
            "a", "Z9", " ", ":", ": ", "address: x", "\n", "\r", "\r\n", "\u{0}", "é", "id",
            "\u{2028}", "\u{85}", "\t", "\u{7F}",
        ]
        let names = Self.required + ["fee_account_id", "created_at", "end_to_end_id", "memo"]
        var (signed, refused) = (0, 0)
        for _ in 0..<4_000 {
            let count = generator.chance(3) ? parts.count : 6
            let value = (0..<(1 + generator.below(4))).map { _ in parts[generator.below(count)] }
                .joined()
            let address = generator.chance(4) ? value : Sample.exchangeAddress
            let transaction = try sample.transaction(
                sample.withdrawal(["reference": .string(value), "address": .string(address)]))
            let attributes = names.shuffled(using: &generator).prefix(
                1 + generator.below(names.count))
            let built = Challenge.build(
                attributes: Array(attributes), of: transaction, required: ["id"])
            guard case .success(let challenge) = built else {
                refused += 1
                continue
            }
            signed += 1
            let lines = challenge.message.split(separator: 0x0A, omittingEmptySubsequences: false)
            #expect(lines.count == attributes.count)
            for (line, name) in zip(lines, attributes) {
                let colon = try #require(line.firstIndex(of: 0x3A))
                #expect(Array(line[..<colon]) == Array(name.utf8))
                let text = try #require(transaction.field(name).text)
                #expect(Array(line[colon...].dropFirst(2)) == Array(text.utf8))
            }
        }
        #expect(signed > 300 && refused > 1_000)
    }
}
