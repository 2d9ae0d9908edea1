import Foundation
import ProgramTestKit
import Synchronization

/// A sandbox and an agent's folder that know each other; gone when the test is over.
final class Scene: Sendable {
    let folder: AgentFolder
    let sandbox: SandboxProcess
    private let started = Mutex<[RunningProgram]>([])

    private init(_ folder: AgentFolder, _ sandbox: SandboxProcess) {
        self.folder = folder
        self.sandbox = sandbox
    }

    /// Runs `body`; whatever it started is ended by its id, and its files are removed. `policy`
    /// are replacements in the demo's policy.
    static func play(
        policy: [(String, String)] = [], settings: [String: Any] = [:],
        _ body: (Scene) async throws -> Void
    ) async throws {
        let folder = try await AgentFolder()
        defer { folder.remove() }
        let scene = Scene(folder, try await SandboxProcess(["--seed", "11"]))
        do {
            try folder.connect(to: scene.sandbox.origin)
            try folder.replace(in: "countersign.yaml", "poll_interval: 15s", "poll_interval: 1s")
            for (old, new) in policy { try folder.replace(in: "policies/policy.yaml", old, new) }
            try await scene.sandbox.control(
                "POST", "scenario",
                folder.scenario.merging(["settings": settings]) { $1 })
            try await body(scene)
            await scene.end()
        } catch {
            await scene.end()
            throw error
        }
    }

    private func end() async {
        for program in started.withLock({ $0 }) {
            program.kill()
            _ = await program.end()
        }
        await sandbox.stop()
    }

    /// Replacements that lift the demo's daily limit.
    static let unlimited = limit("1000.00000000")

    /// Replacements that set the demo's daily limit; the count is lifted.
    static func limit(_ amount: String) -> [(String, String)] {
        [
            ("max_amount: \"1.00000000\"", "max_amount: \"\(amount)\""),
            ("max_count: 40", "max_count: 100000"),
        ]
    }

    /// Starts `countersign run` of this folder, or of another one.
    func start(_ other: AgentFolder? = nil) throws -> RunningProgram {
        let program = try (other ?? folder).start("run")
        started.withLock { $0.append(program) }
        return program
    }

    /// Starts `countersign run --once` of this folder.
    func startOnce() throws -> RunningProgram {
        let program = try folder.start("run", "--once")
        started.withLock { $0.append(program) }
        return program
    }

    /// `countersign run --once --format json`.
    func once(_ flags: String..., seconds: Int = 120) async throws -> Pass {
        Pass(
            try await Program("countersign").run(
                ["run", "--once", "--format", "json", "--config", folder.configuration] + flags,
                seconds: seconds))
    }

    /// Passes until one ends with 0, at most `attempts`; their number.
    func settle(attempts: Int = 4) async throws -> Int {
        var errors = ""
        for attempt in 1...attempts {
            let pass = try await once()
            if pass.code == 0 { return attempt }
            errors = "\(pass.code) \(pass.errors) \(pass.items)"
        }
        throw SandboxProcess.Failure(description: "not settled: \(errors)")
    }

    /// Creates raw transactions; their ids in the same order.
    @discardableResult
    func create(_ transactions: [[String: Any]]) async throws -> [String] {
        let answer = try await sandbox.control("POST", "transactions", transactions)
        return (answer as? [String: Any])?["ids"] as? [String] ?? []
    }

    /// Adds rules to `faults` or `hostile`.
    func add(_ rules: [[String: Any]], to list: String) async throws {
        try await sandbox.control("POST", list, rules)
    }

    func clear(_ list: String) async throws { try await sandbox.control("DELETE", list) }

    /// Each transaction as the sandbox knows it: `transaction`, `approvals`, `reads`.
    func described() async throws -> [Described] {
        let answer = try await sandbox.control("GET", "transactions")
        return ((answer as? [String: Any])?["items"] as? [[String: Any]] ?? []).map(Described.init)
    }

    /// The ids of what the sandbox accepted an approval of.
    func approved() async throws -> Set<String> {
        Set(try await described().filter { !$0.accepted.isEmpty }.map(\.id))
    }

    /// `countersign status --format json`: transactions by state.
    func states() async throws -> [String: Int] {
        let status = try await folder.run("status", "--format", "json").objects.first
        return status?["states"] as? [String: Int] ?? [:]
    }
}

/// What `run --once` printed.
struct Pass: Sendable {
    struct Item: Sendable {
        let id: String?
        let type: String?
        let action: String
        let outcome: String?
        let codes: [String]
    }

    let code: Int32
    let errors: String
    let items: [Item]
    /// nil where no summary was printed.
    let summary: [String: Int]?

    init(_ result: Program.Result) {
        code = result.code
        errors = result.errors
        summary = (result.objects.last?["summary"] as? [String: Any])?.compactMapValues {
            $0 as? Int
        }
        items = result.objects.filter { $0["summary"] == nil }.map { line in
            Item(
                id: line["transaction_id"] as? String,
                type: line["type"] as? String,
                action: line["action"] as? String ?? "",
                outcome: line["outcome"] as? String,
                codes: (line["reasons"] as? [[String: Any]] ?? []).compactMap {
                    $0["code"] as? String
                })
        }
    }

    func item(_ id: String) -> Item? { items.first { $0.id == id } }
}

/// One transaction as the sandbox knows it.
struct Described {
    struct Attempt: Equatable {
        let message: String
        let digest: String
        let sentDigest: String?
        let signatureDigest: String?
        let isAccepted: Bool
        let at: String
    }

    let id: String
    let state: String
    let transaction: [String: Any]
    let attempts: [Attempt]
    let reads: Int

    var accepted: [Attempt] { attempts.filter(\.isAccepted) }

    init(_ body: [String: Any]) {
        transaction = body["transaction"] as? [String: Any] ?? [:]
        id = transaction["id"] as? String ?? ""
        state = transaction["state"] as? String ?? ""
        reads = body["reads"] as? Int ?? 0
        attempts = (body["approvals"] as? [[String: Any]] ?? []).map { attempt in
            Attempt(
                message: attempt["challenge_message"] as? String ?? "",
                digest: attempt["challenge_sha256"] as? String ?? "",
                sentDigest: attempt["sent_sha256"] as? String,
                signatureDigest: attempt["signature_sha256"] as? String,
                isAccepted: attempt["accepted"] as? Bool ?? false,
                at: attempt["at"] as? String ?? "")
        }
    }
}
