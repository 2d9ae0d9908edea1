package import ApprovalCore

/// What the log says of one transaction.
package enum LogEvidence: Sendable {
    /// The log has no entry about it.
    case unknown
    /// The entry that confirms its approval is not covered by the published checkpoint yet.
    case notPublished
    /// It was never confirmed: the kind of its last entry.
    case notConfirmed(EntryKind)
    /// It was signed or confirmed: what is to be shown absent is there.
    case approved(EntryKind)
    case receipt(Receipt)
    /// One JSON document (docs/transparency-log.md, "Not approved").
    case document(JSONValue)
}

extension LogPlaces {
    /// The receipt of a transaction whose `entries` are these, under the published checkpoint.
    package func receipt(
        _ entries: [(seq: Int64, kind: EntryKind)]
    ) async throws(Stop) -> LogEvidence {
        guard let latest = entries.last else { return .unknown }
        guard let confirmed = entries.last(where: { $0.kind == .confirmed }) else {
            return .notConfirmed(latest.kind)
        }
        let (note, checkpoint) = try published()
        guard confirmed.seq <= checkpoint.size else { return .notPublished }
        let leaves: [LogLeaf]
        do throws(LedgerError) {
            leaves = try await log.leaves(from: confirmed.seq - 1, count: 1)
        } catch { throw Stop(error) }
        guard let leaf = leaves.first else { throw .damaged("an entry of the ledger is gone") }
        try check(leaf, at: confirmed.seq - 1)
        return .receipt(try receipt(of: leaf, under: note))
    }

    /// Evidence that a transaction was not signed: every entry that the published checkpoint covers
    /// is read anew, the root made of them is the checkpoint's, and none of the signatures in it is
    /// about the transaction. `entries` are its own in the ledger, covered or not.
    package func nothingSigned(
        for id: TransactionID, _ entries: [(seq: Int64, kind: EntryKind)]
    ) async throws(Stop) -> LogEvidence {
        guard !entries.isEmpty else { return .unknown }
        if let kind = entries.map(\.kind).first(where: { $0 == .signed || $0 == .confirmed }) {
            return .approved(kind)
        }
        let (note, checkpoint) = try published()
        var (found, signatures) = (Found(), Int64(0))
        var tree = Frontier()
        try await forEachBundle(0..<checkpoint.size) { leaves throws(Stop) in
            for leaf in leaves {
                tree.append(leaf: leaf.hash, sha256)
                if leaf.transactionID == id { found.own.append(leaf) }
                if leaf.kind == .reconciled { found.reconciled = leaf }
                guard leaf.kind == .signed else { continue }
                signatures += 1
                found.signed = leaf
            }
        }
        guard tree.root(sha256) == checkpoint.root else {
            throw .tiles("the published checkpoint is not of the ledger's entries")
        }
        if let kind = found.own.map(\.kind).first(where: { $0 == .signed || $0 == .confirmed }) {
            return .approved(kind)
        }
        guard !found.own.isEmpty else { return .notPublished }
        if let last = found.signed, let number = Self.signatureNumber(last), number != signatures {
            throw .damaged("\(signatures) signatures are in the log, and the last has \(number)")
        }
        return .document(try document(id, found, signatures, note, checkpoint))
    }

    private struct Found {
        var own: [LogLeaf] = []
        var signed: LogLeaf?
        var reconciled: LogLeaf?
    }

    /// The checkpoint in the directory.
    private func published() throws(Stop) -> ([UInt8], Checkpoint) {
        guard let note = try read(Name.checkpoint) else {
            throw Stop("the audit directory has no checkpoint yet: `countersign run` publishes it")
        }
        do throws(SignedNoteError) { return (note, try identity.checkpoint(note)) } catch {
            throw .tiles("the checkpoint in the audit directory says nothing: \(error)")
        }
    }

    private static func signatureNumber(_ leaf: LogLeaf) -> Int64? {
        (try? JSONValue(parsing: leaf.entry))?["signature_number"]?.integer
    }

    private func document(
        _ id: TransactionID, _ found: Found, _ signatures: Int64, _ note: [UInt8],
        _ checkpoint: Checkpoint
    ) throws(Stop) -> JSONValue {
        var maker = try ReceiptMaker(self, under: note)
        var own: [JSONValue] = []
        for leaf in found.own { own.append(try Self.shown(leaf, &maker)) }
        return .object([
            JSONMember("v", .integer(1)),
            JSONMember("claim", .string("not_signed")),
            JSONMember("transaction_id", .string(id.text)),
            JSONMember("vkey", .string(identity.key.description)),
            JSONMember("checkpoint", .string(String(decoding: note, as: UTF8.self))),
            JSONMember(
                "covers",
                .object([
                    JSONMember("first_index", .integer(0)),
                    JSONMember("entries", .integer(checkpoint.size)),
                ])),
            JSONMember("entries", .array(own)),
            JSONMember(
                "signatures",
                .object([
                    JSONMember("made", .integer(signatures)),
                    JSONMember("about_this_transaction", .integer(0)),
                    JSONMember("last", try Self.shownIfAny(found.signed, &maker)),
                ])),
            JSONMember(
                "last_reconciled", try Self.shownIfAny(found.reconciled, &maker)),
        ])
    }

    /// An entry with its place, its canonical bytes and its inclusion proof.
    private static func shown(
        _ leaf: LogLeaf, _ maker: inout ReceiptMaker
    ) throws(Stop) -> JSONValue {
        let receipt = try maker.receipt(of: leaf)
        return .object([
            JSONMember("index", .integer(leaf.index)),
            JSONMember("entry", .string(String(decoding: leaf.entry, as: UTF8.self))),
            JSONMember("leaf_hash", .string(leaf.hash.bytes.base64)),
            JSONMember("proof", .array(receipt.hashes.map { .string($0.bytes.base64) })),
        ])
    }

    private static func shownIfAny(
        _ leaf: LogLeaf?, _ maker: inout ReceiptMaker
    ) throws(Stop) -> JSONValue {
        guard let leaf else { return .null }
        return try shown(leaf, &maker)
    }
}
