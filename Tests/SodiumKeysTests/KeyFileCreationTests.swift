import ApprovalCore
import Foundation
import Glibc
import SodiumKeys
import Testing

@Suite("New key files")
struct KeyFileCreationTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: KeyPurpose.allCases)
    func `a created key opens again as what it was created for`(purpose: KeyPurpose) throws {
        let path = scratch.nothing()
        let made = try KeyFile.create(
            path, purpose: purpose, environment: "sandbox", keyID: "partner-1")
        #expect(try KeyFile.publicPart(path, purpose: purpose, environment: "sandbox") == made)
        #expect(made.keyID == "partner-1")
        let signer = try SodiumSigner(opening: path, purpose: purpose, environment: "sandbox")
        #expect(signer.publicKey == made.publicKey)
        #expect(Sodium.verify(try signer.sign([]), of: [], by: made.publicKey))
    }

    @Test func `a created file is one line of JSON that only its owner reads`()
        throws
    {
        let path = scratch.nothing()
        _ = try KeyFile.create(path, purpose: .log)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let data = try Data(contentsOf: URL(filePath: path))
        let members = try JSONDecoder().decode([String: String].self, from: data)
        #expect(Set(members.keys) == ["type", "prv_key", "pub_key", "purpose"])
        #expect(members["prv_key"]?.utf8.count == 64)
        #expect(data.last == 0x0A)
        #expect(data.filter { $0 == 0x0A }.count == 1)
    }

    @Test func `two created keys differ`() throws {
        let one = try KeyFile.create(scratch.nothing("1.json"), purpose: .api)
        let other = try KeyFile.create(scratch.nothing("2.json"), purpose: .api)
        #expect(one.publicKey != other.publicKey)
    }

    @Test func `nothing that stands there is ever overwritten`() throws {
        let file = try scratch.file("precious")
        let link = scratch.nothing("dangling.json")
        let target = scratch.nothing("target.json")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        for path in [file, link, scratch.path] {
            #expect(throws: KeyFileError(path: path, problem: .exists)) {
                try KeyFile.create(path, purpose: .approval)
            }
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func `a directory that is not there is told in the system's words`() {
        let path = scratch.nothing("no/such/key.json")
        #expect(
            throws: KeyFileError(path: path, problem: .notWritten("No such file or directory"))
        ) {
            try KeyFile.create(path, purpose: .approval)
        }
    }

    @Test func `a file that could not be written whole is removed`() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let path = scratch.nothing()
            // Beyond ten bytes the system refuses to write.
            var limit = rlimit(rlim_cur: 10, rlim_max: 10)
            _ = signal(SIGXFSZ, SIG_IGN)
            try #require(
                unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: KeyFileError(path: path, problem: .notWritten("File too large"))) {
                try KeyFile.create(path, purpose: .approval)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test(arguments: ["", "a\"b", "a\\b", "a\nb", String(repeating: "x", count: 129)])
    func `a name that would need escapes is refused before anything is written`(name: String) {
        let path = scratch.nothing()
        #expect(throws: KeyFileError(path: path, problem: .badName(.environment))) {
            try KeyFile.create(path, purpose: .approval, environment: name)
        }
        #expect(throws: KeyFileError(path: path, problem: .badName(.keyID))) {
            try KeyFile.create(path, purpose: .approval, keyID: name)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `names of the longest length round-trip`() throws {
        let path = scratch.nothing()
        let name = String(repeating: "\u{E4}", count: 64)
        let made = try KeyFile.create(path, purpose: .approval, environment: name, keyID: name)
        #expect(try KeyFile.publicPart(path) == made)
    }
}
