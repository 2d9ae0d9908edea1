import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import PolicyYAML
import Testing

@Suite struct PolicyDirectoryTests {
    private func lines(_ text: PolicyText) throws -> [String] {
        try text.check().findings.map(\.description)
    }

    private static let sound: [String: String] = [
        "tests/b_test.yaml": oneTest("b"), "tests/a_test.yaml": oneTest("a"),
    ]

    /// A file with one test, of a transaction without a type.
    private static func oneTest(_ id: String) -> String {
        """
        apiVersion: countersign/v1
        kind: PolicyTest
        metadata: { id: \(id) }
        options: { now: "2026-10-06T09:00:00Z" }
        tests:
          - name: nothing is signed
            transaction: { account_id: "00000000000000000000000000000001acct" }
            expect: { action: hold, reasons: [MALFORMED] }

        """
    }

    @Test func `the digest is the hash of the manifest in the order of its paths`() throws {
        var text = PolicyText()
        text.others = Self.sound
        let loaded = try #require(try text.check().loaded)
        let files = [
            ("address_book.yaml", text.book), ("policy.yaml", text.policy),
            ("tests/a_test.yaml", text.others["tests/a_test.yaml"] ?? ""),
            ("tests/b_test.yaml", text.others["tests/b_test.yaml"] ?? ""),
        ]
        var manifest = ""
        for (path, content) in files {
            manifest += path + "\n" + TestSHA256.hash(Array(content.utf8)).description + "\n"
        }
        #expect(loaded.digest == TestSHA256.hash(Array(manifest.utf8)))
        #expect(
            loaded.files.map(\.path)
                == ["policy.yaml", "address_book.yaml", "tests/a_test.yaml", "tests/b_test.yaml"])
        #expect(
            Set(loaded.files.map { String(decoding: $0.bytes, as: UTF8.self) })
                == Set(files.map(\.1)))
    }

    @Test func `the digest of a known directory is what sha256sum says`() throws {
        var text = PolicyText()
        text.book = Self.fixedBook
        text.policy = Self.fixedPolicy
        #expect(try text.check().loaded?.digest.description == Self.fixedDigest)
    }

    @Test func `every byte of every file moves the digest`() throws {
        var text = PolicyText()
        text.others = Self.sound
        var digests = [try text.check().loaded?.digest]
        text.policy += "# a comment\n"
        digests.append(try text.check().loaded?.digest)
        text.book += "\n"
        digests.append(try text.check().loaded?.digest)
        text.others["tests/a_test.yaml"]? += "\n"
        digests.append(try text.check().loaded?.digest)
        text.others["tests/b_test.yaml"] = nil
        digests.append(try text.check().loaded?.digest)
        #expect(Set(digests.compactMap { $0 }).count == 5)
    }

    @Test func `what does not belong into the directory is named`() throws {
        var text = PolicyText()
        text.others = [
            "policy.yaml~": "", ".hidden": "", "old/policy.yaml": "", "signatures/anna.sig": "",
            "a b\n.yaml": "", "tests/notes.txt": "", "tests/deep/a_test.yaml": "",
            "tests/a\n_test.yaml": "",
        ]
        let (loaded, findings) = try text.check()
        #expect(loaded == nil)
        #expect(
            findings.filter { $0.code == .unknownKey }.map { "\($0.file): \($0.message)" }
                == [
                    "p/\"a b\\n.yaml\": does not belong here",
                    "p/.hidden: does not belong here",
                    "p/old: does not belong here",
                    "p/policy.yaml~: does not belong here",
                    "p/signatures: is not supported yet",
                    "p/\"tests/a\\n_test.yaml\": does not belong here",
                    "p/tests/deep: does not belong here",
                    "p/tests/notes.txt: does not belong here",
                ].sorted { $0 < $1 })
    }

    @Test func `bytes without a disk give what the directory gives`() throws {
        var text = PolicyText()
        text.others = Self.sound
        let read = try #require(try text.check().loaded)
        let given = try #require(text.checkWithoutDisk().loaded)
        #expect(given.digest == read.digest && given.warnings == read.warnings)
        #expect(given.files == read.files)
        text.policy = text.policy.replacing("up_to: \"1.5\"", with: "up_to: 1.10")
        #expect(try text.check().findings == text.checkWithoutDisk().findings)
    }

    @Test func `bytes under other names, or under one name twice, are refused`() {
        let files = ["policy.yaml", "policy.yaml", "notes.txt", "tests/../x_test.yaml"].map {
            PolicyFile(path: $0, bytes: [])
        }
        let (loaded, findings) = PolicyDirectory(
            path: "", shownAs: "p", sha256: TestSHA256.hash
        ).check(files: files)
        #expect(loaded == nil)
        #expect(
            findings.map { "\($0.code.rawValue) \($0.file)" } == [
                "E003 p/address_book.yaml", "E001 p/notes.txt", "E001 p/policy.yaml",
                "E003 p/policy.yaml", "E001 p/tests/../x_test.yaml",
            ])
    }

    @Test func `links to directories are refused, and links to files are followed`() throws {
        try PolicyText().inDirectory { outside in
            var text = PolicyText()
            text.others = Self.sound
            try text.inDirectory { path in
                let manager = FileManager.default
                let source = PolicyDirectory(path: path, shownAs: "p", sha256: TestSHA256.hash)
                let digest = try source.load().digest
                try manager.removeItem(atPath: path + "/policy.yaml")
                try manager.createSymbolicLink(
                    atPath: path + "/policy.yaml", withDestinationPath: outside + "/policy.yaml")
                #expect(try source.load().digest == digest)
                try manager.moveItem(atPath: path + "/tests", toPath: outside + "/tests")
                try manager.createSymbolicLink(
                    atPath: path + "/tests", withDestinationPath: outside + "/tests")
                let findings = source.check().findings.filter { $0.severity == .error }
                #expect(
                    findings.map(\.description) == [
                        "p/tests:1:1: error E003: is not a directory of its own; links to "
                            + "directories are refused; put the files here, or remove it"
                    ])
            }
        }
    }

    @Test func `missing files are named with what to write`() throws {
        try PolicyText().inDirectory { path in
            let source = PolicyDirectory(path: path, shownAs: "p", sha256: TestSHA256.hash)
            try FileManager.default.removeItem(atPath: path + "/address_book.yaml")
            #expect(
                source.check().findings.filter { $0.severity == .error }.map(\.description) == [
                    "p/address_book.yaml:1:1: error E003: there is no such file; write it: "
                        + "`kind: AddressBook`, with `entries: []` where no address is known"
                ])
            try FileManager.default.removeItem(atPath: path + "/policy.yaml")
            try FileManager.default.createDirectory(
                atPath: path + "/policy.yaml", withIntermediateDirectories: false)
            #expect(
                source.check().findings.map(\.file) == ["p/address_book.yaml", "p/policy.yaml"])
        }
        let nowhere = PolicyDirectory(
            path: "/nonexistent/policies", shownAs: "policies", sha256: TestSHA256.hash)
        #expect(
            nowhere.check().findings.map(\.description) == [
                "policies:1:1: error E003: there is no such directory; "
                    + "create it with policy.yaml and address_book.yaml"
            ])
    }

    @Test func `a policy beyond 1 MiB is refused before it is read`() throws {
        var text = PolicyText()
        text.policy += "#" + String(repeating: "x", count: 1 << 20)
        #expect(
            try lines(text).contains(
                "p/policy.yaml:1:1: error E003: has more than the 1048576 bytes allowed"))
    }

    @Test func `tests must be strict YAML of their kind, and none of the findings is lost`() throws
    {
        var text = PolicyText()
        text.others = [
            "tests/a_test.yaml": "apiVersion: countersign/v1\nkind: Policy\n",
            "tests/b_test.yaml": "apiVersion: countersign/v1\nkind: PolicyTest\na: &x 1\n",
            "tests/c_test.yaml": "- 1\n",
        ]
        let (loaded, found) = try text.check()
        #expect(loaded == nil)
        #expect(
            found.map { "\($0.code.rawValue) \($0.file):\($0.position.line):\($0.position.column)" }
                == [
                    "E003 p/tests/a_test.yaml:1:1", "E044 p/tests/a_test.yaml:1:1",
                    "E003 p/tests/a_test.yaml:2:7", "E003 p/tests/b_test.yaml:1:1",
                    "E044 p/tests/b_test.yaml:1:1", "E001 p/tests/b_test.yaml:3:1",
                    "E003 p/tests/b_test.yaml:3:4", "E003 p/tests/c_test.yaml:1:1",
                ])
        text.others = Self.sound
        #expect(try #require(try text.check().loaded).warnings == [])
    }

    @Test func `a rejected policy tells every finding as a line of file, place, code and advice`()
        throws
    {
        var text = PolicyText()
        text.policy = text.policy.replacing("up_to: \"1.5\"", with: "up_to: 1.10")
        try text.inDirectory { path in
            let source = PolicyDirectory(
                path: path, shownAs: "policies", sha256: TestSHA256.hash)
            let rejected = #expect(throws: PolicyRejected.self) { try source.load() }
            #expect(
                rejected?.findings.filter { $0.contains(": error ") } == [
                    "policies/policy.yaml:28:40: error E020: money must be a quoted string; "
                        + "write \"1.10\" (rules[0].amount.up_to)"
                ])
        }
    }
}

extension PolicyDirectoryTests {
    fileprivate static let fixedPolicy = PolicyText.soundPolicy
    fileprivate static let fixedBook = PolicyText.soundBook
    fileprivate static let fixedDigest =
        "acbe8b9a466799f20edf93a3b5ae192cfb0428c575d1fe25cba6274ef402b0d6"
}
