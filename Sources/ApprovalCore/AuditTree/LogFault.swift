/// The first thing that is wrong with a log, by its entries: what happened to them, as far as the
/// files can tell, and where.
package struct LogFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was done.
    package enum Deed: String, Hashable, Sendable, CaseIterable {
        /// An entry, or its hash, is not the one that was signed.
        case edited
        /// An entry is missing from between others.
        case removed
        /// Entries stand in another order.
        case reordered
        /// The end is missing.
        case truncated
        /// There are two histories, of which at most one can be true.
        case forked
        /// It ends before a state that is known to have been signed.
        case rolledBack = "rolled_back"
        /// Another key than the log's made the signature.
        case otherKey = "signed_by_another_key"
    }

    package let deed: Deed
    /// The `seq` of the first bad entry, or the entries among which it is; nil where no entry is
    /// concerned.
    package let entries: ClosedRange<Int64>?
    /// The file in which it shows, below the log's directory.
    package let file: String
    /// One sentence for people.
    package let why: String

    package init(_ deed: Deed, _ entries: ClosedRange<Int64>?, in file: String, _ why: String) {
        self.deed = deed
        self.entries = entries
        self.file = file
        self.why = why
    }

    /// Deed, place and reason on one line.
    package var description: String {
        let place = entries.map {
            $0.count == 1
                ? "entry \($0.lowerBound), "
                : "entries \($0.lowerBound) to "
                    + "\($0.upperBound), "
        }
        return "\(deed.rawValue): \(place ?? "")\(file): \(why)"
    }
}
