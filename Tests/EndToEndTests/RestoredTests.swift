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
        let abandoned = last?.body["abandoned"] as? [[String: Any]] ?? []
        let note = try String(contentsOfFile: kept, encoding: .utf8)
        #expect(abandoned.count >= 1 && abandoned.allSatisfy { $0["note"] as? String == note })
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state")
        let aside = names.filter { $0.hasPrefix("audit.superseded-") }
        #expect(aside.count <= 1 && !names.contains("ACCEPTING"))
        #expect(names.contains("ledger.sqlite.high-water"))
    }

    @Test func `a loss is told by every command that reads, and none calls it sound`() async throws
    {
        try await Self.play { scene, older, _ in
            let folder = scene.folder
            // What was published is gone with the ledger: only the mark in the lock file tells.
            let lock = try Data(
                contentsOf: URL(fileURLWithPath: folder.path + "/state/ledger.sqlite.lock"))
            try Self.restore(.everything, from: older, in: folder)
            for isMark in [true, false] {
                let told: String
                if isMark {
                    try lock.write(
                        to: URL(fileURLWithPath: folder.path + "/state/ledger.sqlite.lock"))
                    told = "is not the one that was committed last"
                } else {
                    try FileManager.default.removeItem(
                        atPath: folder.path + "/state/ledger.sqlite.lock")
                    try folder.write("state/ACCEPTING", "{}\n")
                    told = "an acceptance after a loss was begun and not ended"
                }
                let look = try await folder.run("reconcile")
                #expect(look.code == 2 && look.errors.contains(told), "\(look.errors)")
                let dry = try await scene.once("--dry-run")
                #expect(dry.code == 1 && dry.errors.contains(told), "\(dry.errors)")
                let verify = try await folder.run("audit", "verify")
                #expect(verify.code == 2 && verify.errors.contains(told), "\(verify.errors)")
                #expect(verify.output.contains("rolled_back"), "\(verify.output)")
                let status = try await folder.run("status")
                #expect(status.output.contains("LOSS") && status.output.contains(told))
                let json = try await folder.run("status", "--format", "json")
                #expect((json.objects.first?["loss"] as? String)?.contains(told) == true)
            }
            try FileManager.default.removeItem(atPath: folder.path + "/state/ACCEPTING")
            let sound = try await folder.run("status")
            #expect(!sound.output.contains("LOSS"))
        }
    }

    @Test func `the policy that is configured counts what was lost, and what it cannot stays open`()
        async throws
    {
        try await Self.play { scene, older, forgotten in
            let folder = scene.folder
            // What was lost was approved under a younger policy, from an account of its own.
            try folder.replace(in: "policies/policy.yaml", "revision: 1", "revision: 2")
            try folder.replace(
                in: "policies/policy.yaml", "max_amount: \"1.10000000\"",
                "max_amount: \"1.20000000\"")
            try Self.restore(.ledgerAndLock, from: older, in: folder)
            let odd = try await scene.create([
                AgentFolder.withdrawal(
                    "-0.123456789012", fields: ["state": "COMPLETED"])
            ])
            let refused = try await folder.run("reconcile", "--accept", "--why", "lost")
            #expect(refused.code == 1, "\(refused.errors)")
            #expect(
                refused.errors.contains(
                    "\(odd[0]): it cannot be read by itself, or not be counted"),
                "\(refused.errors)")
            let still = try await scene.once()
            #expect(still.code == 1 && still.errors.contains("ACCEPTING"), "\(still.errors)")
            #expect(try await folder.run("status").output.contains("LOSS"))
            let entries = try await Referee.entries(of: folder)
            let activated = entries.last { $0.kind == "policy_activated" }
            let accepted = entries.filter { $0.text.contains("\"trigger\":\"accept\"") }
            #expect(activated?.text.contains("\"revision\":2") == true)
            #expect(accepted.count == 1 && (accepted.first?.seq ?? 0) > (activated?.seq ?? 0))
            let counted = accepted.first?.body["accepted"] as? [[String: Any]] ?? []
            #expect(Set(counted.compactMap { $0["transaction_id"] as? String }) == Set(forgotten))
            #expect(accepted.first?.text.contains("\"revision\":2") == true)
            // Once the platform shows what can be counted, the same command does the rest.
            try await scene.sandbox.control(
                "PATCH", "transactions/\(odd[0])", ["amount": "-0.12345678"])
            let again = try await folder.run("reconcile", "--accept", "--why", "lost")
            #expect(again.code == 0, "\(again.errors)")
            #expect(try await scene.once().code == 0)
        }
    }

    @Test func `a checkpoint that was given up is told with who gave it up, and why`() async throws
    {
        try await Self.play { scene, older, _ in
            let folder = scene.folder
            let kept = folder.path + "/kept-checkpoint"
            let audit = folder.path + "/state/audit"
            try FileManager.default.copyItem(atPath: audit + "/checkpoint", toPath: kept)
            try Self.restore(.ledgerAndLock, from: older, in: folder)
            let accepted = try await folder.run("reconcile", "--accept", "--why", "disk 7 died")
            #expect(accepted.code == 0, "\(accepted.errors)")
            let entry = try await Referee.entries(of: folder).last {
                $0.text.contains("\"abandoned\"")
            }
            let told = "entry \(entry?.seq ?? 0) of the log"
            for (stage, deed) in ["rolled_back", "rolled_back", "forked"].enumerated() {
                if stage > 0 {
                    try await scene.create(
                        (0..<(stage == 1 ? 1 : 12)).map { _ in AgentFolder.transfer("-0.00100000") }
                    )
                    #expect(try await scene.once().code == 0)
                }
                let ledger = try await folder.run("audit", "verify", "--since", kept)
                #expect(ledger.code == 2 && ledger.errors.contains(told), "\(ledger.errors)")
                #expect(
                    ledger.errors.contains("gave that checkpoint up after a loss: accepted on "))
                #expect(ledger.errors.contains("disk 7 died"), "\(ledger.errors)")
                #expect(ledger.errors.contains("not published yet") == (stage == 0))
                #expect(ledger.output.contains(deed), "\(stage): \(ledger.output)")
                guard stage > 0 else { continue }
                let copy = try await folder.run(
                    "audit", "verify", audit, "--since", kept, "--format", "json")
                let given = copy.objects.first?["given_up"] as? [String: Any]
                #expect(copy.code == 2 && given?["why"] as? String == "disk 7 died")
                #expect(given?["entry"] as? Int == entry?.seq)
            }
            let sound = try await folder.run("audit", "verify")
            #expect(sound.code == 0, "\(sound.errors)")
        }
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
