import Foundation
import ProgramTestKit
import Testing

/// INVARIANT: I8. A ledger that lost entries approves nothing until what was spent is counted.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RestoredTests {
    /// What of the older state is put back.
    enum Restored: CaseIterable {
        case ledger, ledgerAndLock, everything
    }

    /// Nine payouts of 0.1005; a backup after the first four.
    private static func play(
        _ body: (Scene, _ older: String, _ ids: [String]) async throws -> Void
    ) async throws {
        try await Scene.play(policy: Scene.limit("1.10000000")) { scene in
            let older = scene.folder.path + "/older"
            let first = try await scene.create((0..<4).map { _ in AgentFolder.withdrawal() })
            #expect(try await scene.once().code == 0)
            try FileManager.default.copyItem(
                atPath: scene.folder.path + "/state", toPath: older)
            let copy = older + "/backup.sqlite"
            #expect(try await scene.folder.run("backup", copy).code == 0)
            let more = try await scene.create((0..<5).map { _ in AgentFolder.withdrawal() })
            #expect(try await scene.once().code == 0)
            #expect(try await scene.approved() == Set(first + more))
            try await body(scene, older, more)
        }
    }

    private static func restore(
        _ what: Restored, from older: String, in folder: AgentFolder
    ) throws {
        let (files, state) = (FileManager.default, folder.path + "/state")
        func remove(_ name: String) { try? files.removeItem(atPath: state + "/" + name) }
        switch what {
        case .everything:
            remove("")
            try files.copyItem(atPath: older, toPath: state)
        case .ledger, .ledgerAndLock:
            ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"].forEach(remove)
            try files.copyItem(
                atPath: older + "/backup.sqlite", toPath: state + "/ledger.sqlite")
            if what == .ledgerAndLock { remove("ledger.sqlite.lock") }
        }
    }

    /// What left the account by withdrawals that were approved, with their fees.
    private static func spent(_ scene: Scene) async throws -> Decimal {
        try await scene.described().filter { !$0.accepted.isEmpty }.reduce(Decimal(0)) {
            let amount = Decimal(string: $1.transaction["amount"] as? String ?? "") ?? 0
            let fee = Decimal(string: $1.transaction["fee_amount"] as? String ?? "") ?? 0
            return $0 - amount + fee
        }
    }

    @Test(arguments: Restored.allCases)
    func `nothing is approved until it is accepted, and then what fits and not more`(
        what: Restored
    ) async throws {
        try await Self.play { scene, older, forgotten in
            let folder = scene.folder
            let kept = folder.path + "/kept-checkpoint"
            try FileManager.default.copyItem(
                atPath: folder.path + "/state/audit/checkpoint", toPath: kept)
            try Self.restore(what, from: older, in: folder)
            let checkpoint = what == .everything ? ["--checkpoint", kept] : []
            let next = try await scene.create((0..<2).map { _ in AgentFolder.withdrawal() })
            for flags in [["--once"], ["--once", "--dry-run"], []] {
                let run = try await Program("countersign").run(
                    ["run"] + flags + checkpoint + ["--config", folder.configuration], seconds: 60)
                #expect(run.code == 1, "\(flags): \(run.errors)")
                #expect(run.errors.contains("reconcile --accept"), "\(flags): \(run.errors)")
            }
            #expect(try await scene.approved().isDisjoint(with: next))
            let look = try await folder.run("reconcile", "--format", "json")
            let unseen = look.objects.filter { $0["class"] as? String == "unseen" }
            #expect(look.code == 2)
            #expect(
                Set(unseen.compactMap { $0["transaction_id"] as? String }) == Set(forgotten))
            let accepted = try await Program("countersign").run(
                ["reconcile", "--accept", "--why", "the disk was lost"] + checkpoint
                    + ["--config", folder.configuration], seconds: 60)
            #expect(accepted.code == 0, "\(accepted.errors)")
            #expect(accepted.errors.contains("5 approvals are accepted"), "\(accepted.errors)")
            // 9 × 0.1005 are spent; of two more of them one fits below 1.1.
            let pass = try await scene.once()
            #expect(pass.code == 0, "\(pass.errors)")
            #expect(try await scene.approved().intersection(next).count == 1)
            #expect(try await Self.spent(scene) <= Decimal(string: "1.1") ?? 0)
            #expect(try await folder.run("reconcile").code == 0)
            try await Self.checkEvidence(folder, kept: kept)
        }
    }

    /// What was abandoned is named in the log and kept beside it; what goes on is sound.
    private static func checkEvidence(_ folder: AgentFolder, kept: String) async throws {
        let entries = try await Referee.entries(of: folder)
        let last = entries.last { $0.text.contains("\"abandoned\"") }
        let abandoned = last?.body["abandoned"] as? [String: Any]
        #expect(try abandoned?["note"] as? String == String(contentsOfFile: kept, encoding: .utf8))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state")
        let aside = names.filter { $0.hasPrefix("audit.superseded-") }
        #expect(aside.count <= 1 && !names.contains("ACCEPTING"))
        #expect(names.contains("ledger.sqlite.high-water"))
    }

    @Test func `a crash in the midst of an acceptance lets no agent start`() async throws {
        try await Self.play { scene, older, _ in
            let folder = scene.folder
            try Self.restore(.ledgerAndLock, from: older, in: folder)
            // The list of accounts does not end: nor does the acceptance.
            try await scene.add(
                [["kind": "pagination", "fault": "loop", "endpoint": "accounts"]], to: "hostile")
            let broken = try await folder.run("reconcile", "--accept", "--why", "lost")
            #expect(broken.code == 1 && broken.errors.contains("repeat the same command"))
            try await scene.clear("hostile")
            let refused = try await scene.once()
            #expect(refused.code == 1 && refused.errors.contains("ACCEPTING"), "\(refused.errors)")
            let again = try await folder.run("reconcile", "--accept", "--why", "lost")
            #expect(again.code == 0, "\(again.errors)")
            #expect(try await scene.once().code == 0)
        }
    }

    @Test func `of two copies that both went on, the checkpoint of one refuses the other`()
        async throws
    {
        try await Self.play { scene, older, _ in
            let folder = scene.folder
            let kept = folder.path + "/kept-checkpoint"
            try FileManager.default.copyItem(
                atPath: folder.path + "/state/audit/checkpoint", toPath: kept)
            try Self.restore(.everything, from: older, in: folder)
            // The copy knows nothing of the other, and goes on beyond it.
            try await scene.create((0..<7).map { _ in AgentFolder.withdrawal() })
            #expect(try await scene.once().code == 0)
            let forked = try await Program("countersign").run(
                ["run", "--once", "--checkpoint", kept, "--config", folder.configuration],
                seconds: 60)
            #expect(forked.code == 1, "\(forked.errors)")
            #expect(forked.errors.contains("not the ledger's first ones"), "\(forked.errors)")
        }
    }
}
