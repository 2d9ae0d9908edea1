import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What of an entry goes out, and in which words.
@Suite struct RecordedEntryTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test
    func `I11: of a signature only its hash goes out, the one that was told when it was made`()
        throws
    {
        let entry = try RecordedSamples.confirmed()
        #expect(text(entry.bytes).contains(RecordedSamples.signature))
        let out = text(entry.disclosedBytes(TestSHA256.hash))
        #expect(!out.contains(RecordedSamples.signature))
        let bytes = try #require([UInt8](hex: RecordedSamples.signature))
        #expect(out.contains(#""signature_sha256":"\#(TestSHA256.hash(bytes))""#))
        #expect(out == text(entry.disclosed(TestSHA256.hash).canonicalBytes ?? []))
        #expect(out.contains(#""transaction_state":"APPROVED""#))
    }

    @Test func `I11: a signature goes out at no depth and in no form`() throws {
        for member in [
            #""list":[{"signature":"\#(RecordedSamples.signature)"}]"#,
            #""signature":{"hex":"\#(RecordedSamples.signature)"}"#,
            #""signature":"\#(RecordedSamples.signature)0""#,
        ] {
            let entry = try RecordedSamples.entry(.reconciled, member)
            let outs = [
                text(entry.disclosedBytes(TestSHA256.hash)),
                EntryRow.cells(entry, TestSHA256.hash).joined(separator: "\n"),
                text(
                    OCSFEvent(origin: "o", sha256: TestSHA256.hash).json(entry).canonicalBytes
                        ?? []),
            ]
            for out in outs { #expect(!out.contains(RecordedSamples.signature), "\(member)") }
        }
    }

    @Test func `every other entry goes out byte for byte`() throws {
        let entry = try RecordedSamples.decided()
        #expect(entry.disclosedBytes(TestSHA256.hash) == entry.bytes)
        let signed = try RecordedSamples.entry(
            .signed, #""message":"\"signature\":x","signature_sha256":"aa""#)
        #expect(signed.disclosedBytes(TestSHA256.hash) == signed.bytes)
    }

    @Test func `an entry that is no JSON is corrupt, by its number`() {
        #expect(throws: LedgerError.corrupt("entry 9 is no JSON")) {
            try RecordedEntry(
                seq: 9, time: LedgerFixture.start, kind: .decided, transactionID: nil,
                bytes: Array("{".utf8), transaction: .absent)
        }
    }

    @Test func `the reasons of a decision are sentences again`() throws {
        let reasons = try RecordedSamples.decided().reasons
        #expect(reasons.map(\.code) == ["LIMIT_EXCEEDED", "FIELD_UNKNOWN"])
        let limit =
            "limit day would be exceeded: used 1.20000000, this 0.40050000, at most 1.50000000; "
            + "in number 2 and this one, at most 9; room returns 2026-10-02 10:01 UTC if nothing "
            + "else comes"
        #expect(reasons.first?.sentence == limit)
        #expect(
            reasons.last?.sentence
                == "night cannot be decided: a field that it reads cannot be read")
    }

    @Test func `each code has a sentence, and a recorded message comes first`() throws {
        for code in Reason.codes {
            let entry = try RecordedSamples.entry(.released, #""reasons":[{"code":"\#(code)"}]"#)
            #expect(RecordedReason.meaning(code) != nil, "\(code)")
            let sentence = try #require(entry.reasons.first?.sentence)
            #expect(!sentence.contains("no sentence"), "\(code)")
        }
        let told = try RecordedSamples.entry(
            .released, #""reasons":[{"code":"HALTED","message":"as told"},{"code":"NEW_CODE"}]"#)
        let sentences = ["as told", "no sentence is known for this code"]
        #expect(told.reasons.map(\.sentence) == sentences)
    }
}
