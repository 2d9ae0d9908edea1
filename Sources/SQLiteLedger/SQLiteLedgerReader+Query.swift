package import ApprovalAgent

extension SQLiteLedgerReader {
    /// The number of the last entry; 0 where there is none.
    package func lastSeq() async throws(LedgerError) -> Int64 {
        try await access { try $0.lastSeq() }
    }

    /// One page of the entries that a filter lets through, from the range's first on, or from its
    /// last where `newestFirst`. Entries never change, so pages of one range make one picture,
    /// whatever is written meanwhile.
    package func page(
        _ filter: EntryFilter, in range: ClosedRange<Int64>, newestFirst: Bool = false,
        needs: EntryNeeds
    ) async throws(LedgerError) -> EntryPage {
        try await access {
            try $0.page(filter, in: range, newestFirst: newestFirst, needs)
        }
    }
}

/// What of each entry is needed beside what the filter itself reads.
package enum EntryNeeds: Hashable, Sendable {
    /// Its bytes.
    case bytes
    /// What it says, and the transaction that it is about.
    case everything
}

/// A part of what a query finds.
package struct EntryPage: Hashable, Sendable {
    /// In the order that was asked for.
    package var entries: [RecordedEntry] = []
    /// What is still to be looked at; nil at the end.
    package var next: ClosedRange<Int64>?
    /// So many of the entries that were looked at are about a transaction whose body is no longer
    /// kept: a filter by account or destination cannot see them.
    package var erased: Int64 = 0

    init(next: ClosedRange<Int64>?) { self.next = next }
}
