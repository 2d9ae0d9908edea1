import GRDB

/// A table whose rows a decision reads: each carries a checksum over its columns, which is
/// verified whenever the row is read.
struct SealedTable {
    let name: String
    /// All columns but the checksum, in the order in which they are hashed.
    let columns: [String]
    /// The columns of the primary key.
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
    static let reservation = SealedTable(
        name: "reservation",
        columns: [
            "id", "transaction_id", "type", "account_id", "destination", "sent", "sent_scale",
            "fee", "fee_scale", "fee_account", "state", "counted_at",
        ], key: ["id"])
    static let membership = SealedTable(
        name: "membership", columns: ["limit_id", "key", "reservation_id", "amount", "scale"],
        key: ["limit_id", "key", "reservation_id"])
    static let total = SealedTable(
        name: "total",
        columns: [
            "limit_id", "key", "counted_at", "reservation_id", "amount_total", "count_total",
        ], key: ["limit_id", "key", "counted_at", "reservation_id"])

    /// The statement that inserts a whole row.
    var insert: String {
        let names = (columns + ["checksum"]).joined(separator: ", ")
        let marks = Array(repeating: "?", count: columns.count + 1).joined(separator: ", ")
        return "INSERT INTO \(name) (\(names)) VALUES (\(marks))"
    }

    /// The statement that changes the row of the same key, or inserts it.
    var upsert: String {
        let changed = (columns.filter { !key.contains($0) } + ["checksum"])
            .map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return insert + " ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(changed)"
    }

    /// What is hashed: the table's name and every value with its kind and length, so that no two
    /// rows have the same bytes.
    func preimage(_ cells: [DatabaseValue]) -> [UInt8] {
        var bytes = Array(name.utf8)
        for cell in cells {
            switch cell.storage {
            case .null: bytes.append(0)
            case .int64(let value): Self.append(1, bigEndian(value), to: &bytes)
            case .double(let value):
                Self.append(2, bigEndian(Int64(bitPattern: value.bitPattern)), to: &bytes)
            case .string(let value): Self.append(3, Array(value.utf8), to: &bytes)
            case .blob(let value): Self.append(4, Array(value), to: &bytes)
            }
        }
        return bytes
    }

    private static func append(_ kind: UInt8, _ value: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(kind)
        bytes += bigEndian(Int64(value.count))
        bytes += value
    }
}

/// The bytes of an integer, the highest first.
func bigEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    let width = Integer.bitWidth / 8
    return (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * (width - 1 - $0))) }
}
