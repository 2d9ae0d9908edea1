import ApprovalCore
import CustodyClient
import Foundation
import Glibc
import Synchronization

/// `openssl s_server`: a server with TLS that is not ours. It shows what it received, in the clear,
/// and answers what it is told to.
final class TLSServer: Sendable {
    /// Who signed its certificate, and for how long.
    enum Certificate {
        /// The authority of these tests, which a client can be told to trust.
        case signed
        case expired
        /// An authority that nobody is told of.
        case signedByAnother
        case selfSigned
    }

    let port: UInt16
    /// The file of the authority of these tests.
    let authority: String
    /// `sha256//…` of its own key.
    let pin: String

    private let directory: URL
    private let id: Int32
    private let process: Mutex<Process>
    private let input: Pipe
    private let output = Output()

    var url: String { "https://127.0.0.1:\(port)" }

    init(
        _ certificate: Certificate = .signed, name: String = "IP:127.0.0.1",
        options: [String] = []
    ) async throws {
        directory = try OpenSSL.temporaryDirectory()
        authority = directory.appending(path: "ca.pem").path()
        pin = try Self.makeKeys(certificate, name: name, in: directory)
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/openssl")
        server.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem"]
            + options
        server.currentDirectoryURL = directory
        let pipe = Pipe()
        input = Pipe()
        server.standardInput = input
        server.standardOutput = pipe
        server.standardError = FileHandle.nullDevice
        try server.run()
        id = server.processIdentifier
        process = Mutex(server)
        let output = output
        let reading = pipe.fileHandleForReading
        Thread.detachNewThread { output.readToEnd(reading) }
        let line = await output.line { $0.hasPrefix("ACCEPT 127.0.0.1:") }
        guard let text = line?.split(separator: ":").last, let number = UInt16(text) else {
            kill(id, SIGKILL)
            throw POSIXError(.ECONNREFUSED)
        }
        port = number
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Ends it at once, as a crash would: no close of TLS is said.
    func stop() {
        // A child of a dispatch thread has SIGTERM blocked.
        kill(id, SIGKILL)
        process.withLock { $0.waitUntilExit() }
    }

    /// All that it has shown so far: what it received, among what it says itself.
    var shown: String { output.text }

    /// Waits until it showed a line that begins so; nil where it ended before.
    func line(_ prefix: String) async -> String? { await output.line { $0.hasPrefix(prefix) } }

    /// Answers one call of a client, when its request is there: how the call ended. `andThen` is
    /// done when the answer was sent.
    func answer(
        _ call: @escaping @Sendable () async -> Ending, with reply: String,
        andThen: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> Ending {
        try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask { [self] in
                let end = await call()
                // A call that failed before it was sent is not waited for.
                output.giveUp()
                return end
            }
            group.addTask { [self] in
                guard await line("X-Nonce: ") != nil else { return nil }
                send(reply)
                try await andThen()
                return nil
            }
            for try await case let end? in group {
                try await group.waitForAll()
                return end
            }
            throw CancellationError()
        }
    }

    /// Sends this to the client that is connected.
    func send(_ text: String) {
        try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    /// Returns when the server took all that it is to send: its pipe is empty. It sends at once.
    func untilInputIsRead() async throws {
        var waiting: Int32 = 1
        while waiting > 0 {
            guard
                unsafe ioctl(input.fileHandleForWriting.fileDescriptor, UInt(FIONREAD), &waiting)
                    == 0
            else { throw POSIXError(.EIO) }
            await Task.yield()
        }
    }

    /// A client that trusts anybody says a line, and the server shows it: so it serves, and has
    /// shown all that came before. False where it does not.
    func showsControl(_ options: [String]) async throws -> Bool {
        let client = Process()
        client.executableURL = URL(filePath: "/usr/bin/openssl")
        client.arguments = ["s_client", "-connect", "127.0.0.1:\(port)"] + options
        let input = Pipe()
        client.standardInput = input
        client.standardOutput = FileHandle.nullDevice
        client.standardError = FileHandle.nullDevice
        try client.run()
        try input.fileHandleForWriting.write(contentsOf: Data("control\n".utf8))
        try input.fileHandleForWriting.close()
        client.waitUntilExit()
        guard client.terminationStatus == 0 else { return false }
        return await line("control") != nil
    }

    private static func makeKeys(
        _ certificate: Certificate, name: String, in directory: URL
    ) throws -> String {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        for authority in ["ca", "other"] {
            try run(
                ["req", "-x509"] + key + [
                    "-keyout", "\(authority).key", "-out", "\(authority).pem", "-days", "2",
                    "-subj", "/CN=countersign \(authority)",
                ], in: directory)
        }
        try run(
            ["req"] + key + [
                "-keyout", "key.pem", "-out", "cert.csr", "-subj", "/CN=countersign test",
                "-addext", "subjectAltName=\(name)",
            ], in: directory)
        let signed = ["x509", "-req", "-in", "cert.csr", "-copy_extensions", "copy"]
        let (signer, days) =
            switch certificate {
            case .signed: (["-CA", "ca.pem", "-CAkey", "ca.key"], "2")
            case .expired: (["-CA", "ca.pem", "-CAkey", "ca.key"], "-1")
            case .signedByAnother: (["-CA", "other.pem", "-CAkey", "other.key"], "2")
            case .selfSigned: (["-signkey", "key.pem"], "2")
            }
        try run(signed + signer + ["-days", days, "-out", "cert.pem"], in: directory)
        let (_, bytes) = try OpenSSL.run(
            ["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"], in: directory)
        try Data(bytes).write(to: directory.appending(path: "key.der"))
        let (_, hash) = try OpenSSL.run(["dgst", "-sha256", "-binary", "key.der"], in: directory)
        return "sha256//" + hash.base64
    }

    private static func run(_ arguments: [String], in directory: URL) throws {
        guard try OpenSSL.run(arguments, in: directory).0 == 0 else {
            throw POSIXError(.EINVAL)
        }
    }
}

/// What a process says, as it comes.
private final class Output: Sendable {
    private struct State {
        var text = ""
        var hasEnded = false
        var waiters: [(matches: @Sendable (String) -> Bool, CheckedContinuation<String?, Never>)] =
            []

        func line(_ matches: (String) -> Bool) -> String? {
            // CR LF is one Character, and a separator as it is.
            text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).dropLast()
                .map(String.init).first(where: matches)
        }
    }

    private let state = Mutex(State())

    var text: String { state.withLock { $0.text } }

    /// Lets nobody wait any more.
    func giveUp() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for (_, waiter) in waiters { waiter.resume(returning: nil) }
    }

    func readToEnd(_ handle: FileHandle) {
        while true {
            let chunk = handle.availableData
            let woken = state.withLock { state in
                state.text += String(decoding: chunk, as: UTF8.self)
                state.hasEnded = state.hasEnded || chunk.isEmpty
                let found = state.waiters.map { ($0.1, state.line($0.matches)) }
                let isOver = found.map { $0.1 != nil || chunk.isEmpty }
                state.waiters = zip(state.waiters, isOver).filter { !$0.1 }.map(\.0)
                return zip(found, isOver).filter(\.1).map(\.0)
            }
            for (waiter, line) in woken { waiter.resume(returning: line) }
            if chunk.isEmpty { return }
        }
    }

    /// The first line that matches, as soon as it is there; nil where there is none at the end.
    func line(_ matches: @escaping @Sendable (String) -> Bool) async -> String? {
        await withCheckedContinuation { continuation in
            let (isNow, line) = state.withLock { state in
                let line = state.line(matches)
                let isNow = line != nil || state.hasEnded
                if !isNow { state.waiters.append((matches, continuation)) }
                return (isNow, line)
            }
            if isNow { continuation.resume(returning: line) }
        }
    }
}
