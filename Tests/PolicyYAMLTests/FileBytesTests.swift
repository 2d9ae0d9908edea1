import Foundation
import PolicyYAML
import Testing

@Suite struct FileBytesTests {
    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("countersign-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func `a file is read as a whole up to the limit and refused beyond it`() throws {
        try inDirectory { directory in
            let path = directory + "/policy.yaml"
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(try FileBytes.read(path, limit: 200_000) == bytes)
            #expect(throws: FileProblem.tooLarge(path: path, limit: 199_999)) {
                try FileBytes.read(path, limit: 199_999)
            }
        }
    }

    @Test func `what is missing or not a regular file is named`() throws {
        try inDirectory { directory in
            #expect(throws: FileProblem.notRegular(path: directory)) {
                try FileBytes.read(directory, limit: 10)
            }
            let path = directory + "/none"
            #expect(throws: FileProblem.missing(path: path)) {
                try FileBytes.read(path, limit: 10)
            }
            #expect(throws: FileProblem.missing(path: directory + "\0x")) {
                try FileBytes.read(directory + "\0x", limit: 10)
            }
        }
        #expect(throws: FileProblem.notRegular(path: "/dev/zero")) {
            try FileBytes.read("/dev/zero", limit: 10)
        }
    }

    @Test func `a named pipe is refused without waiting for a writer`() throws {
        try inDirectory { directory in
            let path = directory + "/pipe"
            let made = unsafe mkfifo(path, 0o600)
            #expect(made == 0)
            #expect(throws: FileProblem.notRegular(path: path)) {
                try FileBytes.read(path, limit: 10)
            }
        }
    }

    @Test func `a file problem says which file and what is wrong`() {
        #expect(
            FileProblem.missing(path: "p.yaml").description == "p.yaml: there is no such file")
        #expect(
            FileProblem.tooLarge(path: "p.yaml", limit: 5).description
                == "p.yaml: has more than the 5 bytes allowed")
    }
}
