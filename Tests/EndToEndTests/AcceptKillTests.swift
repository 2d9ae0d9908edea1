import Foundation
import ProgramTestKit
import Testing

/// INVARIANT: I4, I6, I8. An acceptance after a loss that is killed at any step is repeated by the
/// same command; until one of them ended well, nothing is approved.
@Suite(
    .serialized, .timeLimit(.minutes(15)),
    .enabled("strace is missing or may not trace: no kill is aimed at a step") {
        await Strace.works()
    })
struct AcceptKillTests {
    /// At how many steps it is killed at least.
    private static let points = 24

    /// A ledger that was restored from before its last payouts. One of these was signed, and the
    /// platform never got it: it is PENDING to the end.
    private static func play(
        _ body: (Scene, _ behind: String, _ signed: String) async throws -> Void
    ) async throws {
        try await Scene.play(policy: Scene.unlimited) { scene in
            let (folder, files) = (scene.folder, FileManager.default)
            try await scene.create([AgentFolder.withdrawal()])
            #expect(try await scene.once().code == 0)
            let copy = folder.path + "/copy.sqlite"
            #expect(try await folder.run("backup", copy).code == 0)
            try await scene.create([AgentFolder.withdrawal()])
            #expect(try await scene.once().code == 0)
            try await scene.add(
                [
                    [
                        "match": ["endpoint": "approve"],
                        "fault": ["kind": "drop", "when": "before"],
                    ]
                ], to: "faults")
            let signed = try await scene.create([AgentFolder.withdrawal("-0.30000000")])[0]
            #expect(try await scene.once().code == 1)
            try await scene.clear("faults")
            let ledger = folder.path + "/state/ledger.sqlite"
            for suffix in ["", "-wal", "-shm"] { try? files.removeItem(atPath: ledger + suffix) }
            try files.moveItem(atPath: copy, toPath: ledger)
            let behind = folder.path + "/behind"
            try files.copyItem(atPath: folder.path + "/state", toPath: behind)
            try await body(scene, behind, signed)
        }
    }

    private static func putBack(_ behind: String, _ folder: AgentFolder) throws {
        try FileManager.default.removeItem(atPath: folder.path + "/state")
        try FileManager.default.copyItem(atPath: behind, toPath: folder.path + "/state")
    }

    private static func accept(_ folder: AgentFolder) -> [String] {
        ["reconcile", "--accept", "--why", "lost", "--config", folder.configuration]
    }

    /// Attempts that the platform saw to approve a transaction.
    private static func attempts(_ scene: Scene, _ id: String) async throws -> Int {
        try await scene.described().first { $0.id == id }?.attempts.count ?? -1
    }

