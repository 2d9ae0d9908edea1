import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Foundation
import Glibc
import SQLiteLedger

/// What the tests of copies have in common.
extension Workplace {
    /// SHA-256 of pieces by a hash of all of them.
    static func pieces(_ hash: @escaping SHA256) -> SHA256OfPieces {
        { next in
            var all: [UInt8] = []
            var piece = try next()
            while !piece.isEmpty {
                all += piece
                piece = try next()
            }
            return hash(all)
        }
    }

    var target: String { directory + "/copy.sqlite" }

    /// Copies the ledger to ``target``, or to another file.
    func backUp(
        to target: String? = nil, sha256: @escaping SHA256 = Hashes.quick,
        progress: @escaping @Sendable (Int64, Int64) -> Void = { _, _ in }
    ) async throws(SQLiteLedgerError) -> LedgerBackup {
        try await SQLiteLedger.backUp(
            file, to: target ?? self.target, sha256: sha256, sha256OfPieces: Self.pieces(sha256),
            progress: progress)
    }

    /// The error that a copy ends with.
    func refusalToBackUp(
        to target: String? = nil, sha256: @escaping SHA256 = Hashes.quick,
        progress: @escaping @Sendable (Int64, Int64) -> Void = { _, _ in }
    ) async -> SQLiteLedgerError? {
        do {
            _ = try await backUp(to: target, sha256: sha256, progress: progress)
            return nil
        } catch { return error }
    }

    /// The names in the directory that are not the ledger's own.
    func strangers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { !$0.hasPrefix("ledger.sqlite") }.sorted()
    }

    /// The ledger that a copy is, in a place of its own.
    func moved() throws -> Workplace {
        let other = try Workplace()
        try FileManager.default.moveItem(atPath: target, toPath: other.file)
        return other
    }

    /// Creates the ledger with so many entries of so many kilobytes.
    func filled(_ entries: Int, kilobytes: Int = 1) async throws -> SQLiteLedger {
        let ledger = try create(sha256: Hashes.quick)
        for _ in 0..<entries { try await ledger.note(kilobytes: kilobytes) }
        return ledger
    }
}

extension SQLiteLedger {
    /// Writes an entry of a little more than so many kilobytes.
    func note(kilobytes: Int = 1) async throws {
        let text = String(repeating: "x", count: kilobytes * 1_000)
        try await append(
            .started, about: nil, entry: [JSONMember("text", .string(text))],
            now: LedgerFixture.start)
    }
}

/// A small file system of its own, in memory; nil, said loudly, where nobody may mount one.
final class SmallDisk {
    let directory: String

    init?(megabytes: Int) throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("disk-" + UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        guard unsafe mount("none", directory, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            try FileManager.default.removeItem(atPath: directory)
            print("!!! NO FILE SYSTEM CAN BE MOUNTED: A TEST OF A FULL DISK IS NOT RUN !!!")
            return nil
        }
    }

    deinit {
        _ = unsafe umount2(directory, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Shows the same files, which are still open, at the same place without the right to write.
    func cover() -> Bool {
        unsafe mount(directory, directory, nil, UInt(MS_BIND), nil) == 0
            && mount(nil, directory, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY), nil) == 0
    }

    /// Undoes ``cover()``.
    func uncover() -> Bool { unsafe umount2(directory, Int32(MNT_DETACH)) == 0 }
}
