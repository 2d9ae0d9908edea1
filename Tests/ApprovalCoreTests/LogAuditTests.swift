import AgentTestKit
import ApprovalCore
import Testing

struct LogAuditTests {
    private let sha256 = QuickHash.hash

    private func log(_ count: Int, from earlier: [Int] = []) throws -> LogWriter {
        let key = try HashSigned.key()
        var writer = LogWriter(key, sha256) { HashSigned.sign($0, key.publicKey) }
        for size in earlier + [count] { writer.write(LogWriter.entries(size)) }
        return writer
    }

    /// What the audit says of files under a checkpoint; `step` bundles are one span.
    private func fault(
        _ files: [String: [UInt8]], _ checkpoint: Checkpoint, since: [KeptCheckpoint] = [],
        step: Int64 = 1
    ) -> LogFault? {
        let audit = LogAudit(size: checkpoint.size, kinds: ["decided", "signed"], sha256) {
            path throws(Never) in files[path.text]
        }
        var spans: [LogAudit<Never>.Span] = []
        for start in stride(from: 0, to: audit.bundles, by: Int64.Stride(step)) {
            spans.append(audit.check(start..<min(start + step, audit.bundles)))
        }
        var faults = [audit.conclude(spans.reversed(), checkpoint, since: since)]
        var cache: (LogPath, [[UInt8]])?
        for path in files.keys.sorted() {
            guard let file = LogPath(path), audit.use(of: file) == .related else { continue }
            faults.append(audit.compare(file, &cache))
        }
        return LogFault.first(of: faults.compactMap { $0 })
    }

    private func signed(_ writer: LogWriter) throws -> Checkpoint {
        let note = try #require(SignedNote(parsing: writer.files["checkpoint"] ?? []))
        return try note.checkpoint(by: writer.key, HashSigned.verify)
    }

    @Test(arguments: [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1_000])
    func `a log as it was signed is found sound, in spans of any length`(count: Int) throws {
        let writer = try log(count)
        for step: Int64 in [1, 3] {
            #expect(fault(writer.files, try signed(writer), step: step) == nil)
        }
    }

    @Test func `every flipped or missing byte of any tile or bundle is found`() throws {
        let writer = try log(5)
        let checkpoint = try signed(writer)
        for (path, bytes) in writer.files where LogPath(path) != nil {
            for place in bytes.indices {
                var files = writer.files
                files[path]?[place] ^= 1 << UInt8(place % 8)
                #expect(fault(files, checkpoint) != nil, "\(path), byte \(place)")
                files[path] = Array(bytes[..<place])
                #expect(fault(files, checkpoint) != nil, "\(path), cut at \(place)")
            }
            var files = writer.files
            files[path] = bytes + [0]
            #expect(fault(files, checkpoint) != nil, "\(path), something added")
        }
    }

    @Test func `every missing file is found`() throws {
        let writer = try log(600)
        let checkpoint = try signed(writer)
        for path in writer.files.keys where LogPath(path) != nil {
            var files = writer.files
            files[path] = nil
            let found = try #require(fault(files, checkpoint, step: 64), "\(path)")
            #expect(found.file == path)
            let isEnd = path.hasPrefix("tile/entries") && path.contains(".p")
            #expect(found.deed == (isEnd ? .truncated : .removed), "\(path)")
        }
    }

    @Test(arguments: [1, 2, 256, 257, 400, 600])
    func `an edited entry is named`(seq: Int) throws {
        var writer = try log(600)
        let checkpoint = try signed(writer)
        var entries = LogWriter.entries(600)
        entries[seq - 1] = LogWriter.entries(600) { $0 == seq ? "9.9" : "0.\($0)" }[seq - 1]
        let index = (seq - 1) / 256
        let width = min(256, 600 - index * 256)
        let path = LogPath.entries(index: Int64(index), width: width).text
        writer.files[path] = EntryBundle.encode(entries[(index * 256)..<(index * 256 + width)])
        try expect(fault(writer.files, checkpoint), .edited, seq, path)
    }

    private func expect(
        _ fault: LogFault?, _ deed: LogFault.Deed, _ seq: Int, _ file: String,
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let fault = try #require(fault, sourceLocation: place)
        #expect(fault.deed == deed, "\(fault)", sourceLocation: place)
        #expect(fault.entries == Int64(seq)...Int64(seq), "\(fault)", sourceLocation: place)
        #expect(fault.file == file, sourceLocation: place)
    }

    @Test(arguments: [1, 100, 255, 300])
    func `a removed entry is named, with and without the tree made again`(seq: Int) throws {
        var entries = LogWriter.entries(600)
        entries.remove(at: seq - 1)
        let path = LogPath.entries(index: Int64((seq - 1) / 256), width: 256).text
        try expectBoth(entries, .removed, seq, path)
    }