    @Test func `what lost entries signed and is still PENDING is never signed again`() async throws
    {
        try await Self.play { scene, _, signed in
            let accepted = try await scene.folder.run("reconcile", "--accept", "--why", "lost")
            #expect(accepted.code == 0, "\(accepted.errors)")
            let told = "1 that lost entries signed, or asked for, are not approved there"
            #expect(accepted.errors.contains(told), "\(accepted.errors)")
            #expect(accepted.errors.contains("(verified)"), "\(accepted.errors)")
            let before = try await Self.attempts(scene, signed)
            let next = try await scene.create([AgentFolder.withdrawal()])
            let pass = try await scene.once()
            #expect(pass.item(signed)?.codes == ["IN_PROGRESS"], "\(pass.items)")
            #expect(try await Self.attempts(scene, signed) == before)
            #expect(try await scene.approved().isSuperset(of: next))
            // Twice 0.1005, and 0.3005 of what nobody approved yet.
            let decided = try await Referee.entries(of: scene.folder).last { $0.kind == "decided" }
            #expect(
                decided?.text.contains("\"used\":\"0.50150000\"") == true,
                "\(decided?.text ?? "none")")
        }
    }

    @Test func `killed at any step it is repeated, and nothing is approved before it ended`()
        async throws
    {
        try await Self.play { scene, behind, signed in
            let (folder, strace) = (scene.folder, Strace(folder: scene.folder.path))
            let counts = try await strace.counts(Self.accept(folder))
            let all = counts.flatMap { call, most in (1...most).map { (call, $0) } }
            let stride = max(1, all.count / Self.points)
            // Each step at which a name changes, and of the others one of so many.
            let steps = all.enumerated().filter { index, step in
                Strace.naming.contains(step.0) || index.isMultiple(of: stride)
            }.map(\.element)
            var (killed, left): (Int, [String: Int]) = (0, [:])
            for step in steps {
                try Self.putBack(behind, folder)
                let new = try await scene.create([AgentFolder.withdrawal("-0.01000000")])[0]
                let run = try await strace.killed(at: step, Self.accept(folder))
                guard run.code != 0 else { continue }
                killed += 1
                let place = "\(step.0) \(step.1)"
                for name in try Self.leftovers(folder) { left[name, default: 0] += 1 }
                try await Self.check(scene, new, signed, place)
            }
            #expect(killed >= Self.points, "\(killed) of \(all.count) steps")
            for name in ["ACCEPTING", "superseded", "no audit directory"] {
                #expect(left[name, default: 0] > 0, "\(left)")
            }
            print("\(killed) kills of \(all.count) steps; they left \(left)")
        }
    }

    /// What a killed acceptance left in the folder of the ledger.
    private static func leftovers(_ folder: AgentFolder) throws -> [String] {
        let state = folder.path + "/state"
        let names = try FileManager.default.contentsOfDirectory(atPath: state)
        var left = names.filter { $0 == "ACCEPTING" || $0 == "audit.next" }
        if names.contains(where: { $0.hasPrefix("audit.superseded") }) { left.append("superseded") }
        if !names.contains("audit") { left.append("no audit directory") }
        if names.contains("ledger.sqlite.high-water.new") { left.append("half a mark") }
        let incoming = try? FileManager.default.contentsOfDirectory(atPath: state + "/audit/.new")
        if incoming?.isEmpty == false { left.append("half a file") }
        return left
    }

    /// Whether a killed acceptance had done all it had to.
    private static func isEnded(_ state: String) throws -> Bool {
        let files = FileManager.default
        let names = try files.contentsOfDirectory(atPath: state)
        let published = files.contents(atPath: state + "/audit/checkpoint")
        return !names.contains("ACCEPTING") && published != nil
            && published == files.contents(atPath: state + "/ledger.sqlite.high-water")
            && names.contains { $0.hasPrefix("audit.superseded") }
    }

    private static func check(
        _ scene: Scene, _ new: String, _ signed: String, _ place: String
    ) async throws {
        let folder = scene.folder
        let state = folder.path + "/state"
        let (isEnded, left) = (try Self.isEnded(state), try Self.leftovers(folder))
        let before = try await Self.attempts(scene, signed)
        let refused = try await scene.once()
        let isApproved = try await scene.approved().contains(new)
        if !isEnded {
            #expect(refused.code == 1 && !isApproved, "\(place): \(refused.errors)")
            #expect(refused.errors.contains("reconcile --accept"), "\(place): \(refused.errors)")
            let status = try await folder.run("status", "--format", "json")
            #expect(status.objects.first?["loss"] is String, "\(place): \(status.output)")
            let verified = try await folder.run("audit", "verify")
            #expect(verified.code != 0, "\(place): \(verified.output)")
            if left.contains("ACCEPTING") {
                #expect(refused.errors.contains("ACCEPTING"), "\(place): \(refused.errors)")
                #expect(verified.errors.contains("ACCEPTING"), "\(place): \(verified.errors)")
            }
            let again = try await Program("countersign").run(Self.accept(folder))
            #expect(again.code == 0, "\(place): \(again.errors)")
            let pass = try await scene.once()
            #expect([0, 4].contains(pass.code), "\(place): \(pass.errors)")
        }
        #expect(try await scene.approved().contains(new), "\(place)")
        #expect(try await Self.attempts(scene, signed) == before, "\(place)")
        let doubled = try await scene.described().filter { $0.accepted.count > 1 }
        #expect(doubled.isEmpty, "\(place)")
        let sound = try await folder.run("audit", "verify")
        #expect(sound.code == 0, "\(place): \(sound.errors)")
    }

    @Test func `ACCEPTING is on disk before the ledger, its mark or its log are touched`()
        async throws
    {
        try await Self.play { scene, _, _ in
            let strace = Strace(folder: scene.folder.path)
            let lines = try await strace.lines(Self.accept(scene.folder))
            let made = try #require(
                lines.firstIndex { $0.contains("ACCEPTING") && $0.contains("O_CREAT") })
            let syncs = lines.indices.filter { place in
                place > made && lines[place].contains("fsync(")
            }
            let file = syncs.first { lines[$0].contains("/state/ACCEPTING>") }
            let folder = syncs.first { lines[$0].contains("/state>") }
            let synced = try #require([file, folder].compactMap(\.self).max())
            #expect(file != nil && folder != nil)
            let touched = try #require(lines.firstIndex(where: Self.isChange))
            #expect(synced < touched, "\(lines[synced]) before \(lines[touched])")
            #expect(lines.contains(where: Self.isMark), "the mark is written, later")
        }
    }

    /// Whether a traced call leaves a mark in the lock file.
    private static func isMark(_ line: String) -> Bool {
        line.contains("ledger.sqlite.lock>") && line.hasSuffix(", 32) = 86")
    }

    /// Whether it changes ledger, mark or log.
    private static func isChange(_ line: String) -> Bool {
        let isWrite = ["pwrite64(", "write(", "ftruncate("].contains { line.contains($0) }
        let isAudit = line.contains("/state/audit") && line.contains("O_CREAT")
        let isName = ["rename", "mkdir"].contains { line.contains($0) }
        return isWrite && line.contains("ledger.sqlite-wal>") || isMark(line) || isAudit || isName
    }
}

