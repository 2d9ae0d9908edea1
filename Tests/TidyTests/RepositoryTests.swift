import Foundation
import Testing

/// Reads the repository and holds it to the house rules.
struct RepositoryTests {
    private let root: URL
    private let files: [SwiftSource]
    private let texts: [(path: String, lines: [String])]

    init() throws {
        root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var (files, texts): ([SwiftSource], [(path: String, lines: [String])]) = ([], [])
        for path in try Self.paths(under: root) {
            guard let data = try? Data(contentsOf: root.appending(path: path)),
                let text = String(validating: data, as: UTF8.self)
            else { continue }
            if path.hasSuffix(".swift") { files.append(SwiftSource(path: path, text: text)) }
            texts.append(
                (
                    path,
                    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                ))
        }
        self.files = files
        self.texts = texts
    }

    /// Every file but what is built or hidden; `.ci` is ours. A link is read where it leads to.
    private static func paths(under root: URL) throws -> [String] {
        var found: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try FileManager.default.contentsOfDirectory(
                atPath: root.path + "/" + folder
            ).sorted() {
                if (name.hasPrefix(".") && name != ".ci") || name == "Package.resolved" { continue }
                let path = folder + name
                if Self.isLink(root.path + "/" + path) { continue }
                var isFolder: ObjCBool = false
                guard
                    unsafe FileManager.default.fileExists(
                        atPath: root.path + "/" + path, isDirectory: &isFolder)
                else { continue }
                if isFolder.boolValue { folders.append(path + "/") } else { found.append(path) }
            }
        }
        return found
    }

    private static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    @Test func `the repository is read at all`() {
        #expect(files.count > 40)
        #expect(files.contains { $0.path == "Sources/ApprovalCore/Values/Amount.swift" })
        #expect(files.contains { $0.path == "Tests/TidyTests/RepositoryTests.swift" })
        #expect(texts.contains { $0.path.hasSuffix(".modulemap") })
        #expect(files.flatMap(\.functions).count > 300)
    }

    @Test func `no file is longer than 400 lines and no function longer than 60`() {
        #expect(files.flatMap(Checks.length) == [])
    }

    @Test
    func `the core imports nothing, a C module has one importer, and no adapter knows another`()
        throws
    {
        let targets = try FileManager.default.contentsOfDirectory(atPath: root.path + "/Sources")
        #expect(Checks.imports(files, targets: Set(targets)) == [])
    }

    @Test func `what other modules see is documented`() {
        let sources = files.filter { $0.path.hasPrefix("Sources/") }
        let required = sources.reduce(into: Set<String>()) { $0.formUnion($1.requirements) }
        #expect(required.contains("createApprovalRequest") && !required.contains("decide"))
        #expect(sources.flatMap { Checks.documentation($0, required: required) } == [])
    }

    @Test func `nothing traps, hides a race, starts a loose task or sleeps in a test`() {
        #expect(files.flatMap(Checks.forbiddenCode) == [])
    }

    @Test func `no open ends, no paths of one workplace and no tabs in Swift`() {
        #expect(texts.flatMap(Checks.forbiddenText) == [])
        #expect(files.flatMap(Checks.tabs) == [])
    }
}
