import ApprovalCore
import Foundation
import Glibc
import SodiumKeys
import Testing

@Suite("Key files: what kind of file")
struct KeyFileKindTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func `the guide's form is accepted, and its key signs`() throws {
        let file = try scratch.file(keyText())
        let signer = try SodiumSigner(opening: file, purpose: .approval)
        #expect(signer.publicKey.description == guidePublicKey)
        #expect(Sodium.verify(try signer.sign([1, 2, 3]), of: [1, 2, 3], by: signer.publicKey))
        #expect(publicProblem(file) == nil)
    }

    @Test func `blanks between members and a read-only mode are accepted`() throws {
        let text = keyText().replacing(",", with: " ,\r\n\t").replacing(":", with: " : ") + "\n"
        #expect(problem(try scratch.file(text, mode: 0o400)) == nil)
    }

    @Test func `a missing file is refused with the command that makes one`() {
        let path = scratch.nothing("none.json")
        #expect(problem(path, purpose: .log) == .missing(.log))
        #expect(publicProblem(path, purpose: .log) == .missing(.log))
        let error = KeyFileError(path: path, problem: .missing(.log))
        #expect(error.description.hasSuffix("countersign keys create --purpose log \(path)"))
    }

    @Test func `an empty path, a path below a file and a path with a zero byte are missing`() throws
    {
        let file = try scratch.file(keyText())
        #expect(problem("") == .missing(.approval))
        #expect(problem(file + "/below") == .missing(.approval))
        #expect(problem(file + "\0.json") == .missing(.approval))
    }

    @Test func `a symbolic link is refused even where it leads to a good file`() throws {
        let file = try scratch.file(keyText())
        let link = scratch.nothing("link.json")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(problem(link) == .symbolicLink)
        #expect(publicProblem(link) == .symbolicLink)
    }

    @Test func `a FIFO is refused at once, without a writer`() throws {
        let fifo = scratch.nothing("fifo.json")
        try #require(unsafe mkfifo(fifo, 0o600) == 0)
        #expect(problem(fifo) == .notRegular)
        #expect(publicProblem(fifo) == .notRegular)
    }

    @Test func `a directory, a device and a socket are refused`() throws {
        let path = scratch.nothing("socket")
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        #expect(problem(path) == .notRegular)
        #expect(problem(scratch.path) == .notRegular)
        #expect(problem("/dev/null") == .notRegular)
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o602, 0o660, 0o610, 0o601] as [mode_t])
    func `a file open to others is refused with the chmod that closes it`(mode: mode_t) throws {
        let file = try scratch.file(keyText(), mode: mode)
        #expect(problem(file) == .exposed(mode))
        #expect(publicProblem(file) == .exposed(mode))
        let error = KeyFileError(path: file, problem: .exposed(mode))
        #expect(error.description.hasSuffix("chmod 600 \(file)"))
        #expect(error.description.contains("mode 0\(String(mode, radix: 8))"))
    }

    @Test func `a path that a shell would split is quoted in the remedy`() {
        let error = KeyFileError(path: "my key's.json", problem: .exposed(0o644))
        #expect(error.remedy == #"chmod 600 'my key'\''s.json'"#)
        #expect(KeyFileError(path: "-f", problem: .exposed(0o644)).remedy == "chmod 600 ./-f")
    }

    @Test func `a file of 64 KiB is read, and one byte more is refused`() throws {
        let room = 65_536 - keyText().utf8.count
        let full = keyText() + String(repeating: " ", count: room)
        #expect(problem(try scratch.file(full)) == nil)
        #expect(problem(try scratch.file(full + " ")) == .tooLarge(65_537))
        #expect(publicProblem(try scratch.file(full + " ")) == .tooLarge(65_537))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a file of another user is refused`() throws {
        let file = try scratch.file(keyText())
        try #require(unsafe chown(file, 65534, 65534) == 0)
        #expect(problem(file) == .foreignOwner(65534))
        #expect(publicProblem(file) == .foreignOwner(65534))
        let error = KeyFileError(path: file, problem: .foreignOwner(65534))
        #expect(error.description.hasSuffix("chown 0 \(file)"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func `another user reads its own file, and is told why it cannot read root's`() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let (own, roots) = (
                try scratch.file(keyText()), try scratch.file(keyText(), name: "root.json")
            )
            try #require(unsafe chown(own, 65534, 65534) == 0)
            try #require(seteuid(65534) == 0)
            let found = (problem(own), problem(roots))
            try #require(seteuid(0) == 0)
            #expect(found.0 == nil)
            #expect(found.1 == .unreadable("Permission denied"))
        }
    }
}