/// strace over the calls by which files change.
struct Strace {
    private static let calls = [
        "openat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "unlink",
        "unlinkat", "fsync", "fdatasync", "write", "pwrite64", "ftruncate", "chmod", "chown",
    ]
    /// Of these each is struck; of the others there are too many without an effect.
    private static let struck = calls.filter { $0 != "openat" && $0 != "write" }

    /// Calls that change a name of a file, and are few.
    static let naming: Set = ["rename", "mkdir", "rmdir", "unlink", "chmod", "chown"]

    let folder: String

    static func works() async -> Bool {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") else { return false }
        let run = try? await Program("/usr/bin/strace").run(
            ["-qq", "-o", "/dev/null", "-e", "inject=write:signal=KILL:when=1", "/bin/echo", "x"])
        return run.map { $0.code != 0 && $0.output.isEmpty } ?? false
    }

    private func run(
        _ flags: [String], _ arguments: [String]
    ) async throws -> (Program.Result, [String]) {
        let trace = folder + "/trace"
        let program = Program.folder.appendingPathComponent("countersign").path
        let result = try await Program("/usr/bin/strace").run(
            ["-f", "-qq", "-y", "-s", "0", "-e", "signal=none", "-o", trace] + flags
                + [program] + arguments, seconds: 120)
        let text = try String(contentsOfFile: trace, encoding: .utf8)
        return (result, text.split(separator: "\n").map(String.init))
    }

    /// The lines of a run that ends well.
    func lines(_ arguments: [String]) async throws -> [String] {
        let (result, lines) = try await run(
            ["-e", "trace=" + Self.calls.map { "?" + $0 }.joined(separator: ",")], arguments)
        #expect(result.code == 0, "\(result.errors)")
        return lines
    }

    /// How often, at most, one thread makes each call.
    func counts(_ arguments: [String]) async throws -> [(String, Int)] {
        var counts: [String: [String: Int]] = [:]
        for line in try await lines(arguments) {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let call = words[1].split(separator: "(").first else {
                continue
            }
            counts[String(call).trimmingCharacters(in: .whitespaces), default: [:]][
                String(words[0]), default: 0] += 1
        }
        return Self.struck.compactMap { call in
            counts[call]?.values.max().map { (call, $0) }
        }
    }

    /// A run that is killed when a thread makes a call for the n-th time.
    func killed(at step: (String, Int), _ arguments: [String]) async throws -> Program.Result {
        try await run(
            [
                "-e", "trace=?" + step.0,
                "-e", "inject=\(step.0):signal=KILL:when=\(step.1)",
            ], arguments
        ).0
    }
}
