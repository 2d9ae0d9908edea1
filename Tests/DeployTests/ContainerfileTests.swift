import Foundation
import Testing

/// The Containerfile: what it takes in and what it runs as.
struct ContainerfileTests {
    /// Which package of Debian 12 has a library; the base image has those with nil.
    private static let packages: [String: String?] = [
        "libsqlite3.so.0": "libsqlite3-0", "libyaml-0.so.2": "libyaml-0-2",
        "libsodium.so.23": "libsodium23", "libcurl.so.4": "libcurl4",
        "libstdc++.so.6": "libstdc++6", "libgcc_s.so.1": nil, "libm.so.6": nil, "libc.so.6": nil,
        "ld-linux-x86-64.so.2": nil, "ld-linux-aarch64.so.1": nil,
    ]

    /// Each stage as its instructions, continuation lines joined.
    private let stages: [[String]]

    init() throws {
        let lines = try Deployment.statements("deploy/Containerfile").joined(separator: "\n")
            .replacing("\\\n", with: "").split(separator: "\n").map(String.init)
        var stages: [[String]] = []
        for line in lines {
            if line.hasPrefix("FROM ") { stages.append([]) }
            stages[stages.count - 1].append(line)
        }
        self.stages = stages
    }

    private func installed(_ stage: [String]) -> Set<String> {
        let text = stage.joined(separator: "\n")
        let list = text.firstMatch(of: /apt-get install -y --no-install-recommends (.*?) &&/)
        return Set((list?.output.1 ?? "").split(separator: " ").map(String.init))
    }

    @Test func `it builds in one image and runs in another, both with a whole version`() throws {
        #expect(stages.count == 2)
        let images = stages.compactMap(\.first)
        #expect(images.first?.wholeMatch(of: /FROM swift:\d+\.\d+\.\d+-bookworm AS build/) != nil)
        #expect(images.last?.wholeMatch(of: /FROM debian:12\.\d+-slim/) != nil)
    }

    @Test func `it takes in the sources and nothing else, and from the build the program alone`() {
        let copies = stages.map { $0.filter { $0.hasPrefix("COPY ") || $0.hasPrefix("ADD ") } }
        #expect(
            copies.first == ["COPY Package.swift ./", "COPY Sources Sources", "COPY Tests Tests"])
        #expect(
            copies.last == [
                "COPY --from=build --chmod=0755 /countersign /usr/local/bin/countersign"
            ])
    }

    @Test func `it does not run as root, and starts the agent`() throws {
        let last = try #require(stages.last)
        #expect(last.filter { $0.hasPrefix("USER ") } == ["USER 65532:65532"])
        let user = try #require(last.firstIndex { $0.hasPrefix("USER ") })
        #expect(!last[user...].contains { $0.hasPrefix("RUN ") || $0.hasPrefix("COPY ") })
        #expect(last.contains(#"ENTRYPOINT ["/usr/local/bin/countersign"]"#))
        #expect(last.contains(#"CMD ["run"]"#))
        #expect(last.contains(#"VOLUME ["/var/lib/countersign"]"#))
    }

    @Test(
        .enabled(if: Tool.readelf.isInstalled, Tool.readelf.absence),
        .enabled(if: hasProgram, noProgram))
    func `its packages are the libraries that the program is linked with`() throws {
        let needed = try Tool.readelf.run(["-d", Self.program]).output
            .matches(of: /Shared library: \[([^\]]+)\]/).map { String($0.output.1) }
        #expect(needed.contains("libsodium.so.23"))
        // The image has a static Swift runtime, which is linked with libstdc++; the program of the
        // tests has a dynamic one.
        var packages: Set<String> = ["ca-certificates", "libstdc++6"]
        for library in needed where !Self.isOfSwift(library) {
            let package = try #require(Self.packages[library], "which package has \(library)?")
            if let package { packages.insert(package) }
        }
        #expect(installed(try #require(stages.last)) == packages)
    }

    private static func isOfSwift(_ library: String) -> Bool {
        ["libswift", "lib_Foundation", "libFoundation", "libdispatch", "libBlocksRuntime"]
            .contains { library.hasPrefix($0) }
    }

    private static let noProgram: Comment = "countersign is not built beside the tests"

    private static var hasProgram: Bool {
        FileManager.default.isExecutableFile(atPath: program)
    }

    /// The program that was built with the tests.
    private static var program: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(filePath: tests ?? CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "countersign").path
    }
}
