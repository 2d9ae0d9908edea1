import AgentTestKit
import ApprovalCore
import Testing

/// A note's key and signatures without a library: the signature is a hash that anyone can make.
enum HashSigned {
    static let verify: Ed25519 = { message, signature, key in
        signature == sign(message, key)
    }

    static func sign(_ message: [UInt8], _ key: PublicKey) -> Signature? {
        let first = TestSHA256.hash(key.bytes + message).bytes
        return Signature(first + TestSHA256.hash(first).bytes)
    }

    static func key(_ name: String = "countersign.example/test", _ byte: UInt8 = 7) throws
        -> VerifierKey
    {
        let publicKey = try #require(PublicKey([UInt8](repeating: byte, count: 32)))
        return try #require(VerifierKey(name: name, publicKey: publicKey, TestSHA256.hash))
    }

    static func line(_ text: String, _ key: VerifierKey) throws -> SignedNote.Line {
        SignedNote.Line(key, try #require(sign(Array(text.utf8), key.publicKey)))
    }
}

struct VerifierKeyTests {
    /// The key of Go's checksum database, as its `go` command has it built in.
    private let known = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

    @Test func `a published key is read, named and printed again`() throws {
        let key = try #require(VerifierKey(text: known, TestSHA256.hash))
        #expect(key.name == "sum.golang.org" && key.id.hex == "033de0ae")
        #expect(key.description == known)
    }

    @Test func `no flipped, cut or doubled byte of a key is read as a key of that name`() {
        let bytes = Array(known.utf8)
        for place in bytes.indices {
            #expect(read(Array(bytes[..<place])) == nil)
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << UInt8(bit)
                #expect(read(other) == nil, "byte \(place), bit \(bit)")
            }
        }
        #expect(read(bytes + [0x0A]) == nil && read(bytes + bytes) == nil)
    }

    private func read(_ bytes: [UInt8]) -> VerifierKey? {
        String(validating: bytes, as: UTF8.self).flatMap { VerifierKey(text: $0, TestSHA256.hash) }
    }

    @Test(arguments: [
        "", " ", "a b", "a+b", "a\u{A0}b", "a\u{2003}b", "a\nb", "a\tb", "a\u{0}",
        String(repeating: "a", count: 256),
    ])
    func `a name with white space, a plus or a control character is no name`(name: String) {
        #expect(!VerifierKey.isName(name))
    }
}

struct SignedNoteTests {
    private let text = "If you think cryptography\n\nis the answer\n"

    @Test func `a note is written as the specification shows it`() throws {
        let key = try HashSigned.key("example.com/log")
        let note = SignedNote(text: text, lines: [try HashSigned.line(text, key)])
        let lines = String(decoding: note.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6 && lines[3] == "" && lines[5] == "")
        #expect(lines[4].hasPrefix("— example.com/log "))
        let read = try #require(SignedNote(parsing: note.bytes))
        #expect(read.text == text && read.bytes == note.bytes)
        try read.verify(with: key, HashSigned.verify)
    }

