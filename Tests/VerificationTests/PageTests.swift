import AgentTestKit
import ApprovalCore
import Foundation
import ProgramTestKit
import Testing

/// Each command of `docs/verify-without-us.md`, as it stands there.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The blocks of the page that are marked with a word.
    private static func blocks(_ word: String) throws -> [String] {
        let page = try String(
            contentsOfFile: root + "/docs/verify-without-us.md", encoding: .utf8)
        return page.components(separatedBy: "```sh \(word)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    /// Runs the blocks one after the other; the first that fails is the result.
    private func run(
        _ word: String, _ log: String, _ key: String, kept: String = ""
    ) async throws -> Program.Result {
        let blocks = try Self.blocks(word)
        #expect(!blocks.isEmpty, "the page has no block marked \(word)")
        let script = "set -euo pipefail\ncd \"$ROOT\"\n" + blocks.joined(separator: "\n")
        let program = Program(
            "/bin/bash",
            environment: ["LOG": log, "VKEY": key, "KEPT": kept, "ROOT": Self.root])
        return try await program.run(["-c", script], seconds: 120)
    }

    private func isThere(_ command: String) async throws -> Bool {
        let program = Program("/bin/bash", environment: ["ROOT": Self.root])
        return try await program.run(["-c", "cd \"$ROOT\" && \(command)"]).code == 0
    }

    /// The page's ways that this machine can go, and loudly those that it cannot.
    private func ways() async throws -> [String] {
        var ways = ["openssl"]
        let go = "command -v go && test -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog"
        if try await isThere(go) {
            ways.append("go")
        } else {
            skip("Go", try Self.blocks("install-go"))
        }
        if try await isThere(".build/pymerkle/bin/python -c 'import pymerkle'") {
            ways.append("pymerkle")
        } else {
            skip("pymerkle", try Self.blocks("install-pymerkle"))
        }
        return ways
    }

    private func skip(_ what: String, _ remedy: [String]) {
        let text =
            "NOT RUN: the page's commands for \(what), which is not installed here. Install it: "
            + remedy.joined(separator: "; ").replacingOccurrences(of: "\n", with: "; ")
        print("\n*** \(text)\n")
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 65_535, 65_536, 70_000])
    func `each program on the page verifies a log, and none a forged copy of it`(
        count: Int
    ) async throws {
        let folder = try LogFolder()
        let log = try folder.log(count)
        let ways = try await ways()
        for way in ways {
            let result = try await run(way, log, folder.key.description)
            #expect(result.code == 0, "\(way): \(result.output)\(result.errors)")
        }
        let own = try await Program("countersign").run(
            ["audit", "verify", log, "--key", folder.key.description])
        #expect(own.code == 0 && own.output.hasPrefix("verdict      verified"), "\(own.errors)")
        guard count > 0 else { return }
        let forged = try folder.forged(count, at: (count + 1) / 2)
        for way in ways {
            let result = try await run(way, forged, folder.key.description)
            #expect(result.code != 0, "\(way) took the forged copy: \(result.output)")
        }
        let refused = try await Program("countersign").run(
            ["audit", "verify", forged, "--key", folder.key.description])
        #expect(refused.code == 2 && refused.output.hasPrefix("verdict      edited"))
        guard count == 70_000 else { return }
        try FileManager.default.removeItem(atPath: log + "/tile/2/000.p/1")
        let missed = try await Program("countersign").run(
            ["audit", "verify", log, "--key", folder.key.description])
        #expect(missed.code == 2 && missed.errors.contains("removed: entries 1 to 65536, tile/2"))
    }

    @Test func `a checkpoint signed by another key is refused by those who look at it`()
        async throws
    {
        let (folder, other) = (try LogFolder(), try LogFolder())
        let log = try folder.log(300)
        for way in try await ways() where way != "pymerkle" {
            let result = try await run(way, log, other.key.description)
            #expect(result.code != 0, "\(way): \(result.output)")
        }
        let own = try await Program("countersign").run(
            ["audit", "verify", log, "--key", other.key.description])
        #expect(own.code == 2 && own.output.hasPrefix("verdict      signed_by_another_key"))
    }

    @Test func `Go sees a log rolled back and a second history, by the checkpoint that was kept`()
        async throws
    {
        guard try await ways().contains("go") else { return }
        let folder = try LogFolder()
        let (old, new) = (try folder.log(300), try folder.log(600))
        let key = folder.key.description
        let forward = try await run("go-since", new, key, kept: old + "/checkpoint")
        #expect(forward.code == 0, "\(forward.errors)")
        let back = try await run("go-since", old, key, kept: new + "/checkpoint")
        #expect(back.code != 0 && back.errors.contains("rolled back"))
        folder.writer.files = [:]
        folder.writer.write(LogWriter.entries(600) { $0 == 7 ? "9.7" : "0.\($0)" })
        let fork = try folder.save(folder.writer.files, as: "fork")
        let forked = try await run("go-since", fork, key, kept: old + "/checkpoint")
        #expect(forked.code != 0, "\(forked.output)")
    }
}
