import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB
import SQLiteLedger

/// A directory of its own for one test, removed at its end.
final class Workplace: Sendable {
    let directory: String

    init() throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("ledger-" + UUID().uuidString)
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        self.directory = directory.path
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var file: String { directory + "/ledger.sqlite" }

    static let binding = LedgerBinding(
        environment: "test", baseURL: "https://platform.example", origin: "log.example/one",
        logPublicKey: "key-1")

    /// Creates the ledger and opens it.
    func create(sha256: @escaping SHA256 = TestSHA256.hash) throws -> SQLiteLedger {
        try SQLiteLedger.create(at: file)
        return try open(sha256: sha256)
    }

    func open(
        _ binding: LedgerBinding = binding, sha256: @escaping SHA256 = TestSHA256.hash,
        accepting: Bool = false
    ) throws -> SQLiteLedger {
        try SQLiteLedger.open(at: file, binding: binding, sha256: sha256, accepting: accepting)
    }

    func reader(sha256: @escaping SHA256 = TestSHA256.hash) throws -> SQLiteLedgerReader {
        try SQLiteLedgerReader.open(at: file, sha256: sha256)
    }

    /// Someone else's hands on the file.
    func tamper(_ statements: String...) throws {
        let queue = try DatabaseQueue(path: file)
        try queue.writeWithoutTransaction { database in
            for statement in statements { try database.execute(sql: statement) }
        }
        try queue.close()
    }

    /// Whether the ledger keeps a body by its hash.
    func keeps(_ body: [UInt8]) async throws -> Bool {
        let hash = Data(TestSHA256.hash(body).bytes)
        return try await DatabaseQueue(path: file).read { database in
            try Data.fetchOne(
                database, sql: "SELECT bytes FROM blob WHERE sha256 = ?", arguments: [hash])
        } == Data(body)
    }

    func bytes(_ suffix: String = "") -> [UInt8]? {
        FileManager.default.contents(atPath: file + suffix).map { Array($0) }
    }

    /// A place of its own with the same ledger.
    func copied() throws -> Workplace {
        let other = try Workplace()
        try copy(to: other)
        return other
    }

    /// Copies the ledger's files as they are, as after a kill.
    func copy(to other: Workplace) throws {
        for suffix in ["", "-wal"] where bytes(suffix) != nil {
            try FileManager.default.copyItem(atPath: file + suffix, toPath: other.file + suffix)
        }
    }
}

/// The error that opening a ledger ends with.
func refusal(_ open: () throws -> SQLiteLedger) throws -> SQLiteLedgerError? {
    do {
        _ = try open()
        return nil
    } catch let error as SQLiteLedgerError {
        return error
    }
}

/// The error that a call ends with.
func failure(_ call: () async throws -> Void) async throws -> LedgerError? {
    do {
        try await call()
        return nil
    } catch let error as LedgerError {
        return error
    }
}
