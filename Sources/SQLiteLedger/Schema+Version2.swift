/// What version 2 adds: references, provenances, ages of destinations, and names for the ways of counting.
extension Schema {
    static let version2: [String] = references + destinations + counters

    private static let references =
        [
            """
            CREATE TABLE reference (
                reservation_id INTEGER NOT NULL PRIMARY KEY REFERENCES reservation (id),
                reference BLOB NOT NULL,
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT
            """,
            "CREATE INDEX reference_text ON reference (reference, reservation_id)",
            """
            CREATE TABLE provenance (
                reservation_id INTEGER NOT NULL PRIMARY KEY REFERENCES reservation (id),
                body BLOB NOT NULL,
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT
            """,
        ] + appendOnly("reference", key: "reservation_id")
        + appendOnly("provenance", key: "reservation_id")

    /// A destination is known once its batch is: the row of a batch is written when a policy is
    /// activated, its destinations before that.
    private static let destinations =
        [
            """
            CREATE TABLE batch (
                id INTEGER NOT NULL PRIMARY KEY CHECK (id >= 1),
                activated_at INTEGER NOT NULL,
                is_original INTEGER NOT NULL CHECK (is_original IN (0, 1)),
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT
            """,
            """
            CREATE TABLE destination (
                asset TEXT NOT NULL,
                address BLOB NOT NULL,
                batch INTEGER NOT NULL CHECK (batch >= 1),
                checksum BLOB NOT NULL CHECK (length(checksum) = 16),
                PRIMARY KEY (asset, address)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TRIGGER destination_update BEFORE UPDATE ON destination
            WHEN EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch)
            BEGIN SELECT RAISE(ABORT, 'destination: one that is known is never changed'); END
            """,
            """
            CREATE TRIGGER destination_insert BEFORE INSERT ON destination
            WHEN EXISTS (
                SELECT 1 FROM destination JOIN batch ON id = batch
                WHERE asset = NEW.asset AND address = NEW.address)
            BEGIN SELECT RAISE(ABORT, 'destination: one that is known is never replaced'); END
            """,
            """
            CREATE TRIGGER destination_delete BEFORE DELETE ON destination
            WHEN EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch)
            BEGIN SELECT RAISE(ABORT, 'destination: one that is known is never removed'); END
            """,
        ] + appendOnly("batch", key: "id")

    /// A series is one way of counting: what `membership` and `total` are kept under. A counter
    /// is a limit or pattern of the active policy, by its name, and the series that it reads.
    private static let counters = [
        "ALTER TABLE membership RENAME COLUMN limit_id TO series",
        "ALTER TABLE total RENAME COLUMN limit_id TO series",
        """
        CREATE TABLE counter (
            name TEXT NOT NULL PRIMARY KEY,
            series TEXT NOT NULL,
            definition BLOB NOT NULL CHECK (length(definition) = 32),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX entry_cancelled ON entry (time) WHERE kind = 'cancelled'",
    ]
}
