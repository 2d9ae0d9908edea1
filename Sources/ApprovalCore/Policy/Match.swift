/// The outcome of holding a condition against a transaction.
package enum Match: Hashable, Sendable {
    case isTrue
    case isFalse
    /// Some field that it needs is absent, null, of the wrong type or not readable.
    case unknown(fields: Set<String>)

    /// AND of three values: FALSE wins over UNKNOWN, and UNKNOWN over TRUE.
    package func and(_ other: @autoclosure () -> Match) -> Match {
        switch self {
        case .isFalse: return .isFalse
        case .isTrue: return other()
        case .unknown(let fields):
            switch other() {
            case .isFalse: return .isFalse
            case .isTrue: return self
            case .unknown(let more): return .unknown(fields: fields.union(more))
            }
        }
    }

    /// `TRUE`, `FALSE` or `UNKNOWN`.
    package var word: String {
        switch self {
        case .isTrue: "TRUE"
        case .isFalse: "FALSE"
        case .unknown: "UNKNOWN"
        }
    }

    init(_ value: Bool) { self = value ? .isTrue : .isFalse }
}
