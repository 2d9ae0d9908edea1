import ApprovalAgent
import ApprovalCore
import SodiumKeys
import Testing

@Suite("Signer")
struct SodiumSignerTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func `the same message always gets the same signature`() throws {
        let signer: any Signer = try guideSigner()
        let message = Array("one message".utf8)
        let first = try signer.sign(message)
        for _ in 0..<20 { #expect(try signer.sign(message) == first) }
        #expect(try signer.sign(message + [0]) != first)
    }

    @Test func `many threads sign at once, each its own message`() async throws {
        let signer = try guideSigner()
        let verified = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let message = Array("message \(number)".utf8)
                    return Sodium.verify(
                        try signer.sign(message), of: message, by: signer.publicKey)
                }
            }
            return try await group.reduce(into: 0) { sum, one in sum += one ? 1 : 0 }
        }
        #expect(verified == 64)
    }

    @Test func `a signature that the registered key does not verify is never returned`() throws {
        let key = try KeyFile.open(scratch.file(keyText()), purpose: .approval)
        let other = try KeyFile.create(scratch.nothing(), purpose: .approval)
        let signer = SodiumSigner(key, registered: other.publicKey)
        #expect(throws: SignerError.didNotVerify) { try signer.sign([1]) }
    }

    @Test func `printing, dumping and reflecting show no byte of the seed`() throws {
        let signer = try guideSigner()
        _ = try signer.sign([1])
        var dumped = ""
        dump(signer, to: &dumped)
        var shown = [dumped, "\(signer)", String(reflecting: signer), String(describing: signer)]
        shown += Mirror(reflecting: signer).children.map { "\($0.label ?? "") \($0.value)" }
        #expect(shown.count == 5)
        let seed = try #require([UInt8](hex: guideSeed))
        for text in shown {
            #expect(text.contains(guidePublicKey))
            for start in 0..<(guideSeed.count - 7) {
                let piece = guideSeed.dropFirst(start).prefix(8)
                #expect(!text.contains(piece))
            }
            #expect(!text.contains("\(seed[0]), \(seed[1])"))
        }
    }

    private func guideSigner() throws -> SodiumSigner {
        try SodiumSigner(opening: scratch.file(keyText()), purpose: .approval)
    }
}