    @Test func `other signatures are kept, and say nothing`() throws {
        let (key, witness) = (try HashSigned.key("log.example"), try HashSigned.key("witness", 9))
        let own = try HashSigned.line(text, key)
        let cosignature = try HashSigned.line("something else", witness)
        let note = try #require(
            SignedNote(parsing: SignedNote(text: text, lines: [cosignature, own]).bytes))
        #expect(note.lines.count == 2)
        try note.verify(with: key, HashSigned.verify)
        #expect(throws: SignedNoteError.badSignature) {
            try note.verify(with: witness, HashSigned.verify)
        }
        let stranger = try HashSigned.key("log.example", 8)
        #expect(throws: SignedNoteError.otherKey(signers: ["witness", "log.example"])) {
            try note.verify(with: stranger, HashSigned.verify)
        }
    }

    @Test func `two lines of one key are no note`() throws {
        let key = try HashSigned.key()
        let line = try HashSigned.line(text, key)
        #expect(SignedNote(parsing: SignedNote(text: text, lines: [line, line]).bytes) == nil)
    }

    @Test func `a checkpoint is taken only from a note of its own log`() throws {
        let (key, other) = (try HashSigned.key("log.example"), try HashSigned.key("log2.example"))
        let text = Checkpoint(
            origin: "log.example", size: 0, root: MerkleTree.empty(TestSHA256.hash)
        ).text
        let note = SignedNote(
            text: text, lines: [try HashSigned.line(text, key), try HashSigned.line(text, other)])
        #expect(try note.checkpoint(by: key, HashSigned.verify).size == 0)
        #expect(throws: SignedNoteError.otherOrigin("log.example")) {
            try note.checkpoint(by: other, HashSigned.verify)
        }
        let plain = SignedNote(text: "x\n", lines: [try HashSigned.line("x\n", key)])
        #expect(throws: SignedNoteError.noCheckpoint) {
            try plain.checkpoint(by: key, HashSigned.verify)
        }
    }

    @Test func `no flipped, cut or added byte of a note leaves it verified`() throws {
        let key = try HashSigned.key()
        let note = SignedNote(text: text, lines: [try HashSigned.line(text, key)]).bytes
        #expect(holds(note, key))
        for other in Hostile.variants(of: note) {
            #expect(!holds(other, key), "\(String(decoding: other, as: UTF8.self))")
        }
    }

    private func holds(_ bytes: [UInt8], _ key: VerifierKey) -> Bool {
        guard let note = SignedNote(parsing: bytes) else { return false }
        return (try? note.verify(with: key, HashSigned.verify)) != nil
    }
}

/// What an attacker can make of bytes without knowing what they mean.
enum Hostile {
    /// Every bit flipped, every byte cut or doubled, every beginning, and something added.
    static func variants(of bytes: [UInt8]) -> [[UInt8]] {
        var variants = [bytes + [0x0A], [0x0A] + bytes, bytes + [0x20], bytes + bytes]
        for place in bytes.indices {
            variants.append(Array(bytes[..<place]))
            variants.append(Array(bytes[..<place] + bytes[(place + 1)...]))
            variants.append(Array(bytes[...place] + bytes[place...]))
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << UInt8(bit)
                variants.append(other)
            }
        }
        return variants.filter { $0 != bytes }
    }
}

struct CheckpointTests {
    private static func text(_ size: String) -> String {
        "countersign.example/test\n\(size)\n\(TestSHA256.hash([]).bytes.base64)\n"
    }

    @Test(arguments: ["0", "1", "256", "1099511627776"])
    func `a size that a log can have is read`(_ size: String) throws {
        let checkpoint = try #require(Checkpoint(text: Self.text(size)))
        #expect(String(checkpoint.size) == size && checkpoint.text == Self.text(size))
    }

    @Test(arguments: [
        "-1", "1099511627777", "4611686018427387904", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "01", "+1", " 1", "1 ", "0x10", "",
    ])
    func `no other size is, however it was signed`(_ size: String) throws {
        #expect(Checkpoint(text: Self.text(size)) == nil)
        let key = try HashSigned.key()
        let text = Self.text(size)
        let note = SignedNote(text: text, lines: [try HashSigned.line(text, key)])
        #expect(throws: SignedNoteError.noCheckpoint) {
            _ = try note.checkpoint(by: key, HashSigned.verify)
        }
    }
}

struct LogPathTests {
    @Test(arguments: [
        (LogPath.tile(level: 0, index: 0, width: 256), "tile/0/000"),
        (.tile(level: 1, index: 999, width: 1), "tile/1/999.p/1"),
        (.tile(level: 0, index: 1000, width: 256), "tile/0/x001/000"),
        (.tile(level: 2, index: 1_234_067, width: 255), "tile/2/x001/x234/067.p/255"),
        (.entries(index: 273, width: 112), "tile/entries/273.p/112"),
        (.entries(index: 1_234_067, width: 256), "tile/entries/x001/x234/067"),
    ])
    func `a path is written and read as the specification has it`(path: LogPath, text: String) {
        #expect(path.text == text && LogPath(text) == path)
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000",
        "tile/8/000", "tile/-1/000", "tile/x/000", "tile/0/x000/001", "tile/0/001/000",
        "tile/0/x001/x234", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
        "tile/0/000.p", "tile/0/000/.p/1", "tile/0/000.p/1/2", "/tile/0/000", "tile/0/000/",
        "tile/entries", "tile/Entries/000", "tile/0/+01", "tile/0/00x",
        "tile/0/x999/x999/x999/"
            + "x999/x999/x999/x999/999",
    ])
    func `any other text is no path`(text: String) {
        #expect(LogPath(text) == nil)
    }

    @Test func `every path reads back`() {
        var random = SeededGenerator(seed: 6962)
        for _ in 0..<2_000 {
            let index = Int64.random(in: 0...(Int64.max >> random.below(62)), using: &random)
            let width = 1 + random.below(256)
            let path: LogPath =
                random.chance(2)
                ? .entries(index: index, width: width)
                : .tile(level: random.below(8), index: index, width: width)
            #expect(LogPath(path.text) == path)
        }
    }
}