    @Test(arguments: [(1, 2), (10, 200), (257, 300)])
    func `reordered entries are named, with and without the tree made again`(
        first: Int, second: Int
    ) throws {
        var entries = LogWriter.entries(600)
        entries.swapAt(first - 1, second - 1)
        let path = LogPath.entries(index: Int64((first - 1) / 256), width: 256).text
        try expectBoth(entries, .reordered, first, path)
    }

    /// Bundles alone made again, then tiles too.
    private func expectBoth(
        _ entries: [[UInt8]], _ deed: LogFault.Deed, _ seq: Int, _ path: String
    ) throws {
        var writer = try log(600)
        let checkpoint = try signed(writer)
        var forger = LogWriter(writer.key, sha256) { _ in nil }
        forger.write(entries + [LogWriter.entries(600)[599]].prefix(600 - entries.count))
        for (file, bytes) in forger.files where file.hasPrefix("tile/entries") {
            writer.files[file] = bytes
        }
        try expect(fault(writer.files, checkpoint), deed, seq, path)
        writer.files.merge(forger.files) { $1 }
        try expect(fault(writer.files, checkpoint), deed, seq, path)
    }

    @Test func `a cut end is truncated, by the first entry that is missing`() throws {
        var writer = try log(600)
        let checkpoint = try signed(writer)
        let last = LogPath.entries(index: 2, width: 88).text
        writer.files[last] = writer.files[last]?.dropLast(1)
        try expect(fault(writer.files, checkpoint), .truncated, 600, last)
        writer.files[last] = nil
        try expect(fault(writer.files, checkpoint), .truncated, 513, last)
    }

    @Test func `a forged tile is told from a forged entry`() throws {
        for (place, path) in [(40, "tile/0/001"), (3, "tile/0/002.p/88")] {
            var writer = try log(600)
            let checkpoint = try signed(writer)
            writer.files[path]?[place * 32 + 5] ^= 1
            let index = path.hasSuffix("001") ? 256 : 512
            try expect(fault(writer.files, checkpoint), .edited, index + place + 1, path)
            let told = fault(writer.files, checkpoint)
            #expect(told?.why.contains("the entry is the one that was signed") == true)
        }
        var writer = try log(600)
        let checkpoint = try signed(writer)
        writer.files["tile/1/000.p/2"]?[32] ^= 1
        let told = fault(writer.files, checkpoint)
        #expect(told?.deed == .edited && told?.entries == 257...512)
    }

    @Test
    func `an edit with the whole tree made again is refused, and an older checkpoint narrows it`()
        throws
    {
        let old = KeptCheckpoint(file: "kept", try signed(try log(300)))
        for (seq, found) in [(20, Int64(1)...300), (350, 301...600)] {
            var writer = try log(600)
            let checkpoint = try signed(writer)
            var forger = LogWriter(writer.key, sha256) { _ in nil }
            forger.write(LogWriter.entries(600) { $0 == seq ? "9.9" : "0.\($0)" })
            writer.files.merge(forger.files) { $1 }
            let told = fault(writer.files, checkpoint)
            #expect(told?.deed == .edited && told?.entries == 1...600)
            let narrowed = fault(writer.files, checkpoint, since: [old])
            #expect(narrowed?.entries == found)
            #expect(narrowed?.deed == (seq < 300 ? .forked : .edited))
        }
    }

    @Test func `a second history under the same key is found by an older checkpoint alone`() throws
    {
        for count in [0, 1, 255, 256, 300, 600] {
            let old = KeptCheckpoint(file: "kept", try signed(try log(count)))
            var forger = try log(0)
            forger.write(LogWriter.entries(600) { $0 == 1 ? "9.9" : "0.\($0)" })
            let checkpoint = try signed(forger)
            #expect(fault(forger.files, checkpoint) == nil)
            let told = fault(forger.files, checkpoint, since: [old])
            if count == 0 {
                #expect(told == nil)
            } else {
                #expect(told?.deed == .forked && told?.entries == 1...Int64(count))
            }
            let honest = try log(600)
            #expect(fault(honest.files, try signed(honest), since: [old]) == nil)
        }
    }

    @Test func `a log that ends before a kept checkpoint is rolled back`() throws {
        let old = KeptCheckpoint(file: "kept", try signed(try log(301)))
        let writer = try log(300)
        let told = fault(writer.files, try signed(writer), since: [old])
        #expect(told?.deed == .rolledBack && told?.entries == 301...301)
    }

    @Test func `older partial tiles are prefixes, and one that is not names the entry`() throws {
        let writer = try log(600, from: [3, 10, 300, 512, 590])
        let checkpoint = try signed(writer)
        #expect(fault(writer.files, checkpoint) == nil)
        for (path, place, seq) in [
            ("tile/0/000.p/3", 2 * 32, 3), ("tile/0/001.p/44", 7 * 32, 264),
            ("tile/entries/000.p/10", 20, 1), ("tile/entries/002.p/78", 20, 513),
        ] {
            var files = writer.files
            let known = files[path] != nil
            #expect(known, "\(path)")
            files[path]?[place] ^= 1
            try expect(fault(files, checkpoint), .forked, seq, path)
            files[path] = Array((writer.files[path] ?? []).dropLast())
            #expect(fault(files, checkpoint) != nil)
        }
    }

