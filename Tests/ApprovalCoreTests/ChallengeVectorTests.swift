import AgentTestKit
import ApprovalCore
import Testing

/// The published and constructed challenges, driven as the agent drives them: the transaction is
/// parsed, a policy that allows whatever can be allowed decides, and the request is bound.
struct ChallengeVectorTests {
    /// How far a case came.
    enum Outcome: Equatable {
        case refused(stage: String, codes: Set<String>)
        case signable(Challenge)
    }

    private let sample: Sample
    private let vectors: JSONValue

    init() throws {
        sample = try Sample()
        vectors = try JSONValue(parsing: Vectors.own("challenge.json"))
    }

    private func drive(_ vector: JSONValue) throws -> Outcome {
        let names = try #require(vector["attrs"]?.elements).compactMap(\.text)
        let transaction: Transaction
        do { transaction = try Transaction(bytes: Self.dated(vector).written) } catch {
            return .refused(stage: "parse", codes: [Reason.malformed("").code])
        }
        let policy = try sample.policy(
            settings: Settings(defaultAction: .block, amountBasis: .amount, maxRequestAge: .max),
            rules: [
                Rule(
                    id: "everything", action: .allow,
                    conditions: [
                        .type(.init([.withdrawal, .transferOutgoing])),
                        .fee(.init(upTo: try sample.amount("1000000"))),
                    ])
            ], limits: [])
        let source = try #require(policy.account(transaction.accountID))
        let decision = policy.decide(
            Case(transaction: transaction, account: try sample.account(source)),
            at: Moment(now: Sample.now), answers: Sample.unused)
        guard decision.action == .allow else {
            return .refused(stage: "decide", codes: Set(decision.reasons.map(\.code)))
        }
        let request = try ApprovalRequest(
            bytes: Sample.bytes(
                sample.request(
                    attributes: names,
                    [
                        "resource_id": .string(transaction.id.text),
                        "entity_id": .string(source.entityID.text),
                    ])))
        let asked = RequestedApproval(
            requestID: try Sample.id(Sample.requestID), transactionID: transaction.id,
            entityID: source.entityID, methodID: try Sample.id(Sample.methodID))
        switch policy.bind(
            decision, decided: transaction, current: transaction, request: request, asked: asked)
        {
        case .sign(let challenge): return .signable(challenge)
        case .escalate(let reasons), .hold(let reasons):
            return .refused(stage: "bind", codes: Set(reasons.map(\.code)))
        case .changed: return .refused(stage: "bind", codes: ["CHANGED_UNDER_US"])
        }
    }

    /// The vector's transaction; one that does not say when it was created says so here.
    private static func dated(_ vector: JSONValue) throws -> JSONValue {
        let body = try #require(vector["transaction"])
        guard case .object(let members) = body, body["created_at"] == nil else { return body }
        return .object(members + [JSONMember("created_at", .string("2026-10-06T08:59:00Z"))])
    }