struct EntryBundleTests {
    @Test func `entries come back from a bundle, whatever their length`() throws {
        let entries = [[], [1], [UInt8](repeating: 2, count: 65_535), [3, 4]]
        let bytes = try #require(EntryBundle.encode(entries))
        #expect(bytes.count == 8 + 65_538)
        #expect(EntryBundle.decode(bytes, count: 4) == entries)
        #expect(EntryBundle.decode(bytes, count: 3) == nil)
        #expect(EntryBundle.decode(bytes, count: 5) == nil)
        #expect(EntryBundle.decode(bytes + [0], count: 4) == nil)
        #expect(EntryBundle.encode([[UInt8](repeating: 0, count: 65_536)]) == nil)
    }

    @Test func `a bundle that was cut anywhere is none`() throws {
        let bytes = try #require(EntryBundle.encode([[1, 2, 3], [], [4]]))
        for end in bytes.indices {
            #expect(EntryBundle.decode(Array(bytes[..<end]), count: 3) == nil)
        }
        #expect(EntryBundle.wholeRanges(of: Array(bytes.dropLast()), atMost: 3).ranges.count == 2)
    }
}

struct ReceiptTests {
    private let entries = (0..<11).map { Array("entry \($0)".utf8) }

    private func receipt(_ index: Int, extra: [UInt8]? = nil) throws -> (Receipt, VerifierKey) {
        let key = try HashSigned.key()
        let rows = NaiveTree(entries).rows
        let hash: SubtreeHash<Never> = { rows[$0][Int($1)] }
        let root = MerkleTree.root(size: 11, TestSHA256.hash, hash)
        let text = Checkpoint(origin: key.name, size: 11, root: root).text
        let note = SignedNote(text: text, lines: [try HashSigned.line(text, key)])
        let hashes = try #require(
            MerkleTree.inclusion(of: Int64(index), size: 11, TestSHA256.hash, hash))
        return (Receipt(index: Int64(index), hashes: hashes, extra: extra, note: note), key)
    }

    @Test func `a receipt proves its own entry and no other`() throws {
        for index in entries.indices {
            let (made, key) = try receipt(index, extra: index == 3 ? [1, 2] : nil)
            let read = try #require(Receipt(parsing: made.bytes))
            #expect(read.extra == made.extra && read.bytes == made.bytes)
            let proven = entries.indices.filter {
                (try? read.verify(
                    entry: entries[$0], key: key, HashSigned.verify, TestSHA256.hash)) != nil
            }
            #expect(proven == [index])
        }
    }

    @Test func `a receipt is written as the specification shows it`() throws {
        let (receipt, _) = try receipt(3, extra: [0xFF, 0xFE])
        let lines = String(decoding: receipt.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.prefix(3) == ["c2sp.org/tlog-proof@v1", "extra //4=", "index 3"])
        #expect(lines[7] == "" && lines[8] == "countersign.example/test" && lines[9] == "11")
    }

    @Test func `no flipped, cut or added byte of a receipt leaves it proving its entry`() throws {
        let (receipt, key) = try receipt(6)
        for bytes in Hostile.variants(of: receipt.bytes) {
            guard let read = Receipt(parsing: bytes) else { continue }
            let proven = try? read.verify(
                entry: entries[6], key: key, HashSigned.verify, TestSHA256.hash)
            #expect(proven == nil, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func `a receipt of another log's key proves nothing`() throws {
        let (receipt, key) = try receipt(6)
        let other = try HashSigned.key(key.name, 8)
        #expect(throws: ReceiptError.checkpoint(.otherKey(signers: [key.name]))) {
            try receipt.verify(
                entry: entries[6], key: other, HashSigned.verify, TestSHA256.hash)
        }
    }
}
