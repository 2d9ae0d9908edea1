import Testing

/// Each check finds what it is there to find, and leaves alone what it should.
struct ChecksTests {
    private func source(_ text: String, _ path: String = "Sources/SodiumKeys/X.swift")
        -> SwiftSource
    {
        SwiftSource(path: path, text: text)
    }

    @Test func `a file of 401 lines is found and one of 400 is not`() {
        #expect(Checks.length(source(String(repeating: "//\n", count: 400))).isEmpty)
        #expect(Checks.length(source(String(repeating: "//\n", count: 401))).count == 1)
    }

    @Test(arguments: [
        "func long() {", "    package static func long<T>(\n        _ a: Int\n    ) throws -> T {",
        "init() {", "init?(a: Int) {",
        "deinit {", "subscript(a: Int) -> Int {", "func `a long sentence`() async throws {",
        "func long() -> String\nwhere T: X {", "func long() // }\n{",
    ])
    func `a function of 61 lines is found and one of 60 is not`(head: String) {
        func function(_ lines: Int) -> SwiftSource {
            let body = String(
                repeating: "    let text = \"} \\(f({ 1 }))\" // }\n",
                count: lines - 2 - head.count { $0 == "\n" })
            return source("struct S {\n\(head)\n\(body)}\n}\n")
        }
        #expect(Checks.length(function(60)).isEmpty)
        #expect(Checks.length(function(61)).count == 1)
        #expect(function(61).functions.map(\.count) == [61])
    }

    @Test func `braces in a pattern do not count`() {
        let text = "func a() {\n  let b = [/\\(\\{[{]/]\n  c(/}+/, /{/)\n  let d = e / f\n}\n"
        #expect(source(text).functions.map(\.count) == [5])
    }

    @Test func `a requirement of a protocol has no body`() {
        let text =
            "protocol P {\n  func a()\n  init()\n  func b(\n    c: Int\n  ) throws\n}\nfunc d() {\n}\n"
        #expect(source(text).functions.map(\.line) == [8])
    }

