import Foundation
import Testing

/// The page for the engineer on call.
struct OperationsTests {
    private let page: String
    private let commands: [String]

    init() throws {
        page = try Deployment.text("docs/operations.md")
        let blocks = page.matches(of: /(?s)```sh\n(.*?)```/).map { String($0.output.1) }
        let inline = page.matches(of: /`((?:cs|sudo|countersign) [^`\n]+)`/).map {
            String($0.output.1)
        }
        commands = blocks.flatMap { $0.split(separator: "\n").map(String.init) } + inline
    }

    /// The words behind the program's name, in each line that calls it.
    private var calls: [[String]] {
        commands.compactMap { line in
            let call = line.firstMatch(
                of:
                    /^(?:cs|countersign|sudo -u countersign countersign|podman exec countersign countersign) (.+)$/
            )
            return call.map { $0.output.1.split(separator: " ").map(String.init) }
        }
    }

    /// `backup` and `doctor` come with the operations of the agent.
    @Test func `every command of the page is a verb of the program`() throws {
        let folder = Deployment.root.appending(path: "Sources/countersign")
        let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
            try Deployment.text("Sources/countersign/" + $0)
        }.joined()
        let verbs = Set(sources.matches(of: /commandName: "([a-z]+)"/).map { String($0.output.1) })
            .union(["backup", "doctor"])
        #expect(calls.count > 25)
        for call in calls { #expect(verbs.contains(call[0]), "countersign \(call[0])") }
    }

    @Test func `what is called without a configuration is not called with one`() {
        for line in commands where line.hasPrefix("cs ") {
            #expect(!line.hasPrefix("cs keys") && !line.hasPrefix("cs version"), "\(line)")
        }
    }

    @Test func `the paths of the page are those of the unit`() throws {
        let unit = try Deployment.text("deploy/countersign.service")
        for path in ["/etc/countersign/countersign.yaml", "/usr/local/bin/countersign"] {
            #expect(unit.contains(path) && page.contains(path))
        }
        #expect(unit.contains("StateDirectory=countersign"))
        #expect(page.contains("mv /etc/countersign/state /var/lib/countersign"))
        for file in ["countersign.service", "countersign.sysusers.conf", "alerts.yml"] {
            #expect(page.contains("deploy/\(file)"))
        }
    }
}
