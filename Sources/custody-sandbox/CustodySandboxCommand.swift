import ArgumentParser
import CustodySandbox
import Foundation

@main
struct CustodySandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "custody-sandbox",
        abstract: "The custody platform of the guide, in memory, on a loopback address.",
        discussion: """
            Every request under /v1 is authenticated as the guide says; /sandbox is a control \
            surface without authentication. SIGTERM and SIGINT end it with 0.

            EXAMPLES
              custody-sandbox --listen 127.0.0.1:8470 --scenario demo.json
              custody-sandbox --listen 127.0.0.1:0 --seed 1 --state sandbox-state.json
            """)

    @Option(help: "Loopback address and port; port 0 takes a free one.")
    var listen = "127.0.0.1:8470"

    @Option(help: "A JSON scenario for a fresh start; unused where --state finds a saved state.")
    var scenario: String?

    @Option(help: "Read the state at the start where the file exists, write it at the end.")
    var state: String?

    @Option(help: "Makes generated ids and chances of a fresh start the same in every run.")
    var seed: UInt64?

    @Option(help: "Where callbacks go, as in http://127.0.0.1:8480/callbacks; loopback only.")
    var callbacks: String?

    func run() async throws {
        let server: SandboxServer
        let sandbox = loaded()
        let (host, port) = address()
        do throws(SandboxServer.Refusal) {
            server = try SandboxServer(sandbox, host: host, port: port)
        } catch {
            stop("--listen \(listen): only loopback addresses are served", EX_USAGE)
        }
        do {
            try await server.run(handlesSignals: true) { port in
                let shown = host.contains(":") ? "[\(host)]" : host
                let line = "custody-sandbox listening on http://\(shown):\(port)\n"
                FileHandle.standardOutput.write(Data(line.utf8))
            }
        } catch {
            stop("cannot serve on \(listen): \(error)", 1)
        }
        save(sandbox)
    }

    /// Host and port, the host without the brackets of an IPv6 address.
    private func address() -> (String, Int) {
        guard let colon = listen.lastIndex(of: ":"),
            let port = UInt16(listen[listen.index(after: colon)...])
        else { stop("--listen \(listen): expected ADDRESS:PORT, as in 127.0.0.1:8470", EX_USAGE) }
        let host = listen[..<colon].trimmingCharacters(in: ["[", "]"])
        return (host, Int(port))
    }

    /// The saved state where there is one, else a fresh platform with the scenario.
    private func loaded() -> Sandbox {
        if let state, FileManager.default.fileExists(atPath: state) {
            let saved = built(from: state) { bytes throws(ControlError) in
                try Sandbox(state: bytes)
            }
            sendCallbacks(of: saved)
            return saved
        }
        let fresh = Sandbox(seed: seed ?? .random(in: .min ... .max))
        sendCallbacks(of: fresh)
        guard let scenario else { return fresh }
        return built(from: scenario) { bytes throws(ControlError) in
            try fresh.merge(scenario: bytes)
            return fresh
        }
    }

    private func sendCallbacks(of sandbox: Sandbox) {
        guard let callbacks else { return }
        do throws(ControlError) {
            try sandbox.sendCallbacks(to: callbacks)
        } catch {
            stop("--callbacks \(callbacks): \(error.message)", EX_USAGE)
        }
    }

    private func built(
        from path: String, _ make: ([UInt8]) throws(ControlError) -> Sandbox
    ) -> Sandbox {
        do throws(ControlError) {
            return try make(read(path))
        } catch {
            stop("\(path): \(error.message)", 3)
        }
    }

    private func read(_ path: String) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            stop("\(path): cannot be read", 3)
        }
        return Array(data)
    }

    private func save(_ sandbox: Sandbox) {
        guard let state else { return }
        do {
            try Data(sandbox.state).write(to: URL(filePath: state), options: .atomic)
        } catch {
            stop("\(state): cannot be written: \(error.localizedDescription)", 1)
        }
    }

    private func stop(_ message: String, _ code: Int32) -> Never {
        FileHandle.standardError.write(Data("custody-sandbox: \(message)\n".utf8))
        Foundation.exit(code)
    }
}