    @Test func `every challenge vector gives its message, byte for byte`() throws {
        let positives = try #require(vectors["challenge"]?.elements)
        #expect(positives.count == 4)
        for vector in positives {
            let name = try #require(vector["name"]?.text)
            guard case .signable(let challenge) = try drive(vector) else {
                Issue.record("\(name) is refused: \(try drive(vector))")
                continue
            }
            #expect(challenge.message.hex == vector["message_hex"]?.text, "\(name)")
            #expect(Int64(challenge.message.count) == vector["message_length"]?.integer, "\(name)")
            #expect(
                TestSHA256.hash(challenge.message).description == vector["sha256_hex"]?.text,
                "\(name)")
            #expect(challenge.message.last != 0x0A, "\(name)")
            #expect(
                challenge.attributes == vector["attrs"]?.elements?.compactMap(\.text), "\(name)")
            #expect(challenge.transactionID.text == vector["transaction"]?["id"]?.text, "\(name)")
        }
    }

    /// The printed digest was made over an older message of eight lines, with `total_amount`
    /// between fee and address; the line was taken out later and the digest never made anew.
    @Test func `the guide's printed digest is not that of its printed seven lines`() throws {
        let contradiction = try #require(vectors["seed_contradiction"])
        let printed = try #require(contradiction["printed_sha256"]?.text)
        let positives = try #require(vectors["challenge"]?.elements)
        func challenge(_ name: String) throws -> Challenge? {
            let vector = try #require(positives.first { $0["name"]?.text == name })
            guard case .signable(let challenge) = try drive(vector) else { return nil }
            return challenge
        }
        let seven = try #require(try challenge("seed_seven_attrs"))
        #expect(seven.attributes.count == 7 && seven.message.count == 228)
        #expect(TestSHA256.hash(seven.message).description != printed)
        let eight = try #require(try challenge("v0.8.0_eight_attrs"))
        #expect(eight.attributes.count == 8 && eight.message.count == 254)
        #expect(TestSHA256.hash(eight.message).description == printed)
    }

    private static let refusals: [String: (stage: String, codes: Set<String>)] = [
        "attrs_empty": ("bind", ["ATTR_NOT_SIGNED"]),
        "attrs_missing_address": ("bind", ["ATTR_NOT_SIGNED"]),
        "attrs_missing_amount": ("bind", ["ATTR_NOT_SIGNED"]),
        "attrs_id_only": ("bind", ["ATTR_NOT_SIGNED"]),
        "attrs_duplicate": ("bind", ["DUPLICATE_ATTR"]),
        "attrs_merged_name": ("bind", ["UNKNOWN_ATTR", "ATTR_NOT_SIGNED"]),
        "attrs_unknown_name": ("bind", ["UNKNOWN_ATTR"]),
        "attrs_http_signature_names": ("bind", ["UNKNOWN_ATTR", "ATTR_NOT_SIGNED"]),
        "address_null": ("decide", ["VALUE_NOT_SIGNABLE"]),
        "address_absent": ("decide", ["VALUE_NOT_SIGNABLE"]),
        "amount_json_number": ("decide", ["NO_RULE_MATCHED", "AMOUNT_INVALID"]),
        "reference_lf_injection": ("bind", ["VALUE_NOT_SIGNABLE", "ATTR_NOT_SIGNED"]),
        "reference_crlf_injection": ("bind", ["VALUE_NOT_SIGNABLE"]),
        "reference_cr": ("bind", ["VALUE_NOT_SIGNABLE"]),
        "reference_nul": ("bind", ["VALUE_NOT_SIGNABLE"]),
        "reference_combining": ("bind", ["VALUE_NOT_SIGNABLE"]),
        "type_deposit": ("parse", ["MALFORMED"]),
        "type_withdrawal_fee": ("parse", ["MALFORMED"]),
        "state_not_pending": ("decide", ["NOT_PENDING"]),
        "amount_positive": ("decide", ["NO_RULE_MATCHED", "AMOUNT_INVALID"]),
        "fee_negative": ("decide", ["NO_RULE_MATCHED", "AMOUNT_INVALID"]),
        "amount_exponent": ("decide", ["NO_RULE_MATCHED", "AMOUNT_INVALID"]),
        "amount_trailing_junk": ("decide", ["NO_RULE_MATCHED", "AMOUNT_INVALID"]),
    ]

    @Test func `each of the 23 refusal cases ends without a signable challenge, for its reason`()
        throws
    {
        let negatives = try #require(vectors["challenge_negative"]?.elements)
        #expect(negatives.count == 23)
        for vector in negatives {
            let name = try #require(vector["name"]?.text)
            let expected = try #require(Self.refusals[name], "\(name)")
            #expect(
                try drive(vector) == .refused(stage: expected.stage, codes: expected.codes),
                "\(name)")
        }
    }
}
