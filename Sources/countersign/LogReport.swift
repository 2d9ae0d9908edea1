import ApprovalCore

/// A signed note from outside of the directory that is verified.
struct KeptNote {
    /// For messages.
    let file: String
    /// Nil where it is none.
    let note: SignedNote?
}

/// What a verification found.
struct LogReport {
    let directory: String
    let key: VerifierKey
    /// The checkpoint of the directory; nil where it says nothing, or nothing was published yet.
    var checkpoint: Checkpoint?
    /// The sizes of the checkpoints that it was held against.
    var since: [Int64] = []
    /// Files that do not belong to a log.
    var unknownFiles: [String] = []
    /// Tiles and bundles beyond the checkpoint: written, and not signed yet.
    var filesBeyond = 0
    /// The number of entries in the ledger; nil where a copy was verified.
    var ledgerEntries: Int64?
    var fault: LogFault?
    /// Whether the checkpoint was signed, and is not the directory's yet.
    var isUnfinished = false

    private var verdict: String {
        fault?.deed.rawValue ?? (isUnfinished ? "unfinished" : "verified")
    }

    /// The entry that gave up the checkpoint that the fault is about; nil where none did.
    private(set) var abandonment: Abandonment?

    /// Entries of the ledger that the checkpoint is not of yet.
    private var unpublished: Int64? { ledgerEntries.map { max(0, $0 - (checkpoint?.size ?? 0)) } }

    /// Tells of another fault.
    mutating func add(_ other: LogFault) {
        fault = LogFault.first(of: [fault, other].compactMap { $0 })
    }

    /// Tells that the checkpoint that the fault is about was given up, and by whom.
    mutating func add(_ found: Abandonment) {
        guard let fault else { return }
        abandonment = found
        self.fault = LogFault(
            fault.deed, fault.entries, in: fault.file,
            "\(fault.why); \(Console.safe(found.sentence))")
    }

    func show(_ format: OutputFormat) {
        note()
        switch format {
        case .json: Console.print(json)
        case .table:
            let rows: [(String, String?)] = [
                ("verdict", verdict),
                ("bad entry", fault?.entries.map { "\($0.lowerBound)" }),
                ("origin", key.name), ("entries", checkpoint.map { "\($0.size)" } ?? "none"),
                ("root", checkpoint.map(\.root.bytes.base64)), ("key", key.description),
                ("since", since.isEmpty ? nil : since.map(String.init).joined(separator: ", ")),
                ("in ledger", ledgerEntries.map { "\($0)" }),
                ("unpublished", unpublished.map { "\($0)" }),
                ("given up", abandonment?.sentence),
            ]
            for (name, text) in rows {
                guard let text else { continue }
                let space = String(repeating: " ", count: 13 - name.utf8.count)
                Console.print(name + space + Console.safe(text))
            }
        }
    }

    private func note() {
        for file in unknownFiles.prefix(20) {
            Console.note("\(directory)/\(Console.safe(file)): it is no file of a log; not verified")
        }
        if unknownFiles.count > 20 {
            Console.note("\(directory): \(unknownFiles.count - 20) more files are none of a log")
        }
        if filesBeyond > 0 {
            Console.note(
                "\(directory): \(filesBeyond) files lie beyond the checkpoint: written, and not "
                    + "signed; not verified")
        }
    }

    private var json: JSONValue {
        let told: [JSONMember] = [
            JSONMember("verdict", .string(verdict)),
            JSONMember("first_bad_entry", Self.number(fault?.entries?.lowerBound)),
            JSONMember("last_bad_entry", Self.number(fault?.entries?.upperBound)),
            JSONMember("file", .optional(fault?.file)), JSONMember("why", .optional(fault?.why)),
            JSONMember("given_up", abandonment?.json ?? .null),
        ]
        let log: [JSONMember] = [
            JSONMember("origin", .string(key.name)), JSONMember("key", .string(key.description)),
            JSONMember("entries", Self.number(checkpoint?.size)),
            JSONMember("root", .optional(checkpoint?.root.bytes.base64)),
            JSONMember("since", .array(since.map { .integer($0) })),
            JSONMember("ledger_entries", Self.number(ledgerEntries)),
            JSONMember("unpublished_entries", Self.number(unpublished)),
            JSONMember("unknown_files", .integer(unknownFiles.count)),
            JSONMember("files_beyond", .integer(filesBeyond)),
        ]
        return .object(told + log)
    }

    private static func number(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
}
