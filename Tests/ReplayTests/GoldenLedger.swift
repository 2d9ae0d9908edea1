import ApprovalAgent
import ApprovalCore
import Foundation
import PolicyYAML
import SQLiteLedger
import SodiumKeys
import Synchronization
import Testing

/// A ledger that an earlier version wrote, as it is kept in the repository.
struct GoldenLedger: Sendable {
    /// In a folder of its own: as in the repository, but for its owner alone.
    let path: String
    private let folder: String

    /// Every golden ledger that there is.
    static var names: [String] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: home)
        return (files ?? []).filter { $0.hasSuffix(".sqlite") }.sorted()
    }

    /// Decisions, usages, bindings, signatures and policies of each: a later version does no less
    /// again than the one that wrote it.
    static let figures: [String: [Int64]] = ["2026-11-version-4.sqlite": [29, 46, 15, 8, 3]]

    private static var home: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/golden-ledger").path
    }

    init(_ name: String) throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("golden-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        path = folder + "/ledger.sqlite"
        try FileManager.default.copyItem(atPath: Self.home + "/" + name, toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// All of it, read once.
    func read() async throws -> LedgerCopy {
        let ledger = try SQLiteReplayedLedger.open(at: path, width: 1, sha256: Sodium.sha256)
        return try await LedgerCopy(ledger, upTo: try await ledger.lastEntry())
    }
}

/// A ledger in memory, so that a test can change what it says.
struct LedgerCopy: ReplayedLedger {
    var rows: [ReplayedRow]
    var blobs: [Digest: [UInt8]] = [:]
    var files: [Digest: [PolicyFile]] = [:]

    init(_ ledger: some ReplayedLedger, upTo last: Int64) async throws {
        rows = try await ledger.entries(from: 1, count: Int(last))
        for row in rows {
            let text = String(decoding: row.body, as: UTF8.self)
            let digests = text.matches(of: /[0-9a-f]{64}/).compactMap {
                Digest(hex: String($0.output))
            }
            blobs.merge(try await ledger.bodies(Set(digests))) { $1 }
            for digest in digests where files[digest] == nil {
                let found = try await ledger.policyFiles(digest)
                if !found.isEmpty { files[digest] = found }
            }
        }
    }

    func entries(from seq: Int64, count: Int) async throws(LedgerError) -> [ReplayedRow] {
        Array(rows.lazy.filter { $0.seq >= seq }.prefix(count))
    }

    func bodies(_ digests: Set<Digest>) async throws(LedgerError) -> [Digest: [UInt8]] {
        blobs.filter { digests.contains($0.key) }
    }

    func policyFiles(_ digest: Digest) async throws(LedgerError) -> [PolicyFile] {
        files[digest] ?? []
    }

    /// Replays all of it, and gives what diverges.
    func replay(
        since: Int64 = 1, until: Int64? = nil, tellsAll: Bool = true
    ) async throws -> (tally: ReplayTally, divergences: [Divergence]) {
        try await Self.replay(
            self, until: until ?? rows.last?.seq ?? 0, since: since, tellsAll: tellsAll)
    }

    static func replay(
        _ ledger: some ReplayedLedger, until: Int64, since: Int64 = 1, tellsAll: Bool = true
    ) async throws -> (tally: ReplayTally, divergences: [Divergence]) {
        try Sodium.start()
        let replay = Replay(
            ledger, load: Loader.shared.load, sha256: Sodium.sha256,
            verifies: { Sodium.verify($0, of: $1, by: $2) }, width: 2)
        var divergences: [Divergence] = []
        let tally = try await replay.run(
            Replay.Range(since: since, until: until, tellsAll: tellsAll),
            tell: { divergences.append($0) }, progress: { _ in })
        return (tally, divergences)
    }

    /// The same with one entry changed: its canonical form is made anew, its row stays.
    func changing(_ seq: Int64, _ change: (JSONValue) -> JSONValue) throws -> LedgerCopy {
        var copy = self
        let place = try #require(rows.firstIndex { $0.seq == seq })
        let row = rows[place]
        let body = try #require(change(try JSONValue(parsing: row.body)).canonicalBytes)
        copy.rows[place] = ReplayedRow(
            seq: row.seq, time: row.time, kind: row.kind, transactionID: row.transactionID,
            body: body)
        return copy
    }
}

/// Loads each policy once, however often it is asked for.
final class Loader: Sendable {
    static let shared = Loader()
    private let known = Mutex<[[PolicyFile]: LoadedPolicy]>([:])

    var load: ReplayLoader {
        { files in
            if let policy = self.known.withLock({ $0[files] }) { return .success(policy) }
            let directory = PolicyDirectory(path: "", shownAs: "policies", sha256: Sodium.sha256)
            let (loaded, findings) = directory.check(files: files)
            guard let loaded else {
                return .failure(PolicyRejected(findings: findings.map(\.description)))
            }
            self.known.withLock { $0[files] = loaded }
            return .success(loaded)
        }
    }
}
