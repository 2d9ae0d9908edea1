import AgentTestKit
import ApprovalCore
import Foundation
import SodiumKeys
import Testing

/// Logs with real signatures in a folder of their own, removed with the value.
final class LogFolder {
    let path: String
    let signer: SodiumSigner
    let key: VerifierKey
    var writer: LogWriter

    init(origin: String = "countersign.example/test") throws {
        path = NSTemporaryDirectory() + "countersign-log-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = try KeyFile.create(path + "/log.json", purpose: .log)
        let signer = try SodiumSigner(opening: path + "/log.json", purpose: .log)
        self.signer = signer
        key = try #require(
            VerifierKey(name: origin, publicKey: signer.publicKey, Sodium.sha256))
        writer = LogWriter(key, Sodium.sha256) { try? signer.sign($0) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A log of this folder that nobody signed.
    func forger() -> LogWriter { LogWriter(key, Sodium.sha256) { _ in nil } }

    /// Writes a log's files to a new directory, and gives its path.
    func save(_ files: [String: [UInt8]], as name: String) throws -> String {
        let directory = "\(path)/\(name)"
        for (file, bytes) in files {
            let url = URL(fileURLWithPath: "\(directory)/\(file)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        return directory
    }

    /// A sound log of so many entries.
    func log(_ count: Int, as name: String? = nil) throws -> String {
        writer.files = ["vkey": Array("\(key)\n".utf8)]
        writer.write(LogWriter.entries(count))
        return try save(writer.files, as: name ?? "log-\(count)")
    }

    /// The log that was written last, of so many entries: one amount was edited and the tree made
    /// again, without the key.
    func forged(_ count: Int, at seq: Int) throws -> String {
        var forger = forger()
        forger.write(LogWriter.entries(count) { $0 == seq ? "9.\($0)" : "0.\($0)" })
        return try save(writer.files.merging(forger.files) { $1 }, as: "forged-\(count)")
    }
}
