import ApprovalAgent
import ApprovalCore
import GRDB

extension Tables {
    /// Since when a destination is known; nil where it never was on an active book.
    func age(_ destination: KnownDestination) throws -> DestinationAge? {
        let row = try first(
            "SELECT * FROM destination WHERE asset = ? AND address = ?",
            .text(destination.asset), .verbatim(destination.address))
        guard let row else { return nil }
        return try age(batch: try verified(.destination, row).integer("batch"))
    }

    /// When a batch of destinations became known; nil where it did not.
    private func age(batch: Int64) throws -> DestinationAge? {
        guard let row = try first("SELECT * FROM batch WHERE id = ?", .integer(batch)) else {
            return nil
        }
        let sealed = try verified(.batch, row)
        return DestinationAge(
            activatedAt: try sealed.time("activated_at"),
            isOriginal: try sealed.integer("is_original") == 1)
    }

    /// The sealed rows of those destinations that are not known, under a batch that is not.
    func unknown(
        _ destinations: some Sequence<KnownDestination>, batch: Int64
    ) throws -> [[DatabaseValue]] {
        try destinations.filter { try age($0) == nil }.map { destination in
            sealed(
                .destination,
                [.text(destination.asset), .verbatim(destination.address), .integer(batch)])
        }
    }

    /// Lets a batch be known from now on.
    func know(batch: Int64, _ age: DestinationAge) throws {
        try insert(
            .batch, [.integer(batch), .time(age.activatedAt), .integer(age.isOriginal ? 1 : 0)])
    }
}
