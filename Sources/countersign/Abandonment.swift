import ApprovalCore

/// What an entry says of a checkpoint that was given up after a loss: who accepted it, and why.
struct Abandonment {
    /// The entry's number.
    let seq: Int64
    let time: String
    let by: String
    let why: String
    /// Whether the log's checkpoint covers the entry.
    let isPublished: Bool

    /// Reads an entry; nil where it does not give this checkpoint up.
    init?(entry: [UInt8], of checkpoint: Checkpoint, isPublished: Bool) {
        guard let body = try? JSONValue(parsing: entry), body["kind"]?.text == "reconciled",
            body["after_loss"] == .bool(true), let seq = body["seq"]?.integer,
            let notes = body["abandoned"]?.elements,
            notes.contains(where: {
                $0["size"]?.integer == checkpoint.size
                    && $0["root"]?.text == checkpoint.root.description
            })
        else { return nil }
        self.seq = seq
        time = body["time"]?.text ?? "unknown"
        by = body["by"]?.text ?? "unknown"
        why = body["why"]?.text ?? "not said"
        self.isPublished = isPublished
    }

    /// One sentence for people.
    var sentence: String {
        "entry \(seq) of the log\(isPublished ? "" : ", not published yet,") gave that checkpoint up "
            + "after a loss: accepted on \(time) by \(by): \(why)"
    }

    var json: JSONValue {
        .object([
            "entry": .integer(seq), "time": .string(time), "by": .string(by),
            "why": .string(why), "published": .bool(isPublished),
        ])
    }
}

extension LogVerification {
    /// The checkpoint from elsewhere that a fault is about; nil where it is about something else.
    func doubted(by fault: LogFault, _ kept: [KeptNote]) -> Checkpoint? {
        guard fault.deed == .rolledBack || fault.deed == .forked else { return nil }
        for one in kept where fault.why.contains(one.file) {
            if case .success(let old) = checkpoint(one) { return old }
        }
        return nil
    }

    /// Where everything else is sound, and the log itself says that a checkpoint from elsewhere
    /// was given up after a loss, the entry that says it. The fault stays: two histories are two
    /// histories.
    func abandonment(
        _ fault: LogFault, _ kept: [KeptNote], in own: Checkpoint
    ) throws(Failure) -> Abandonment? {
        guard let old = doubted(by: fault, kept) else { return nil }
        var report = LogReport(directory: directory, key: key)
        guard try verify(own, [], &report) == nil else { return nil }
        let root = Array(old.root.description.utf8)
        let bundles = (own.size + 255) / 256
        for index in stride(from: bundles - 1, through: 0, by: -1) {
            let width = Int(min(256, own.size - index * 256))
            guard let bytes = try bundle(index, width), Self.holds(bytes, root) else { continue }
            let ranges = EntryBundle.wholeRanges(of: bytes, atMost: width).ranges
            for range in ranges.reversed() {
                if let found = Abandonment(
                    entry: Array(bytes[range]), of: old, isPublished: true)
                {
                    return found
                }
            }
        }
        return nil
    }

    private func bundle(_ index: Int64, _ width: Int) throws(Failure) -> [UInt8]? {
        let path = LogPath.entries(index: index, width: width)
        if let bytes = try read(path.text) { return bytes }
        return try read(LogPath.entries(index: index, width: LogPath.fullWidth).text)
    }

    /// Whether the text stands anywhere in the bytes.
    private static func holds(_ bytes: [UInt8], _ text: [UInt8]) -> Bool {
        guard let first = text.first, bytes.count >= text.count else { return false }
        return (0...(bytes.count - text.count)).contains { start in
            bytes[start] == first && bytes[start..<(start + text.count)].elementsEqual(text)
        }
    }
}
