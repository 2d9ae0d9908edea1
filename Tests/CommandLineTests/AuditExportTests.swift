import Foundation
import ProgramTestKit
import Testing

/// `audit export` on a ledger with every verdict, read by other programs.
@Suite(.serialized) struct AuditExportTests {
    @Test func `I11: no signature leaves the ledger by any way but the leaf`() async throws {
        try await AuditScene.with { scene in
            let signature = try await scene.signature()
            #expect(signature.count == 128)
            var outputs: [Program.Result] = []
            for form in ["jsonl", "csv", "ocsf"] {
                outputs.append(try await scene.audit("export", "--as", form, "--to", "-"))
            }
            for format in ["table", "json"] {
                outputs.append(try await scene.audit("query", "--format", format))
                outputs.append(try await scene.audit("show", scene.allowed, "--format", format))
            }
            for output in outputs {
                #expect(output.code == 0 && !output.output.isEmpty, "\(output.errors)")
                #expect(output.output.contains(scene.allowed))
                #expect(!(output.output + output.errors).lowercased().contains(signature))
            }
        }
    }

    @Test func `a spreadsheet's reader gets every row, and no cell of it is a formula`()
        async throws
    {
        try await AuditScene.with { scene in
            let file = scene.agent.folder.path + "/out.csv"
            let done = try await scene.audit("export", "--as", "csv", "--to", file)
            #expect(done.code == 0 && done.output.hasPrefix(file + ": "))
            let script = """
                import csv, re, sys
                rows = list(csv.reader(open(sys.argv[1], newline="", encoding="utf-8"), strict=True))
                assert len({len(row) for row in rows}) == 1
                head = rows[0]
                number = re.compile(r"-?[0-9]+([.][0-9]+)?")
                for row in rows[1:]:
                    for cell in row:
                        for part in re.split(r"[;\\t\\r\\n]", cell):
                            assert part[:1] not in ("=", "+", "-", "@") or number.fullmatch(cell), cell
                first = [r for r in rows[1:] if r[head.index("kind")] == "decided"][0]
                print(len(rows) - 1, first[head.index("amount")], first[head.index("reference")])
                """
            let read = try await Program("/usr/bin/env").run(["python3", "-c", script, file])
            let count = try await scene.audit("query", "--format", "json").lines.count
            #expect(read.output == "\(count) -0.45000000 '=1+1;'@x\n", "\(read.errors)")
        }
    }

    @Test func `jsonl is what query gives, and the same filters choose it`() async throws {
        try await AuditScene.with { scene in
            let all = try await scene.audit("export", "--as", "jsonl", "--to", "-")
            let query = try await scene.audit("query", "--format", "json")
            #expect(all.output == query.output)
            let file = scene.agent.folder.path + "/one.jsonl"
            let one = try await scene.audit(
                "export", "--as", "jsonl", "--to", file, "--action", "block", "--format", "json")
            let told = try #require(one.objects.first)
            #expect(told["entries"] as? Int == 1 && told["file"] as? String == file)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains(scene.blocked) && told["bytes"] as? Int == text.utf8.count)
            let two = try await scene.audit(
                "export", "--as", "jsonl", "--to", "-", "--limit", "2")
            #expect(two.lines == query.lines.suffix(2))
        }
    }

    @Test func `a file is its owner's, whole or not there, and replaced only when asked`()
        async throws
    {
        try await AuditScene.with { scene in
            let folder = scene.agent.folder
            let file = folder.path + "/out.jsonl"
            #expect(try await scene.audit("export", "--as", "jsonl", "--to", file).code == 0)
            #expect(try folder.contents().entries["out.jsonl"]?.mode == 0o600)
            try folder.write("out.jsonl", "mine")
            let again = try await scene.audit("export", "--as", "jsonl", "--to", file)
            #expect(again.code == 1 && again.errors.contains("\(file) exists; "))
            #expect(try folder.read("out.jsonl") == "mine")
            let forced = try await scene.audit(
                "export", "--as", "csv", "--to", file, "--force")
            let replaced = try folder.read("out.jsonl")
            #expect(forced.code == 0 && replaced.hasPrefix("seq,time,"))
            #expect(try folder.contents().entries["out.jsonl"]?.mode == 0o600)
            let before = try folder.contents()
            for (target, says) in [
                (folder.path + "/keys", "not a regular file"),
                (folder.path + "/none/out.csv", "create its directory"), ("/dev/full", "regular"),
            ] {
                let refused = try await scene.audit(
                    "export", "--as", "csv", "--to", target, "--force")
                #expect(refused.code == 1 && refused.errors.contains(says), "\(refused.errors)")
            }
            #expect(before.changes(to: try folder.contents()) == [])
        }
    }

    @Test func `an export to a stdout that is full ends with exit 1`() async throws {
        try await AuditScene.with { scene in
            let program = Program.folder.appendingPathComponent("countersign").path
            let script =
                "'\(program)' audit export --as csv --to - --config "
                + "'\(scene.agent.folder.configuration)' >/dev/full"
            let result = try await Program("/bin/sh").run(["-c", script])
            #expect(result.code == 1 && result.errors.contains("could not be written"))
        }
    }

    @Test func `every event is valid OCSF 1.8.0 by the published schema`() async throws {
        guard let python = try await SchemaValidator.python() else { return }
        try await AuditScene.with { scene in
            let file = scene.agent.folder.path + "/out.ocsf"
            let done = try await scene.audit("export", "--as", "ocsf", "--to", file)
            #expect(done.code == 0)
            let result = try await Program(python).run(["-c", SchemaValidator.script, file])
            let count = try await scene.audit("query", "--format", "json").lines.count
            #expect(result.output == "\(count) valid\n", "\(result.errors)")
            let wrong = try String(contentsOfFile: file, encoding: .utf8)
                .replacingOccurrences(of: #""class_uid":6003"#, with: #""class_uid":"6003""#)
            try wrong.write(toFile: file, atomically: true, encoding: .utf8)
            let refused = try await Program(python).run(["-c", SchemaValidator.script, file])
            #expect(refused.code != 0, "the schema refuses nothing")
        }
    }
}

/// Python with the packages `ocsf-json-schema`, which brings the published schemas, and
/// `jsonschema`, in an environment of its own below `.build`.
enum SchemaValidator {
    static let script = """
        import json, sys, jsonschema
        from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
        schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0")).get_class_schema("api_activity")
        validator = jsonschema.Draft202012Validator(schema)
        count = 0
        for line in open(sys.argv[1], encoding="utf-8"):
            validator.validate(json.loads(line))
            count += 1
        print(count, "valid")
        """

    /// The interpreter; nil, and loudly so, where the packages cannot be had.
    static func python() async throws -> String? {
        let folder = AgentFolder.repository.appendingPathComponent(".build/ocsf-validator").path
        let python = folder + "/bin/python3"
        let check = ["-c", "import ocsf_json_schema, jsonschema"]
        if FileManager.default.isExecutableFile(atPath: python),
            try await Program(python).run(check).code == 0
        {
            return python
        }
        let install =
            "python3 -m venv '\(folder)' && '\(folder)/bin/pip' install -q --disable-pip-version-check "
            + "ocsf-json-schema==1.2.0 jsonschema"
        let made = try await Program("/bin/sh").run(["-c", install], seconds: 180)
        guard made.code == 0, try await Program(python).run(check).code == 0 else {
            print("*** SKIPPED: no Python with ocsf-json-schema, so NO event was validated ***")
            print(made.errors)
            return nil
        }
        return python
    }
}
