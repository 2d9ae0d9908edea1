import ProgramTestKit
import Testing

/// One mistake of an operator, what is said about it, and that nothing changes by it.
struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The exit code of each command.
    let code: Int32
    /// Parts of the message; `{folder}` is the agent's folder.
    let says: [String]
    var commands = [["check"], ["run", "--once"]]
    var environment: [String: String] = [:]
    /// Makes the mistake in a folder that is right but for it.
    let make: @Sendable (AgentFolder) throws -> Void

    init(
        _ description: String, says: [String], code: Int32 = 3, commands: [[String]]? = nil,
        make: @escaping @Sendable (AgentFolder) throws -> Void
    ) {
        testDescription = description
        self.says = says
        self.code = code
        self.make = make
        if let commands { self.commands = commands }
    }

    /// A text of the configuration replaced by another.
    static func configured(
        _ description: String, _ old: String, _ new: String, says: String...
    ) -> Mistake {
        Mistake(description, says: says) {
            try $0.replace(in: "countersign.yaml", old, new)
        }
    }

    /// A text of the policy replaced by another.
    static func ruled(
        _ description: String, _ old: String, _ new: String, says: String...
    ) -> Mistake {
        Mistake(description, says: says) {
            try $0.replace(in: "policies/policy.yaml", old, new)
        }
    }

    /// Expects each command to refuse with all that should be said, and to change nothing. The
    /// platform is on a port where nobody listens.
    func expectRefusal() async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        try folder.connect(to: "http://127.0.0.1:1")
        try make(folder)
        let before = try folder.contents()
        for command in commands {
            let result = try await Program("countersign", environment: environment).run(
                command.map(folder.filled) + ["--config", folder.configuration])
            let said = result.output + result.errors
            #expect(result.code == code, "\(command): \(said)")
            for part in says { #expect(said.contains(folder.filled(part)), "\(command)") }
            #expect(!result.errors.isEmpty)
            #expect(!said.contains("\u{1B}"), "no escape codes")
        }
        #expect(before.changes(to: try folder.contents()) == [])
    }
}
