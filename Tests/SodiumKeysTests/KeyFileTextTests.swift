import ApprovalCore
import SodiumKeys
import Testing

@Suite("Key files: what they say")
struct KeyFileTextTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Texts that are no key file, with the fault and where it stands on line 1.
    static let malformed: [(String, KeyFileFault, Int)] = [
        ("", .notJSON, 1),
        ("   ", .notJSON, 4),
        ("null", .notJSON, 1),
        ("[]", .notJSON, 1),
        ("{}", .notJSON, 2),
        (guideSeed, .notJSON, 1),
        ("\u{FEFF}" + keyText(), .notJSON, 1),
        (keyText() + "x", .notJSON, keyText().utf8.count + 1),
        (keyText() + keyText(), .notJSON, keyText().utf8.count + 1),
        (keyText() + "\0", .notJSON, keyText().utf8.count + 1),
        (String(keyText().dropLast()), .notJSON, keyText().utf8.count),
        (keyText(extra: ","), .notJSON, keyText().utf8.count + 1),
        ("{'type':'ed25519'}", .notJSON, 2),
        (#"{"type" "ed25519"}"#, .notJSON, 9),
        ("{\"type\":\"ed\t25519\"}", .notJSON, 12),
        (keyText(extra: #","comment":"x""#), .unknownMember, keyText().utf8.count + 1),
        (keyText(extra: #","Type":"ed25519""#), .unknownMember, keyText().utf8.count + 1),
        (keyText(extra: #","type":"ed25519""#), .duplicate(.type), keyText().utf8.count + 1),
        (
            keyText(extra: #","prv_key":"\#(guideSeed)""#), .duplicate(.privateKey),
            keyText().utf8.count + 1
        ),
        (#"{"type":"ed25519"}"#, .missing(.privateKey), 19),
        (#"{"pub_key":"\#(guidePublicKey)","type":"ed25519"}"#, .missing(.privateKey), 96),
        (#"{"type":1}"#, .notString(.type), 9),
        (#"{"type":"ed25519","prv_key":null}"#, .notString(.privateKey), 29),
        (#"{"type":"ed25519","prv_key":["a"]}"#, .notString(.privateKey), 29),
        (#"{"t\u0079pe":"ed25519"}"#, .escape, 4),
        (#"{"type":"x25519"}"#, .value(.type), 9),
        (#"{"type":"ed25519","prv_key":""}"#, .value(.privateKey), 29),
        (#"{"prv_key":"\#(guideSeed)\#(guidePublicKey)"}"#, .value(.privateKey), 12),
        (#"{"prv_key":"\#(guideSeed.dropLast())"}"#, .value(.privateKey), 12),
        (#"{"prv_key":"\#(guideSeed.dropLast())g"}"#, .value(.privateKey), 12),
        (#"{"pub_key":"\#(guidePublicKey) "}"#, .value(.publicKey), 12),
        (
            keyText(extra: #","purpose":"approvals""#), .value(.purpose),
            keyText().utf8.count + 12
        ),
        (keyText(extra: #","purpose":"""#), .value(.purpose), keyText().utf8.count + 11),
        (keyText(extra: #","environment":"""#), .value(.environment), keyText().utf8.count + 15),
        (
            keyText(extra: #","key_id":"\#(String(repeating: "k", count: 129))""#),
            .value(.keyID), keyText().utf8.count + 10
        ),
    ]

    @Test(arguments: malformed)
    func `a text that is no key file is refused at its place, without its text`(
        text: String, fault: KeyFileFault, column: Int
    ) throws {
        let file = try scratch.file(text)
        let wanted = KeyFileError.Problem.malformed(fault, line: 1, column: column)
        #expect(problem(file) == wanted)
        #expect(publicProblem(file) == wanted)
        let told = KeyFileError(path: file, problem: wanted).description
        #expect(told.hasPrefix("\(file): line 1, column \(column): "))
        #expect(!told.contains(guideSeed))
    }

    @Test func `lines are counted`() throws {
        let file = try scratch.file("{\n  \"type\": \"ed25519\",\n  \"what\": 1\n}\n")
        #expect(problem(file) == .malformed(.unknownMember, line: 3, column: 3))
    }

    @Test func `text that is not UTF-8 is refused where it would be shown`() throws {
        var bytes = Array(keyText(extra: #","environment":"x""#).utf8)
        bytes[bytes.count - 3] = 0xFF
        let column = bytes.count - 2
        #expect(
            problem(try scratch.file(bytes))
                == .malformed(.value(.environment), line: 1, column: column))
    }

    @Test func `a public part that does not belong to the private one is refused`() throws {
        let other = "2fe1750318f4506827ab3e329d58bf644ede1705850110fe085dddf4e578889f"
        let file = try scratch.file(keyText(publicKey: other))
        #expect(problem(file) == .halvesDiffer)
    }

    @Test func `reading the public part never looks into the secret: it cannot see a wrong one`()
        throws
    {
        let file = try scratch.file(keyText(seed: String(repeating: "0", count: 64)))
        #expect(problem(file) == .halvesDiffer)
        #expect(try KeyFile.publicPart(file).publicKey.description == guidePublicKey)
    }

    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeb4ff2aa97bdead6df6b4bc44cde6e41d257cc05dd4f803dbeb8d30c908beeb",
    ])
    func `a public key of small order, in a second encoding or off the curve is refused`(
        hex: String
    ) throws {
        let file = try scratch.file(keyText(publicKey: hex))
        #expect(problem(file) == .badPublicKey)
        #expect(publicProblem(file) == .badPublicKey)
    }

    @Test func `hexadecimal digits of either case are read`() throws {
        let file = try scratch.file(
            keyText(seed: guideSeed.uppercased(), publicKey: guidePublicKey.uppercased()))
        #expect(try KeyFile.open(file, purpose: .api).publicKey.description == guidePublicKey)
    }

    @Test(arguments: KeyPurpose.allCases, KeyPurpose.allCases)
    func `a key is used for its own purpose alone`(wanted: KeyPurpose, found: KeyPurpose) throws {
        let file = try scratch.file(keyText(extra: #","purpose":"\#(found.rawValue)""#))
        let expected: KeyFileError.Problem? =
            wanted == found ? nil : .wrongPurpose(wanted: wanted, found: found)
        #expect(problem(file, purpose: wanted) == expected)
        #expect(publicProblem(file, purpose: wanted) == expected)
        #expect(publicProblem(file, purpose: nil) == nil)
    }

    @Test func `a key of another environment is refused, compared byte by byte`() throws {
        let file = try scratch.file(keyText(extra: ",\"environment\":\"caf\u{E9}\""))
        #expect(problem(file, environment: "caf\u{E9}") == nil)
        #expect(problem(file, environment: nil) == nil)
        let decomposed = "cafe\u{301}"
        let found = problem(file, environment: decomposed)
        #expect(found == .wrongEnvironment(wanted: decomposed, found: "caf\u{E9}"))
        #expect(
            publicProblem(file, environment: "live")
                == found.map { _ in
                    .wrongEnvironment(wanted: "live", found: "caf\u{E9}")
                })
        #expect(problem(try scratch.file(keyText()), environment: "live") == nil)
    }

    @Test func `the public part tells all that the file says in the open`() throws {
        let extra = #","purpose":"api","environment":"sandbox","key_id":"partner-1""#
        let part = try KeyFile.publicPart(scratch.file(keyText(extra: extra)))
        #expect(part.publicKey.description == guidePublicKey)
        #expect(part.purpose == .api)
        #expect(part.environment == "sandbox")
        #expect(part.keyID == "partner-1")
    }
}
