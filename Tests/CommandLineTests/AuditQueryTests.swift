import Foundation
import ProgramTestKit
import Testing

/// `audit query` and `audit show` on a ledger with every verdict.
@Suite(.serialized) struct AuditQueryTests {
    private static let steps = ["decided", "requested", "signed", "delivered", "confirmed"]

    @Test func `each filter finds its entries, and those that follow a decision with it`()
        async throws
    {
        try await AuditScene.with { scene in
            let id = AgentFolder.ID.self
            #expect(try await scene.kinds("--destination", id.blocked) == ["decided"])
            #expect(try await scene.kinds("--destination", id.coldWallet) == Self.steps)
            #expect(
                try await scene.kinds("--destination", id.coldWallet.uppercased()) == Self.steps)
            #expect(try await scene.kinds("--account", id.payouts).count == 13)
            #expect(try await scene.kinds("--account", id.treasury).isEmpty)
            #expect(try await scene.kinds("--action", "block") == ["decided"])
            let held = try await scene.kinds("--action", "escalate", "--action", "block")
            #expect(held == ["decided", "decided", "decided"])
            #expect(try await scene.kinds("--reason", "LIMIT_EXCEEDED") == ["decided"])
            #expect(try await scene.kinds("--rule", "payouts-large") == ["decided"])
            #expect(try await scene.kinds("--rule", "payouts-small").count == 3)
            #expect(try await scene.kinds("--transaction", scene.allowed) == Self.steps)
            let both = try await scene.kinds(
                "--kind", "signed", "--kind", "confirmed", "--destination", id.exchange)
            #expect(both == ["signed", "confirmed"])
            #expect(try await scene.kinds("--since", "2999-01-01").isEmpty)
            #expect(try await scene.kinds("--until", "2000-01-01T00:00:00Z").isEmpty)
            #expect(
                try await scene.kinds("--since", "2020-01-01", "--until", "2998-12-31").count > 13)
        }
    }

    @Test func `the newest are listed, and what is left off is told`() async throws {
        try await AuditScene.with { scene in
            let two = try await scene.audit(
                "query", "--kind", "decided", "--limit", "2", "--format", "json")
            let all = try await scene.audit("query", "--kind", "decided", "--format", "json")
            #expect(two.lines == all.lines.suffix(2))
            #expect(two.errors.contains("Only the newest 2 that match are shown"))
            #expect(all.lines.count == 5 && all.errors.isEmpty)
            let open = try await scene.audit("query", "--limit", "1", "--format", "json")
            #expect(open.lines.count == 1 && open.errors.contains("audit export"))
            #expect(open.objects.first?["kind"] as? String == "stopped")
            let table = try await scene.audit("query", "--destination", AgentFolder.ID.blocked)
            #expect(table.lines.count == 2)
            #expect(
                table.lines.last?.contains("block  -0.10000000 to \(AgentFolder.ID.blocked)")
                    == true)
        }
    }

    @Test func `nothing found is no mistake, but a rule that no entry names is told`() async throws
    {
        try await AuditScene.with { scene in
            let rule = try await scene.audit("query", "--rule", "payouts-smal")
            #expect(rule.code == 0 && rule.output.isEmpty)
            #expect(rule.errors.contains("names the rule payouts-smal."))
            let known = try await scene.audit(
                "query", "--rule", "payouts-small", "--since", "2999-01-01")
            #expect(known.code == 0 && known.errors == "No entry matches.\n")
        }
    }

    @Test(
        arguments: [
            (["query", "--reason", "LIMIT_EXCEDED"], "did you mean LIMIT_EXCEEDED"),
            (["query", "--kind", "signd"], "confirmed"),
            (["query", "--action", "deny"], "escalate"),
            (["query", "--account", "btc-payouts"], "36 characters"),
            (["query", "--transaction", "x"], "36 characters"),
            (["query", "--since", "yesterday"], "2026-10-02T09:14:00Z"),
            (["query", "--since", "2026-10-02T09:00:00+02:00"], "in UTC"),
            (["query", "--since", "2026-10-02", "--until", "2026-10-01"], "before --since"),
            (["query", "--limit", "-1"], "--limit"), (["show"], "Missing"),
            (["show", "0"], "from 1"), (["show", "12x"], "36 characters"),
            (["show", "f4342c75f714405d89007ef13ce68688atrx", "--leaf"], "of one entry"),
            (["export", "--as", "xml", "--to", "-"], "jsonl"), (["export", "--to", "-"], "--as"),
            (["export", "--as", "csv"], "--to"),
            (["export", "--as", "csv", "--to", "-", "--limit", "0"], "above 0"),
        ] as [([String], String)])
    func `a filter that means nothing is a usage error that says what would`(
        words: [String], says: String
    ) async throws {
        let result = try await Program("countersign").run(["audit"] + words)
        #expect(result.code == 64, "\(words)")
        #expect(result.errors.contains(says), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func `show tells the story of a transaction in order`() async throws {
        try await AuditScene.with { scene in
            let shown = try await scene.audit("show", scene.allowed)
            #expect(shown.code == 0)
            let text = shown.output
            var place = text.startIndex
            for words in [
                "transaction \(scene.allowed)", "amount                    -0.45000000",
                "  decided, reserved",
                "limit                     btc-payouts-day for btc-payouts: "
                    + "within, used 0.00000000, this 0.45050000, at most 1.00000000",
                "RULE_ALLOW: rule payouts-small allows it", "demo-treasury, revision 1",
                "  requested", "approval_request_id", "  signed", "amount: -0.45000000",
                "signature_sha256", "  delivered", "  confirmed", "APPROVED",
                "5 entries; the last is confirmed",
            ] {
                let found = text.range(of: words, range: place..<text.endIndex)
                #expect(found != nil, "\(words)")
                place = found?.upperBound ?? place
            }
            let limited = try await scene.audit("show", scene.limited)
            #expect(limited.output.contains("btc-payouts: EXCEEDED, used 0.90100000"))
            #expect(limited.output.contains("LIMIT_EXCEEDED: limit btc-payouts-day would be"))
        }
    }

    @Test func `show one entry: its bytes, its hashes and the transaction`() async throws {
        try await AuditScene.with { scene in
            let decided = try await scene.audit(
                "query", "--transaction", scene.blocked, "--format", "json")
            let seq = try #require(decided.objects.first?["seq"] as? Int)
            let shown = try await scene.audit("show", String(seq), "--format", "json")
            let json = try #require(shown.objects.first)
            #expect(shown.lines.count == 1)
            let body = json["transaction"] as? [String: Any]
            #expect(body?["id"] as? String == scene.blocked)
            let reason = (json["reasons"] as? [[String: Any]])?.first
            #expect(reason?["message"] as? String == "rule blocked-addresses blocks it")
            let leaf = try await scene.audit("show", String(seq), "--leaf")
            #expect(leaf.output == decided.lines.first)
            let file = scene.agent.folder.path + "/leaf"
            try Data(leaf.output.utf8).write(to: URL(fileURLWithPath: file))
            let sum = try await Program("/usr/bin/sha256sum").run([file])
            let hash = try #require(json["entry_sha256"] as? String)
            #expect(sum.output.hasPrefix(hash))
            let script = "printf '\\000' | cat - '\(file)' | sha256sum"
            let tree = try await Program("/bin/sh").run(["-c", script])
            #expect(tree.output.hasPrefix(try #require(json["leaf_hash"] as? String)))
            let none = try await scene.audit("show", "99999")
            #expect(none.code == 1 && none.errors.contains("its entries are 1 to"))
            let stranger = try await scene.audit("show", String(repeating: "0", count: 36))
            #expect(stranger.code == 1 && stranger.errors.contains("countersign explain"))
        }
    }
}
