import ApprovalAgent
import ApprovalCore
import Foundation
import GRDB

// Values on their way into the database.
extension DatabaseValue {
    static func integer(_ value: Int64) -> DatabaseValue { value.databaseValue }
    static func text(_ value: String) -> DatabaseValue { value.databaseValue }
    static func time(_ value: UnixTime) -> DatabaseValue { value.milliseconds.databaseValue }
    /// `Data()` has no address and would be bound as NULL; room for one byte gives it one.
    static func bytes(_ value: [UInt8]) -> DatabaseValue {
        (value.isEmpty ? Data(capacity: 1) : Data(value)).databaseValue
    }
    /// Text that the platform chose; see ``Schema``.
    static func verbatim(_ value: String) -> DatabaseValue { bytes(Array(value.utf8)) }

    static func optional<Value>(
        _ value: Value?, _ cell: (Value) -> DatabaseValue
    ) -> DatabaseValue {
        value.map(cell) ?? .null
    }
}

// Values on their way out. A value of another kind than was written is corruption, not a crash.
extension Row {
    func integer(_ column: String) throws(LedgerError) -> Int64 {
        guard let value = try optionalInteger(column) else { throw .unexpected(column) }
        return value
    }

    func optionalInteger(_ column: String) throws(LedgerError) -> Int64? {
        switch try cell(column).storage {
        case .int64(let value): return value
        case .null: return nil
        case .double, .string, .blob: throw .unexpected(column)
        }
    }

    func text(_ column: String) throws(LedgerError) -> String {
        guard let value = try optionalText(column) else { throw .unexpected(column) }
        return value
    }

    func optionalText(_ column: String) throws(LedgerError) -> String? {
        switch try cell(column).storage {
        case .string(let value): return value
        case .null: return nil
        case .double, .int64, .blob: throw .unexpected(column)
        }
    }

    func bytes(_ column: String) throws(LedgerError) -> [UInt8] {
        guard let value = try optionalBytes(column) else { throw .unexpected(column) }
        return value
    }

    func optionalBytes(_ column: String) throws(LedgerError) -> [UInt8]? {
        switch try cell(column).storage {
        case .blob(let value): return Array(value)
        case .null: return nil
        case .double, .int64, .string: throw .unexpected(column)
        }
    }

    func time(_ column: String) throws(LedgerError) -> UnixTime {
        UnixTime(milliseconds: try integer(column))
    }

    func optionalTime(_ column: String) throws(LedgerError) -> UnixTime? {
        try optionalInteger(column).map { UnixTime(milliseconds: $0) }
    }

    func amount(_ column: String, scale: String) throws(LedgerError) -> Amount {
        guard let digits = UInt8(exactly: try integer(scale)),
            let amount = Amount(storedBytes: try bytes(column), scale: digits)
        else { throw .unexpected(column) }
        return amount
    }

    /// Reads a value by a constructor that refuses what cannot be.
    func value<Raw, Value>(
        _ column: String, _ raw: (String) throws(LedgerError) -> Raw, _ make: (Raw) -> Value?
    ) throws(LedgerError) -> Value {
        guard let value = make(try raw(column)) else { throw .unexpected(column) }
        return value
    }

    /// A column that is not there is corruption too: the schema itself is text in the file.
    func cell(_ column: String) throws(LedgerError) -> DatabaseValue {
        guard hasColumn(column) else { throw .unexpected(column) }
        return self[column]
    }
}

extension LedgerError {
    static func unexpected(_ column: String) -> LedgerError {
        .corrupt("the column \(column) holds something that was never written")
    }
}
