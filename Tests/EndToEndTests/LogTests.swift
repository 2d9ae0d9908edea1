import Foundation
import ProgramTestKit
import Testing

/// The audit log as it is published by the running program.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LogTests {
    private static func lists(_ report: [String: Any]) -> Int {
        (report["requests_by_endpoint"] as? [String: Int])?["GET list"] ?? 0
    }

    @Test func `a single pass publishes every entry and a receipt of each approval`() async throws {
        try await Scene.play(policy: Scene.unlimited) { scene in
            let ids = try await scene.create((1...5).map { _ in AgentFolder.withdrawal() })
            #expect(try await scene.once().code == 0)
            let log = try PublishedLog(scene.folder)
            #expect(log.isWhole)
            #expect(log.kinds.first == "policy_activated")
            #expect(log.kinds.last == "stopped")
            for id in ids {
                let path = "state/audit/receipts/\(id).tlog-proof"
                let receipt = try scene.folder.read(path)
                #expect(receipt.utf8.count <= 4_096)
                let proof = try await scene.folder.run("audit", "prove", id)
                #expect(proof.output == receipt)
            }
            let again = scene.folder.path + "/again"
            #expect(try await scene.folder.run("audit", "rebuild", again).code == 0)
            let rebuilt = try PublishedLog(scene.folder, at: "again").files()
            #expect(try log.files() == rebuilt)
        }
    }

    @Test func `a stop publishes the last entry, and a start after a kill what it left`()
        async throws
    {
        try await Scene.play(policy: Scene.unlimited) { scene in
            try await scene.create((1...60).map { _ in AgentFolder.transfer() })
            let agent = try scene.start()
            try await scene.sandbox.report { ($0["approvals_accepted"] as? Int ?? 0) >= 5 }
            agent.kill()
            _ = await agent.end()
            let first = try PublishedLog(scene.folder)
            #expect(first.isWhole)
            let next = try scene.start()
            try await scene.sandbox.report { $0["approvals_accepted"] as? Int == 60 }
            next.terminate()
            #expect(await next.end().code == 0)
            let last = try PublishedLog(scene.folder)
            #expect(last.isWhole)
            #expect(last.kinds.last == "stopped")
            #expect(Array(last.entries.prefix(first.size)) == first.entries)
            let confirmed = last.kinds.filter { $0 == "confirmed" }.count
            let receipts = try FileManager.default.contentsOfDirectory(
                atPath: last.folder + "/receipts")
            #expect(receipts.count == confirmed)
            print("\(last.size) entries, \(receipts.count) receipts")
        }
    }

    /// Changes one byte of a file at the last place where a text begins.
    private static func flip(_ text: String, in file: String, _ folder: AgentFolder) throws {
        let url = URL(fileURLWithPath: folder.path + "/" + file)
        var bytes = try Data(contentsOf: url)
        let place = try #require(bytes.range(of: Data(text.utf8), options: .backwards))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: url)
    }

    @Test(arguments: ["an entry", "a tile", "a bundle", "the high-water mark", "the vkey"])
    func `nothing is signed or approved once a byte was changed in`(_ what: String) async throws {
        try await Scene.play { scene in
            try await scene.create([AgentFolder.withdrawal()])
            #expect(try await scene.once().code == 0)
            let before = try scene.folder.read("state/audit/checkpoint")
            let size = try PublishedLog(scene.folder).size
            let attempts = try await scene.sandbox.report()["approvals_attempted"] as? Int
            switch what {
            case "an entry":
                try Self.flip("sandbox\",\"inputs", in: "state/ledger.sqlite", scene.folder)
            case "a tile", "a bundle":
                let level = what == "a tile" ? "0" : "entries"
                let path = scene.folder.path + "/state/audit/tile/\(level)/000"
                // The full tile that is to come is there already, and is another.
                guard what == "a bundle" else {
                    let partial = path + ".p/\(size)"
                    var bytes = try Data(contentsOf: URL(fileURLWithPath: partial))
                    bytes[7] ^= 1
                    try bytes.write(to: URL(fileURLWithPath: partial))
                    break
                }
                try FileManager.default.createDirectory(
                    atPath: path + ".p", withIntermediateDirectories: true)
                for width in (size + 1)...(size + 20) {
                    try Data([0]).write(to: URL(fileURLWithPath: path + ".p/\(width)"))
                }
            case "the vkey": try Self.flip("countersign", in: "state/audit/vkey", scene.folder)
            default:
                try Self.flip(
                    "countersign", in: "state/ledger.sqlite.high-water", scene.folder)
            }
            try await scene.create([AgentFolder.withdrawal()])
            let pass = try await scene.once()
            #expect(pass.code == 1)
            #expect(pass.errors.contains("countersign: "))
            #expect(try scene.folder.read("state/audit/checkpoint") == before)
            if what != "a bundle" {
                let later = try await scene.sandbox.report()["approvals_attempted"] as? Int
                #expect(later == attempts, "nothing was approved")
            }
            print("\(what): \(pass.errors)")
        }
    }

    @Test func `a ledger that was restored from an older copy approves nothing`() async throws {
        try await Scene.play { scene in
            try await scene.create([AgentFolder.withdrawal()])
            #expect(try await scene.once().code == 0)
            let copy = scene.folder.path + "/copy.sqlite"
            #expect(try await scene.folder.run("backup", copy).code == 0)
            try await scene.create([AgentFolder.withdrawal()])
            #expect(try await scene.once().code == 0)
            let ledger = scene.folder.path + "/state/ledger.sqlite"
            for suffix in ["", "-wal", "-shm", ".lock"] {
                try? FileManager.default.removeItem(atPath: ledger + suffix)
            }
            try FileManager.default.moveItem(atPath: copy, toPath: ledger)
            try await scene.create([AgentFolder.withdrawal()])
            let attempts = try await scene.sandbox.report()["approvals_attempted"] as? Int
            let pass = try await scene.once()
            #expect(pass.code == 1)
            #expect(pass.errors.contains("countersign reconcile --accept"))
            let later = try await scene.sandbox.report()["approvals_attempted"] as? Int
            #expect(later == attempts)
        }
    }

    @Test func `an audit directory that is gone ends the program with its name`() async throws {
        try await Scene.play { scene in
            let audit = scene.folder.path + "/state/audit"
            try FileManager.default.removeItem(atPath: audit)
            let pass = try await scene.once()
            #expect(pass.code == 1)
            #expect(pass.errors.contains(audit + ": there is no such directory"))
        }
    }

    @Test func `an agent that cannot publish any more ends, and approves nothing after`()
        async throws
    {
        try await Scene.play(policy: Scene.unlimited) { scene in
            let agent = try scene.start()
            let audit = scene.folder.path + "/state/audit"
            try await scene.sandbox.report { Self.lists($0) >= 1 }
            try FileManager.default.moveItem(atPath: audit, toPath: audit + ".gone")
            try await scene.create((1...80).map { _ in AgentFolder.transfer() })
            let result = await agent.end()
            #expect(result.code == 1)
            #expect(result.errors.contains(audit + ": there is no such directory"))
        }
    }
}
