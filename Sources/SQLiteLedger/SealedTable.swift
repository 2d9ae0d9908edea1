import GRDB

/// A table whose rows a decision reads: each carries a checksum over its columns, which is
/// verified whenever the row is read.
struct SealedTable {
    let name: String
    /// All columns but the checksum, in the order in which they are hashed.
    let columns: [String]
    /// Those of them that no two rows share.
    let key: [String]

    static let meta = SealedTable(name: "meta", columns: ["name", "value"], key: ["name"])
    static let activation = SealedTable(
        name: "policy_activation",
        columns: [
            "entry_seq", "digest", "revision", "address_book_revision", "policy_sha256",
            "address_book_sha256",
        ], key: ["entry_seq"])
    static let challenge = SealedTable(
        name: "challenge",
        columns: ["transaction_id", "message", "sha256", "signature_sha256"],
        key: ["transaction_id"])
    static let item = SealedTable(
        name: "item",
        columns: [
            "transaction_id", "account_id", "state", "action", "fingerprint", "body_sha256",
            "request_id", "attempts", "retry_at", "delivered_at",
        ], key: ["transaction_id"])
    static let asking = SealedTable(
        name: "asking", columns: ["transaction_id", "body"], key: ["transaction_id"])
    static let reservation = SealedTable(
        name: "reservation",
        columns: [
            "id", "transaction_id", "type", "account_id", "destination", "sent", "sent_scale",
            "fee", "fee_scale", "fee_account", "state", "counted_at",
        ], key: ["id"])
    static let membership = SealedTable(
        name: "membership", columns: ["series", "key", "reservation_id", "amount", "scale"],
        key: ["series", "key", "reservation_id"])
    static let total = SealedTable(
        name: "total",
        columns: [
            "series", "key", "counted_at", "reservation_id", "amount_total", "count_total",
        ], key: ["series", "key", "counted_at", "reservation_id"])
    static let accountEnd = SealedTable(
        name: "account_end",
        columns: ["series", "key", "counted_at", "reservation_id", "count_total", "open"],
        key: ["series", "key"])
    static let reference = SealedTable(
        name: "reference", columns: ["reservation_id", "reference"], key: ["reservation_id"])
    static let provenance = SealedTable(
        name: "provenance", columns: ["reservation_id", "body"], key: ["reservation_id"])
    static let batch = SealedTable(
        name: "batch", columns: ["id", "activated_at", "is_original"], key: ["id"])
    static let destination = SealedTable(
        name: "destination", columns: ["asset", "address", "batch"], key: ["asset", "address"])
    static let counter = SealedTable(
        name: "counter", columns: ["name", "series", "definition"], key: ["name"])

    static let frontier = SealedTable(
        name: "frontier", columns: ["id", "size", "hashes"], key: ["id"])
    static let checkpoint = SealedTable(
        name: "signed_checkpoint", columns: ["size", "hashes", "note"], key: ["size"])

    /// Every one that there is.
    static let all = [
        meta, activation, challenge, item, asking, reservation, membership, total, accountEnd,
        reference,
        provenance, batch, destination, counter, frontier, checkpoint,
    ]

    /// The statement that inserts a whole row.
    let insert: String
    /// The statement that changes the row of the same key, or inserts it.
    let upsert: String

    private init(name: String, columns: [String], key: [String]) {
        self.name = name
        self.columns = columns
        self.key = key
        let names = (columns + ["checksum"]).joined(separator: ", ")
        let marks = Array(repeating: "?", count: columns.count + 1).joined(separator: ", ")
        insert = "INSERT INTO \(name) (\(names)) VALUES (\(marks))"
        let changed = (columns.filter { !key.contains($0) } + ["checksum"])
            .map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        upsert = insert + " ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(changed)"
    }

    /// What is hashed: the table's name and every value with its kind and length, so that no two
    /// rows have the same bytes.
    func preimage(_ cells: some Collection<DatabaseValue>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(contentsOf: name.utf8)
        for cell in cells {
            switch cell.storage {
            case .null: bytes.append(0)
            case .int64(let value):
                Self.append(1, count: 8, to: &bytes)
                Self.append(value, to: &bytes)
            case .double(let value):
                Self.append(2, count: 8, to: &bytes)
                Self.append(Int64(bitPattern: value.bitPattern), to: &bytes)
            case .string(let value):
                Self.append(3, count: value.utf8.count, to: &bytes)
                bytes.append(contentsOf: value.utf8)
            case .blob(let value):
                Self.append(4, count: value.count, to: &bytes)
                bytes.append(contentsOf: value)
            }
        }
        return bytes
    }

    private static func append(_ kind: UInt8, count: Int, to bytes: inout [UInt8]) {
        bytes.append(kind)
        append(Int64(count), to: &bytes)
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Int64(shift)))
        }
    }
}

/// The bytes of an integer, the highest first.
func bigEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    let width = Integer.bitWidth / 8
    return (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * (width - 1 - $0))) }
}
