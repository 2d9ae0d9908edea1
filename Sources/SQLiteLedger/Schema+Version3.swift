/// What version 3 adds: the state `asked`, who was asked, and which requests are members' parts.
extension Schema {
    static let version3: [String] = items3 + asking + parts

    private static let items3 =
        itemsAnew(itemStates3) + [
            """
            CREATE TRIGGER item_final BEFORE UPDATE ON item
            WHEN OLD.state IN ('confirmed', 'failed', 'conflict') AND NEW.state <> OLD.state
            BEGIN SELECT RAISE(ABORT, 'item: a final state is never left'); END
            """,
            """
            CREATE TRIGGER item_signed BEFORE UPDATE ON item
            WHEN NEW.state IN ('decided', 'intended', 'requested', 'released', 'asked') AND EXISTS (
                SELECT 1 FROM challenge WHERE transaction_id = NEW.transaction_id)
            BEGIN SELECT RAISE(ABORT, 'item: there is no way back once it is signed'); END
            """,
            """
            CREATE TRIGGER item_asked BEFORE UPDATE ON item
            WHEN OLD.state = 'asked' AND NEW.state NOT IN ('asked', 'confirmed', 'failed', 'conflict')
            BEGIN SELECT RAISE(ABORT, 'item: who was asked stays asked until it is over'); END
            """,
            itemAsk,
        ]

    private static let asking = [
        """
        CREATE TABLE asking (
            transaction_id TEXT NOT NULL PRIMARY KEY REFERENCES item (transaction_id),
            body BLOB NOT NULL CHECK (length(body) BETWEEN 2 AND 65535),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT, WITHOUT ROWID
        """,
        askingInsert,
        askingUpdate,
        """
        CREATE TRIGGER asking_delete BEFORE DELETE ON asking
        BEGIN SELECT RAISE(ABORT, 'asking: a row is never removed'); END
        """,
        itemUnasked,
        itemInsert,
        """
        CREATE TRIGGER challenge_asked BEFORE INSERT ON challenge
        WHEN EXISTS (SELECT 1 FROM asking WHERE transaction_id = NEW.transaction_id)
        BEGIN SELECT RAISE(ABORT, 'challenge: nothing is signed where people are asked'); END
        """,
    ]

    static let askingInsert = """
        CREATE TRIGGER asking_insert BEFORE INSERT ON asking
        WHEN EXISTS (SELECT 1 FROM asking WHERE transaction_id = NEW.transaction_id)
            OR EXISTS (SELECT 1 FROM challenge WHERE transaction_id = NEW.transaction_id)
            OR NOT EXISTS (
                SELECT 1 FROM item
                WHERE transaction_id = NEW.transaction_id AND state = 'requested')
        BEGIN SELECT RAISE(ABORT, 'asking: people are asked once, after a request'); END
        """

    static let askingUpdate = """
        CREATE TRIGGER asking_update BEFORE UPDATE ON asking
        WHEN NEW.transaction_id <> OLD.transaction_id OR NOT EXISTS (
            SELECT 1 FROM item WHERE transaction_id = OLD.transaction_id AND state = 'asked')
        BEGIN SELECT RAISE(ABORT, 'asking: what became of it is never changed'); END
        """

    /// A member's part is a request of its transaction too: one id is never of two transactions.
    private static let parts = [
        """
        ALTER TABLE request
            ADD COLUMN is_part INTEGER NOT NULL DEFAULT 0 CHECK (is_part IN (0, 1))
        """
    ]
}
