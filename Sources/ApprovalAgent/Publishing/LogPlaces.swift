import ApprovalCore

/// One log, with the places where it is kept.
package struct LogPlaces: Sendable {
    package let log: any EntryLog
    package let directory: any LogDirectory
    package let highWater: any HighWaterMark
    package let identity: LogIdentity

    package init(
        log: any EntryLog, directory: any LogDirectory, highWater: any HighWaterMark,
        identity: LogIdentity
    ) {
        self.log = log
        self.directory = directory
        self.highWater = highWater
        self.identity = identity
    }

    /// Names of files below the directory.
    enum Name {
        static let checkpoint = "checkpoint"
        static let verifierKey = "vkey"
        static func receipt(_ id: TransactionID) -> String { "receipts/\(id.text).tlog-proof" }
    }

    var sha256: SHA256 { identity.sha256 }

    /// A file of the directory; nil where there is none.
    func read(_ path: String) throws(Stop) -> [UInt8]? {
        do throws(LogDirectoryError) { return try directory.read(path) } catch {
            throw Stop(error)
        }
    }

    /// Writes files of the directory.
    func write(_ files: [LogFile]) throws(Stop) {
        do throws(LogDirectoryError) { try directory.write(files) } catch { throw Stop(error) }
    }

    /// What the file of the verifier key holds.
    var verifierKeyBytes: [UInt8] { Array("\(identity.key)\n".utf8) }

    /// Stops where the verifier key in the directory is another: the directory is another log's.
    func checkVerifierKey() throws(Stop) {
        guard let bytes = try read(Name.verifierKey), bytes != verifierKeyBytes else { return }
        throw .tiles("\(Name.verifierKey) in the audit directory is not the key of this log")
    }

    /// The note in the high-water mark; nil where none was kept.
    func highWaterNote() throws(Stop) -> [UInt8]? {
        do throws(LogDirectoryError) { return try highWater.read() } catch { throw Stop(error) }
    }

    /// What the ledger keeps of its tree: all of it, and what was signed last.
    func ledgerState() async throws(Stop) -> (Frontier, SignedCheckpoint?) {
        do throws(LedgerError) {
            return (try await log.frontier(), try await log.lastCheckpoint())
        } catch { throw Stop(error) }
    }

    /// Calls `each` with every leaf of a range in batches of one bundle, read anew and hashed
    /// again. The range begins where a bundle does.
    func forEachBundle(
        _ range: Range<Int64>, _ each: ([LogLeaf]) async throws(Stop) -> Void
    ) async throws(Stop) {
        var next = range.lowerBound
        while next < range.upperBound {
            let count = min(Int64(LogPath.fullWidth) - next % 256, range.upperBound - next)
            let leaves: [LogLeaf]
            do throws(LedgerError) {
                leaves = try await log.leaves(from: next, count: Int(count))
            } catch { throw Stop(error) }
            for (offset, leaf) in leaves.enumerated() {
                try check(leaf, at: next + Int64(offset))
            }
            guard leaves.count == Int(count) else {
                throw .damaged("the ledger has no entry \(next + Int64(leaves.count) + 1)")
            }
            try await each(leaves)
            next += count
        }
    }

    /// Throws where a leaf is not what was written: no hash covers what the ledger says beside its
    /// bytes, so that must be what the bytes say.
    func check(_ leaf: LogLeaf, at index: Int64) throws(Stop) {
        guard leaf.index == index else {
            throw .damaged("the ledger gave entry \(leaf.index + 1) in place of another")
        }
        guard MerkleTree.leaf(leaf.entry, sha256) == leaf.hash else {
            throw .damaged(
                "entry \(leaf.index + 1) of the ledger is not what was written: its leaf hash "
                    + "differs")
        }
        let body = try? JSONValue(parsing: leaf.entry)
        guard body?["seq"]?.integer == leaf.index + 1,
            body?["kind"] == .string(leaf.kind.rawValue),
            body?["transaction_id"] == leaf.transactionID.map({ .string($0.text) })
        else {
            throw .damaged(
                "entry \(leaf.index + 1) of the ledger is kept as another than it says it is")
        }
    }
}
