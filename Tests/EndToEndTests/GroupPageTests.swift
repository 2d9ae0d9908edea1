import Foundation
import ProgramTestKit
import Testing

/// `docs/group.md` does what it says.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct GroupPageTests {
    private static func page() throws -> String {
        try String(
            contentsOf: AgentFolder.repository.appendingPathComponent("docs/group.md"),
            encoding: .utf8)
    }

    @Test func `the page's commands, run as they stand there, print what it shows`() async throws {
        let page = Page(try Self.page())
        try #require(page.steps.count > 10)
        try #require(page.steps.count { $0.shown != nil } > 10)
        let folder = try Self.clone()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(page.script.utf8).write(to: folder.appendingPathComponent("page.sh"))
        // On a time-out the whole group ends, the sandbox with it.
        let result = try await Program("/usr/bin/timeout").run(
            [
                "--kill-after=10", "150", "/bin/bash", "-c",
                "cd \"$0\" && exec /bin/bash page.sh 2>&1", folder.path,
            ], seconds: 180)
        let outputs = Page.outputs(result.output)
        #expect(result.code == 0, "\(result.output.suffix(3_000)) \(result.errors)")
        #expect(outputs.count == page.steps.count, "it ended in step \(outputs.count)")
        for (step, output) in zip(page.steps, outputs) {
            guard let shown = step.shown else { continue }
            #expect(
                Page.masked(output) == Page.masked(shown),
                "docs/group.md:\(step.line) printed:\n\(output)")
        }
        #expect(Self.processes(in: folder) == [])
    }

    /// A folder that looks to the page like a clone after `swift build`.
    private static func clone() throws -> URL {
        let files = FileManager.default
        let folder = files.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("page-\(UUID().uuidString)")
        try files.createDirectory(
            at: folder.appendingPathComponent(".build"), withIntermediateDirectories: true)
        try files.createSymbolicLink(
            at: folder.appendingPathComponent(".build/debug"), withDestinationURL: Program.folder)
        try files.createSymbolicLink(
            at: folder.appendingPathComponent("docs"),
            withDestinationURL: AgentFolder.repository.appendingPathComponent("docs"))
        return folder
    }

    /// The processes that work in that folder.
    private static func processes(in folder: URL) -> [String] {
        let files = FileManager.default
        return ((try? files.contentsOfDirectory(atPath: "/proc")) ?? []).filter { id in
            guard Int(id) != nil,
                let place = try? files.destinationOfSymbolicLink(atPath: "/proc/\(id)/cwd")
            else { return false }
            return place.hasPrefix(folder.path)
        }
    }

    @Test func `what differs in each run is masked, and nothing else is`() {
        let text = """
            at 2026-11-21T09:14:03.221Z and 2026-11-21 09:14 UTC on 127.0.0.1:40123  
            request 0123456789abcdef0123456789abcdefaprq of 0123456789abcdef0123456789abcdefatrx

            """
        #expect(
            Page.masked(text) == [
                "at (time) and (time) UTC on 127.0.0.1:(port)",
                "request (request) of 0123456789abcdef0123456789abcdefatrx",
            ])
    }

    @Test func `blocks of commands are found with what they print`() {
        let page = Page(
            "a\n```sh\none\n```\n\n```text\n1\n```\n```json\n{}\n```\n```sh\ntwo\n```\n")
        #expect(page.steps.map(\.commands) == ["one", "two"])
        #expect(page.steps.map(\.shown) == ["1", nil])
        #expect(page.steps.map(\.line) == [2, 12])
        #expect(page.script.hasPrefix("set -euo pipefail\none\n"))
        #expect(Page.outputs("1\n\n@@ the end of step 0\n2\n") == ["1\n"])
    }
}
