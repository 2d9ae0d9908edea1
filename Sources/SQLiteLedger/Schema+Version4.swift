/// What version 4 adds: the entries as leaves of the transparency log, the checkpoints that were
/// signed of it, how far each account of a limit goes, and the state `accepted`.
extension Schema {
    static let version4: [String] = leaves + checkpoints + ends + items4

    /// An entry comes after its leaf and after the tree that holds it; a leaf without its entry is
    /// never committed. So no entry is outside the tree, whoever writes it.
    private static let leaves =
        [
            """
            CREATE TABLE leaf (
                seq INTEGER NOT NULL PRIMARY KEY
                    REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
                hash BLOB NOT NULL CHECK (length(hash) = 32)
            ) STRICT
            """,
            """
            CREATE TRIGGER leaf_gapless BEFORE INSERT ON leaf
            WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM leaf)
            BEGIN SELECT RAISE(ABORT, 'the leaves must be numbered without a gap'); END
            """,
            """
            CREATE TABLE frontier (
                id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                size INTEGER NOT NULL CHECK (size >= 1),
                hashes BLOB NOT NULL
                    CHECK (length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 2016),
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT
            """,
            """
            CREATE TRIGGER frontier_insert BEFORE INSERT ON frontier
            WHEN EXISTS (SELECT 1 FROM frontier)
                OR NEW.size IS NOT (SELECT max(seq) FROM leaf)
            BEGIN SELECT RAISE(ABORT, 'frontier: it is the tree over every leaf'); END
            """,
            """
            CREATE TRIGGER frontier_update BEFORE UPDATE ON frontier
            WHEN NEW.size <> OLD.size + 1 OR NEW.size IS NOT (SELECT max(seq) FROM leaf)
            BEGIN SELECT RAISE(ABORT, 'frontier: it grows by one leaf'); END
            """,
            """
            CREATE TRIGGER frontier_delete BEFORE DELETE ON frontier
            BEGIN SELECT RAISE(ABORT, 'frontier: it is never removed'); END
            """,
            """
            CREATE TRIGGER entry_leaf BEFORE INSERT ON entry
            WHEN NOT EXISTS (SELECT 1 FROM leaf WHERE seq = NEW.seq)
                OR NEW.seq IS NOT (SELECT size FROM frontier)
            BEGIN SELECT RAISE(ABORT, 'entry: it must be the last leaf of the tree'); END
            """,
        ] + appendOnly("leaf", key: "seq")

    private static let ends = [
        """
        CREATE TABLE account_end (
            series TEXT NOT NULL,
            key BLOB NOT NULL,
            counted_at INTEGER,
            reservation_id INTEGER REFERENCES reservation (id),
            count_total INTEGER CHECK (count_total >= 1),
            open INTEGER NOT NULL CHECK (open >= 0),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16),
            PRIMARY KEY (series, key),
            CHECK ((counted_at IS NULL) = (reservation_id IS NULL)
                AND (counted_at IS NULL) = (count_total IS NULL))
        ) STRICT, WITHOUT ROWID
        """
    ]

    private static let checkpoints =
        [
            """
            CREATE TABLE signed_checkpoint (
                size INTEGER NOT NULL PRIMARY KEY CHECK (size >= 0),
                hashes BLOB NOT NULL
                    CHECK (length(hashes) % 32 = 0 AND length(hashes) <= 2016),
                note BLOB NOT NULL CHECK (length(note) BETWEEN 1 AND 65535),
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT
            """,
            """
            CREATE TRIGGER signed_checkpoint_rises BEFORE INSERT ON signed_checkpoint
            WHEN NEW.size <= (SELECT max(size) FROM signed_checkpoint)
                OR NEW.size > (SELECT coalesce(max(seq), 0) FROM leaf)
            BEGIN SELECT RAISE(ABORT, 'signed_checkpoint: its size rises, up to the last leaf');
            END
            """,
        ] + appendOnly("signed_checkpoint", key: "size")

    /// The triggers that name the table of items from outside are made anew with it.
    private static let items4 =
        ["DROP TRIGGER asking_insert", "DROP TRIGGER asking_update"] + itemsAnew(itemStates4)
        + itemGuards4 + [itemAsk, itemUnasked, itemInsert, askingInsert, askingUpdate]

    private static let itemGuards4 = [
        """
        CREATE TRIGGER item_final BEFORE UPDATE ON item
        WHEN OLD.state IN ('confirmed', 'failed', 'conflict', 'accepted')
            AND NEW.state <> OLD.state
            AND NOT (OLD.state IN ('failed', 'conflict') AND NEW.state = 'accepted')
        BEGIN SELECT RAISE(ABORT, 'item: a final state is never left'); END
        """,
        """
        CREATE TRIGGER item_signed BEFORE UPDATE ON item
        WHEN NEW.state IN ('decided', 'intended', 'requested', 'released', 'asked', 'accepted')
            AND EXISTS (SELECT 1 FROM challenge WHERE transaction_id = NEW.transaction_id)
        BEGIN SELECT RAISE(ABORT, 'item: there is no way back once it is signed'); END
        """,
        """
        CREATE TRIGGER challenge_accepted BEFORE INSERT ON challenge
        WHEN EXISTS (
            SELECT 1 FROM item
            WHERE transaction_id = NEW.transaction_id AND state = 'accepted')
        BEGIN SELECT RAISE(ABORT, 'challenge: nothing is signed that was approved otherwise'); END
        """,
        """
        CREATE TRIGGER item_asked BEFORE UPDATE ON item
        WHEN OLD.state = 'asked'
            AND NEW.state NOT IN ('asked', 'confirmed', 'failed', 'conflict', 'accepted')
        BEGIN SELECT RAISE(ABORT, 'item: who was asked stays asked until it is over'); END
        """,
    ]
}