    @Test(arguments: [
        ("let a = try! b()", "try!"), ("fatalError(\"x\")", "fatalError"),
        ("final class A: @unchecked Sendable {}", "@unchecked Sendable"),
        ("nonisolated(unsafe) var a = 1", "nonisolated(unsafe)"),
        ("@testable import A", "@testable"),
        ("Task { await a() }", "an unstructured task"),
        ("Task.detached { }", "an unstructured task"),
        ("let t = Task<Void, Never>(priority: .high) {", "an unstructured task"),
    ])
    func `a forbidden word in code is found, and in a comment or text it is not`(
        code: String, what: String
    ) {
        #expect(
            Checks.forbiddenCode(source("\n" + code)) == ["Sources/SodiumKeys/X.swift:2: \(what)"])
        #expect(Checks.forbiddenCode(source("// \(code)\n/* \(code) */")).isEmpty)
        #expect(
            Checks.forbiddenCode(
                source("#\"\(code)\"#\n\"\"\"\n\(code)\n\"\"\"\nfunc `\(code)`() {}")
            ).isEmpty)
        #expect(Checks.forbiddenCode(source("\"\\(try! a())\"")).count == 1)
    }

    @Test func `a loose task is the executables' alone, and a test group or name is none`() {
        #expect(Checks.forbiddenCode(source("Task { }", "Sources/countersign/Run.swift")).isEmpty)
        #expect(
            Checks.forbiddenCode(source("Task { }", "Sources/custody-sandbox/Run.swift")).isEmpty)
        #expect(Checks.forbiddenCode(source("Task { }", "Tests/XTests/X.swift")).count == 1)
        #expect(
            Checks.forbiddenCode(source("withTaskGroup(of: Int.self) { }\nstruct MyTask {}"))
                .isEmpty)
    }

    @Test(arguments: [
        "try await Task.sleep(for: .seconds(1))", "sleep(1)", "usleep (5)",
        "Thread.sleep(forTimeInterval: 1)", "nanosleep(a, b)",
    ])
    func `sleeping is found in a test and only there`(code: String) {
        #expect(Checks.forbiddenCode(source(code, "Tests/XTests/X.swift")).count == 1)
        #expect(Checks.forbiddenCode(source(code)).isEmpty)
    }

    @Test func `an open end and a path of a workplace are found anywhere`() {
        let (end, fix, work, trees) = ("TO" + "DO", "FIX" + "ME", "/wo" + "rk", "/tmp/" + "trees/x")
        for bad in [
            "// \(end): later", "\(fix)", "see \(work)/main", "\(work)", "\"\(work)\"",
            "(\(trees))",
        ] {
            #expect(
                Checks.forbiddenText(path: "a.md", lines: ["", bad]).map {
                    $0.hasPrefix("a.md:2: ")
                } == [true], "\(bad)")
        }
        for good in [
            "\(end)S", "a\(work)", "\(work)ers", "https://x\(work)/", "../a\(work)", "/tmp/x",
        ] {
            #expect(Checks.forbiddenText(path: "a.md", lines: [good]).isEmpty, "\(good)")
        }
    }

    @Test func `a tab is found`() {
        #expect(Checks.tabs(source("let a = 1\n\tlet b = 2")).count == 1)
        #expect(Checks.tabs(source("let a = \"\\t\"")).isEmpty)
    }

    @Test(arguments: [
        "package struct A {}", "    package static func a() {}", "package enum A {}",
        "package final class A {}", "package actor A {}",
        "package protocol A {}", "package typealias A = B", "@frozen package struct A {}",
        "@discardableResult\npackage func a() {}",
        "package mutating func a() {}", "package func `a b`() {}", "package indirect enum A {}",
        "package struct A: ~Copyable {}",
    ])
    func `a declaration without documentation is found, and with it is not`(code: String) {
        #expect(Checks.documentation(source("\n" + code)).count == 1)
        #expect(Checks.documentation(source("// A comment.\n" + code)).count == 1)
        #expect(Checks.documentation(source("/// A guarantee.\n" + code)).isEmpty)
        #expect(Checks.documentation(source(code.replacing("package ", with: ""))).isEmpty)
    }

    @Test func `operators, hash(into:) and imports need no documentation`() {
        let text =
            "package import A\npackage static func < (a: A, b: A) -> Bool {\npackage func hash(into hasher: inout Hasher) {\npackage let a = 1\n\"package struct A {}\""
        #expect(Checks.documentation(source(text)).isEmpty)
    }

    @Test func `what a protocol requires is documented there and not again by who does it`() {
        let port = source(
            "protocol P {\n  func settle(\n    a: A\n  ) throws -> B\n  func own() {}\n}")
        #expect(port.requirements == ["settle"])
        let text =
            "package func settle(a: A) throws -> B {\n}\npackage func settled() {}\npackage struct settle {}"
        #expect(Checks.documentation(source(text), required: port.requirements).count == 2)
    }

    @Test func `imports are read in every form`() {
        let text =
            "import A\npackage import B\n@preconcurrency import C\nimport struct D.X\n// import E\n\"import F\"\n@_spi(X) internal import G\n    import H"
        #expect(source(text).imports == ["A", "B", "C", "D", "G", "H"])
    }

    @Test
    func `an import in the core, of another adapter, or of a C module by another target is found`()
    {
        let sodium = source("import CSodium", "Sources/SodiumKeys/A.swift")
        let targets: Set = ["SodiumKeys"]
        #expect(Checks.imports([sodium], targets: targets).isEmpty)
        #expect(Checks.imports([], targets: targets).count == 1)
        #expect(
            Checks.imports(
                [sodium, source("import CSodium", "Sources/CustodyClient/A.swift")],
                targets: targets
            ).count == 1)
        #expect(
            Checks.imports(
                [sodium, source("import CSodium", "Tests/SodiumKeysTests/A.swift")],
                targets: targets
            ).count == 1)
        #expect(
            Checks.imports(
                [sodium, source("import Foundation", "Sources/ApprovalCore/A.swift")],
                targets: targets
            ).count == 1)
        #expect(
            Checks.imports(
                [sodium, source("import SodiumKeys", "Sources/SQLiteLedger/A.swift")],
                targets: targets
            ).count == 1)
        #expect(
            Checks.imports(
                [sodium, source("import SodiumKeys", "Sources/countersign/Wiring.swift")],
                targets: targets
            ).isEmpty)
    }
}
