import AgentTestKit
import ApprovalCore
import Foundation
import ProgramTestKit
import Testing

/// `audit verify DIR`.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct VerifyCommandTests {
    private func verify(_ arguments: String...) async throws -> Program.Result {
        try await Program("countersign").run(["audit", "verify"] + arguments)
    }

    @Test func `a sound copy is verified, and the verdict says of what`() async throws {
        let folder = try LogFolder()
        let log = try folder.log(300)
        let result = try await verify(log, "--key", folder.key.description, "--format", "json")
        #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
        let told = try #require(result.objects.first)
        #expect(told["verdict"] as? String == "verified" && told["entries"] as? Int == 300)
        #expect(told["origin"] as? String == folder.key.name)
        #expect(told["key"] as? String == folder.key.description)
        #expect(told["first_bad_entry"] is NSNull && told["ledger_entries"] is NSNull)
        let file = try await verify(log, "--key", log + "/vkey")
        #expect(file.code == 0 && file.errors.isEmpty)
    }

    @Test func `a key that came with the copy is used with a warning`() async throws {
        let folder = try LogFolder()
        let result = try await verify(try folder.log(3))
        #expect(result.code == 0)
        #expect(result.errors.contains("WARNING: the key came with the copy"))
        #expect(result.errors.contains(folder.key.description))
    }

    @Test func `the verdict names the first bad entry and what was done to it`() async throws {
        let folder = try LogFolder()
        _ = try folder.log(600)
        let sound = folder.writer.files
        var entries = LogWriter.entries(600)
        entries.swapAt(9, 10)
        let swapped = EntryBundle.encode(entries.prefix(256))
        entries = LogWriter.entries(600)
        entries.remove(at: 299)
        let shorter = EntryBundle.encode(entries[256..<512])
        let other = LogWriter.entries(600) { "9.\($0)" }
        let cases: [(String, Int, String, [UInt8]?)] = [
            ("reordered", 10, "tile/entries/000", swapped),
            ("removed", 300, "tile/entries/001", shorter),
            ("edited", 513, "tile/entries/002.p/88", EntryBundle.encode(other[512...])),
            ("truncated", 513, "tile/entries/002.p/88", nil),
        ]
        for (deed, seq, file, bytes) in cases {
            var files = sound
            files[file] = bytes
            let log = try folder.save(files, as: deed)
            let result = try await verify(
                log, "--key", folder.key.description, "--format", "json")
            #expect(result.code == 2 && result.errors.contains("\(deed): entry \(seq), \(file)"))
            let told = try #require(result.objects.first)
            #expect(told["verdict"] as? String == deed)
            #expect(told["first_bad_entry"] as? Int == seq && told["file"] as? String == file)
        }
    }

    @Test func `a checkpoint that was kept shows a rolled back and a forked log`() async throws {
        let folder = try LogFolder()
        let (old, new) = (try folder.log(300), try folder.log(600))
        let key = folder.key.description
        let forward = try await verify(new, "--key", key, "--since", old + "/checkpoint")
        #expect(forward.code == 0 && forward.output.contains("since        300"))
        let back = try await verify(old, "--key", key, "--since", new + "/checkpoint")
        #expect(back.code == 2 && back.errors.contains("rolled_back: entries 301 to 600"))
        folder.writer.files = [:]
        folder.writer.write(LogWriter.entries(600) { $0 == 7 ? "9.7" : "0.\($0)" })
        let fork = try folder.save(folder.writer.files, as: "fork")
        let forked = try await verify(fork, "--key", key, "--since", old + "/checkpoint")
        #expect(forked.code == 2 && forked.errors.contains("forked: entries 1 to 300"))
        let stranger = try LogFolder()
        let foreign = try await verify(
            new, "--key", key, "--since", try stranger.log(3) + "/checkpoint")
        #expect(foreign.code == 2 && foreign.errors.contains("signed_by_another_key"))
    }

    @Test func `a copy whose vkey is not the key that was given is refused`() async throws {
        let (folder, other) = (try LogFolder(), try LogFolder())
        _ = try folder.log(3)
        folder.writer.files["vkey"] = Array("\(other.key)\n".utf8)
        let log = try folder.save(folder.writer.files, as: "renamed")
        let result = try await verify(log, "--key", folder.key.description)
        #expect(result.code == 2 && result.errors.contains("signed_by_another_key: vkey"))
    }

    @Test func `a checkpoint that is none is refused, byte for byte`() async throws {
        let folder = try LogFolder()
        _ = try folder.log(3)
        let sound = folder.writer.files
        let note = sound["checkpoint"] ?? []
        for place in [0, 26, 28, 60, note.count - 30, note.count - 1] {
            var files = sound
            files["checkpoint"]?[place] ^= 1
            let log = try folder.save(files, as: "note-\(place)")
            let result = try await verify(log, "--key", folder.key.description)
            #expect(result.code == 2, "\(place): \(result.output)")
        }
    }

    @Test func `files that are none of a log are told, and so are those beyond the checkpoint`()
        async throws
    {
        let folder = try LogFolder()
        _ = try folder.log(600)
        var files = folder.writer.files
        _ = try folder.log(300)
        for file in ["checkpoint", "tile/1/000.p/1"] { files[file] = folder.writer.files[file] }
        files["notes.txt"] = [1]
        files["tile/0/000.bak"] = [1]
        let log = try folder.save(files, as: "stray")
        let result = try await verify(log, "--key", folder.key.description, "--format", "json")
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("notes.txt: it is no file of a log"))
        #expect(result.errors.contains("tile/0/000.bak: it is no file of a log"))
        #expect(result.errors.contains("2 files lie beyond the checkpoint"))
        #expect(result.objects.first?["unknown_files"] as? Int == 2)
    }

    @Test func `what cannot be read is exit 1, a bad key 3, and misuse 64`() async throws {
        let folder = try LogFolder()
        let log = try folder.log(3)
        let key = folder.key.description
        for (code, arguments, why) in [
            (Int32(1), [folder.path + "/nowhere", "--key", key], "no such directory"),
            (1, [folder.path, "--key", key], "checkpoint: it is not there"),
            (1, [folder.path], "vkey: it is not there"),
            (1, [log, "--key", key, "--since", folder.path + "/none"], "cannot be read"),
            (1, [log, "--key", key, "--since", log + "/vkey"], "it is not a checkpoint"),
            (3, [log, "--key", "countersign.example"], "--key"),
            (3, [log, "--key", log + "/checkpoint"], "public key"),
            (64, [log, "--keys", key], "--keys"), (64, ["--key", key], "--key belongs to a DIR"),
        ] {
            let result = try await Program("countersign").run(["audit", "verify"] + arguments)
            #expect(result.code == code && result.errors.contains(why), "\(result.errors)")
        }
    }
}
