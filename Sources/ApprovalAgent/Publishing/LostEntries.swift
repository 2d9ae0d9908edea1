package import ApprovalCore

/// What was published, and the ledger does not hold: entries that it lost.
package struct LostEntries: Hashable, Sendable {
    /// A transaction that lost entries approve, or ask people to.
    package struct Approved: Hashable, Sendable {
        package let id: TransactionID
        /// Whether one of them was signed or confirmed, and not only asked for.
        package internal(set) var isSigned: Bool
        /// As the message that was signed has it; nil where none says it.
        package internal(set) var accountID: AccountID?
    }

    /// So many lost entries could be read.
    package internal(set) var entries: Int64 = 0
    /// The number of the last entry that is known: of the ledger, or of what was published.
    package internal(set) var last: Int64 = 0
    /// In the order of their first entry.
    package internal(set) var approved: [Approved] = []
    /// Why it is not sure that these are the entries that were published; nil where the checkpoint
    /// beside them is of the log, and over all of them.
    package internal(set) var doubt: String?
    private var places: [TransactionID: Int] = [:]

    /// Nothing was looked at.
    package init() {}
}

extension LogPlaces {
    /// Bundles that are missing one after the other, until nothing more is looked for.
    private static let mostGaps = 100

    /// Reads every published entry and gives those that are not the ledger's, the ones beyond the
    /// published checkpoint too. Files that are missing or say other things than the checkpoint
    /// are told, and what can be read is given all the same: who refuses for it errs on the safe
    /// side.
    package func lostEntries() async throws(Stop) -> LostEntries {
        let size = try await ledgerState().0.size
        var (lost, reading) = (LostEntries(), try BundleReading(self))
        lost.last = size
        while reading.gaps < Self.mostGaps, let entries = try reading.next() {
            guard let first = reading.first, !entries.isEmpty else { continue }
            var own: [LogLeaf] = []
            if first < size {
                do throws(LedgerError) {
                    own = try await log.leaves(from: first, count: entries.count)
                } catch { throw Stop(error) }
            }
            for (offset, entry) in entries.enumerated()
            where !own.indices.contains(offset) || own[offset].entry != entry {
                lost.take(entry)
            }
            lost.last = max(lost.last, first + Int64(entries.count))
        }
        lost.doubt = reading.doubt()
        return lost
    }
}

extension LostEntries {
    /// Notes an entry that the ledger does not hold.
    fileprivate mutating func take(_ entry: [UInt8]) {
        entries += 1
        guard let body = try? JSONValue(parsing: entry),
            let kind = body["kind"]?.text.flatMap(EntryKind.init(rawValue:)),
            [.signed, .delivered, .confirmed, .asked].contains(kind),
            let id = body["transaction_id"]?.text.flatMap(TransactionID.init)
        else { return }
        let isSigned = kind != .asked
        let account = body["message"]?.text.flatMap(Self.account)
        if let place = places[id] {
            approved[place].isSigned = approved[place].isSigned || isSigned
            approved[place].accountID = approved[place].accountID ?? account
        } else {
            places[id] = approved.count
            approved.append(Approved(id: id, isSigned: isSigned, accountID: account))
        }
    }

    /// The account in a message that was signed.
    private static func account(_ message: String) -> AccountID? {
        let name = Array("account_id: ".utf8)
        for line in message.utf8.split(separator: 0x0A) where line.starts(with: name) {
            return AccountID(String(decoding: line.dropFirst(name.count), as: UTF8.self))
        }
        return nil
    }
}

/// Reads published bundles one after the other, and makes the tree over them.
private struct BundleReading {
    private let places: LogPlaces
    private let checkpoint: Checkpoint?
    private var tree = Frontier()
    private var index: Int64 = 0
    private var missing: LogPath?
    /// The first entry of the bundle that was read last.
    private(set) var first: Int64?
    private(set) var gaps = 0
    private var hasFiles = false

    init(_ places: LogPlaces) throws(Stop) {
        self.places = places
        checkpoint = try places.read(LogPlaces.Name.checkpoint).flatMap {
            try? places.identity.checkpoint($0)
        }
    }

    private var size: Int64 { checkpoint?.size ?? 0 }

    /// The entries of the next bundle, as many as are whole; empty where it is missing, nil at the
    /// end.
    mutating func next() throws(Stop) -> [[UInt8]]? {
        let start = index * Int64(LogPath.fullWidth)
        first = start
        let due = Int(min(Int64(LogPath.fullWidth), max(0, size - start)))
        defer { index += 1 }
        guard let bytes = try longest(index) else {
            guard due > 0 else { return nil }
            gaps += 1
            missing = missing ?? .entries(index: index, width: due)
            return []
        }
        (gaps, hasFiles) = (0, true)
        let entries = EntryBundle.wholeRanges(of: bytes, atMost: LogPath.fullWidth).ranges.map {
            Array(bytes[$0])
        }
        for entry in entries.prefix(due) {
            tree.append(leaf: MerkleTree.leaf(entry, places.sha256), places.sha256)
        }
        if entries.count < due { missing = missing ?? .entries(index: index, width: due) }
        return entries
    }

    /// The widest file of a bundle: a partial one may have been written anew, wider.
    private func longest(_ index: Int64) throws(Stop) -> [UInt8]? {
        for width in stride(from: LogPath.fullWidth, to: 0, by: -1) {
            let path = LogPath.entries(index: index, width: width)
            if let bytes = try places.read(path.text) { return bytes }
        }
        return nil
    }

    func doubt() -> String? {
        guard let checkpoint else {
            return hasFiles
                ? "the checkpoint beside them is missing, or none of this log"
                : "nothing is published there"
        }
        if let missing { return "\(missing.text) is missing or was cut" }
        return tree.size == checkpoint.size && tree.root(places.sha256) == checkpoint.root
            ? nil : "they are not those of the checkpoint beside them"
    }
}