    @Test func `a copy that was made while the log grew is verified by the tiles that are there`()
        throws
    {
        let old = try log(300)
        var files = try log(600, from: [300]).files
        files["checkpoint"] = old.files["checkpoint"]
        for path in ["tile/0/001.p/44", "tile/entries/001.p/44"] {
            let removed = files.removeValue(forKey: path)
            #expect(removed != nil)
        }
        #expect(fault(files, try signed(old)) == nil)
    }
}

struct EntryScanTests {
    private func says(_ entries: [[UInt8]]) throws -> LogFault? {
        let key = try HashSigned.key()
        var writer = LogWriter(key, QuickHash.hash) { HashSigned.sign($0, key.publicKey) }
        let checkpoint = writer.write(entries)
        let audit = LogAudit(size: checkpoint.size, kinds: ["decided"], QuickHash.hash) {
            [files = writer.files] path throws(Never) in files[path.text]
        }
        return audit.conclude([audit.check(0..<audit.bundles)], checkpoint)
    }

    private func entry(_ rest: String) -> [UInt8] {
        Array((#"{"a":"# + rest + #","environment":"e","kind":"decided","seq":1,"v":1}"#).utf8)
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-1", "9007199254740991", "[]", "{}", "[1,[2,{}]]",
        #""""#, #""/\"\\\b\t\n\f\r\u0000\u001f""#, #""ä€😀""#, #"{"a":1,"b":{"é":1,"😀":2}}"#,
        #"{"\u0001":1,"\\":2}"#, #"{"a":1,"aa":2}"#, "\"\u{7F}\"",
    ])
    func `a signed entry in its canonical form is taken`(value: String) throws {
        #expect(try says([entry(value)]) == nil)
    }

    @Test(arguments: [
        "", " null", "nul", "tru", "01", "-0", "-", "1.0", "1e1", "9007199254740992", "+1", "[1,]",
        "[1", "[1 ]", "{", #"{"a":1,}"#, #"{"b":1,"a":2}"#, #"{"a":1,"a":2}"#, #"{"a" :1}"#,
        #""\/""#, #""\u0041""#, #""\u001F""#, #""\u000a""#, #""\x""#, "\"\n\"", #"""#, #""\"#,
        #"{"😀":1,"é":2}"#, #"{"\\":1,"\u0001":2}"#, #"{"\u00":1}"#, "'a'",
    ])
    func `a signed entry in any other form is refused`(value: String) throws {
        let fault = try says([entry(value)])
        #expect(fault?.deed == .edited && fault?.entries == 1...1)
    }

    @Test func `text that is no UTF-8 is refused, and depth has an end`() throws {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]] {
            var bad = entry("\"x\"")
            bad.replaceSubrange(6..<7, with: bytes)
            #expect(try says([bad]) != nil)
        }
        let deep = String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
        #expect(try says([entry(deep)]) != nil)
    }

    @Test func `what the parser writes is what the scanner takes, and no flipped bit of it`() throws
    {
        let good = LogWriter.entries(1)[0]
        #expect(try JSONValue(parsing: good).canonicalBytes == good)
        #expect(try says([good]) == nil)
        for place in good.indices {
            for bit in 0..<8 {
                var bad = good
                bad[place] ^= 1 << UInt8(bit)
                let value = try? JSONValue(parsing: bad)
                let isCanonical = value?.canonicalBytes == bad
                let isOurs =
                    value?["seq"]?.integer == 1 && value?["v"]?.integer == 1
                    && value?["kind"]?.text == "decided" && value?["environment"]?.text != nil
                #expect(try says([bad]) == nil ? isCanonical && isOurs : !(isCanonical && isOurs))
            }
        }
    }

    @Test func `an entry must say its version, kind, number and environment`() throws {
        let whole = #"{"environment":"e","kind":"decided","seq":1,"v":1}"#
        #expect(try says([Array(whole.utf8)]) == nil)
        for (part, other) in [
            (#""environment":"e","#, ""), (#""kind":"decided","#, ""), (#""seq":1,"#, ""),
            (#","v":1"#, ""), (#""v":1"#, #""v":2"#), (#""v":1"#, #""v":"1""#),
            ("decided", "sold"), (#""e""#, "1"), (#""seq":1"#, #""seq":"1""#),
        ] {
            let bad = whole.split(separator: part, omittingEmptySubsequences: false)
                .joined(separator: other)
            #expect(bad != whole)
            let fault = try says([Array(bad.utf8)])
            #expect(fault?.deed == .edited && fault?.entries == 1...1, "\(bad)")
        }
        let other = #"{"environment":"f","kind":"decided","seq":2,"v":1}"#
        let fault = try says([Array(whole.utf8), Array(other.utf8)])
        #expect(fault?.entries == 2...2 && fault?.why == "it is of another environment")
    }
}
