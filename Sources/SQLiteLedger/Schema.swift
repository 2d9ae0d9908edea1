/// The tables of a ledger. Every "never" of the agent is a constraint here too: append-only
/// tables, one open or settled reservation and one challenge per transaction, no release and no
/// way back once something was signed, no way out of a final state.
///
/// Text that the platform chose is kept as its UTF-8 bytes (BLOB): as TEXT it would end at its
/// first NUL. Amounts are 16 bytes, totals 32, both big-endian, so that CHECK compares them.
enum Schema {
    /// `application_id` of a ledger: "CSL1".
    static let applicationID: Int64 = 0x4353_4C31
    /// `user_version` that this build reads and writes.
    static let version: Int64 = 4

    /// One step from each known version to the next; the first makes an empty file version 1.
    static let migrations: [[String]] = [
        log + items + limits, version2, version3, version4,
    ]

    private static let log =
        [
            """
            CREATE TABLE meta (
                name TEXT NOT NULL PRIMARY KEY,
                value TEXT NOT NULL,
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE entry (
                seq INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
                time INTEGER NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN (
                    'decided', 'requested', 'released', 'signed', 'delivered', 'confirmed', 'failed',
                    'conflict', 'quarantined', 'asked', 'started', 'stopped', 'policy_activated',
                    'policy_rejected', 'reconciled', 'halted', 'resumed', 'clock_anomaly',
                    'cancelled', 'checkpoint')),
                transaction_id TEXT CHECK (length(transaction_id) = 36),
                body BLOB NOT NULL CHECK (length(body) BETWEEN 2 AND 65535)
            ) STRICT
            """,
            """
            CREATE INDEX entry_transaction ON entry (transaction_id, seq)
                WHERE transaction_id IS NOT NULL
            """,
            """
            CREATE INDEX entry_quarantined ON entry (transaction_id, seq)
                WHERE transaction_id IS NOT NULL AND kind = 'quarantined'
            """,
            """
            CREATE TRIGGER entry_gapless BEFORE INSERT ON entry
            WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entry)
            BEGIN SELECT RAISE(ABORT, 'the entries must be numbered without a gap'); END
            """,
            """
            CREATE TABLE policy_file (
                sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
                bytes BLOB NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE policy_content (
                policy_digest BLOB NOT NULL CHECK (length(policy_digest) = 32),
                path TEXT NOT NULL,
                sha256 BLOB NOT NULL REFERENCES policy_file (sha256),
                PRIMARY KEY (policy_digest, path)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE policy_activation (
                entry_seq INTEGER NOT NULL PRIMARY KEY REFERENCES entry (seq),
                digest BLOB NOT NULL CHECK (length(digest) = 32),
                revision INTEGER NOT NULL,
                address_book_revision INTEGER NOT NULL,
                policy_sha256 BLOB NOT NULL CHECK (length(policy_sha256) = 32),
                address_book_sha256 BLOB CHECK (length(address_book_sha256) = 32),
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT
            """,
        ] + appendOnly("entry", key: "seq") + appendOnly("policy_file", key: "sha256")
        + appendOnly("policy_content", key: "policy_digest", "path")
        + appendOnly("policy_activation", key: "entry_seq")

    private static let items =
        newItems(itemStates1) + [
            """
            CREATE TABLE blob (
                sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
                bytes BLOB NOT NULL CHECK (length(bytes) <= 16384)
            ) STRICT
            """,
            """
            CREATE TRIGGER blob_update BEFORE UPDATE ON blob
            BEGIN SELECT RAISE(ABORT, 'blob: a row is never changed'); END
            """,
            """
            CREATE TABLE challenge (
                transaction_id TEXT NOT NULL PRIMARY KEY CHECK (length(transaction_id) = 36),
                message BLOB NOT NULL,
                sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
                signature_sha256 BLOB NOT NULL CHECK (length(signature_sha256) = 32),
                checksum BLOB NOT NULL CHECK (length(checksum) = 16)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE request (
                approval_request_id TEXT NOT NULL PRIMARY KEY
                    CHECK (length(approval_request_id) = 36),
                transaction_id TEXT NOT NULL CHECK (length(transaction_id) = 36),
                created_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            "CREATE INDEX request_transaction ON request (transaction_id, created_at)",
            """
            CREATE TRIGGER item_final BEFORE UPDATE ON item
            WHEN OLD.state IN ('confirmed', 'failed', 'conflict') AND NEW.state <> OLD.state
            BEGIN SELECT RAISE(ABORT, 'item: a final state is never left'); END
            """,
            """
            CREATE TRIGGER item_signed BEFORE UPDATE ON item
            WHEN NEW.state IN ('decided', 'intended', 'requested', 'released') AND EXISTS (
                SELECT 1 FROM challenge WHERE transaction_id = NEW.transaction_id)
            BEGIN SELECT RAISE(ABORT, 'item: there is no way back once it is signed'); END
            """,
        ] + appendOnly("challenge", key: "transaction_id")
        + appendOnly("request", key: "approval_request_id")

    private static let limits = [
        """
        CREATE TABLE reservation (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id >= 1),
            transaction_id TEXT NOT NULL REFERENCES item (transaction_id),
            type TEXT NOT NULL CHECK (type IN ('WITHDRAWAL', 'TRANSFER_OUTGOING')),
            account_id TEXT NOT NULL CHECK (length(account_id) = 36),
            destination BLOB NOT NULL,
            sent BLOB NOT NULL CHECK (length(sent) = 16 AND sent < x'80'
                AND sent > x'00000000000000000000000000000000'),
            sent_scale INTEGER NOT NULL CHECK (sent_scale BETWEEN 0 AND 18),
            fee BLOB NOT NULL CHECK (length(fee) = 16 AND fee < x'80'),
            fee_scale INTEGER NOT NULL CHECK (fee_scale BETWEEN 0 AND 18),
            fee_account BLOB,
            state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released')),
            counted_at INTEGER,
            checksum BLOB NOT NULL CHECK (length(checksum) = 16),
            CHECK ((state = 'settled') = (counted_at IS NOT NULL))
        ) STRICT
        """,
        """
        CREATE UNIQUE INDEX reservation_open ON reservation (transaction_id)
            WHERE state = 'open'
        """,
        """
        CREATE UNIQUE INDEX reservation_held ON reservation (transaction_id)
            WHERE state <> 'released'
        """,
        """
        CREATE TRIGGER reservation_insert BEFORE INSERT ON reservation
        WHEN NEW.state <> 'open' OR EXISTS (SELECT 1 FROM reservation WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'reservation: a new one is open'); END
        """,
        """
        CREATE TRIGGER reservation_update BEFORE UPDATE ON reservation
        WHEN NOT (OLD.state = 'open' AND NEW.state IN ('settled', 'released')
            AND NEW.id = OLD.id AND NEW.transaction_id = OLD.transaction_id
            AND NEW.type = OLD.type AND NEW.account_id = OLD.account_id
            AND NEW.destination = OLD.destination
            AND NEW.sent = OLD.sent AND NEW.sent_scale = OLD.sent_scale
            AND NEW.fee = OLD.fee AND NEW.fee_scale = OLD.fee_scale
            AND NEW.fee_account IS OLD.fee_account)
        BEGIN SELECT RAISE(ABORT, 'reservation: it only goes from open to settled or released');
        END
        """,
        """
        CREATE TRIGGER reservation_signed BEFORE UPDATE ON reservation
        WHEN NEW.state = 'released' AND EXISTS (
            SELECT 1 FROM challenge WHERE transaction_id = OLD.transaction_id)
        BEGIN SELECT RAISE(ABORT, 'reservation: what was signed is never released'); END
        """,
        """
        CREATE TRIGGER reservation_delete BEFORE DELETE ON reservation
        BEGIN SELECT RAISE(ABORT, 'reservation: a row is never removed'); END
        """,
        """
        CREATE TABLE membership (
            limit_id TEXT NOT NULL,
            key BLOB NOT NULL,
            reservation_id INTEGER NOT NULL REFERENCES reservation (id),
            amount BLOB NOT NULL CHECK (length(amount) = 16 AND amount < x'80'),
            scale INTEGER NOT NULL CHECK (scale BETWEEN 0 AND 18),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16),
            PRIMARY KEY (limit_id, key, reservation_id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX membership_reservation ON membership (reservation_id)",
        """
        CREATE TABLE total (
            limit_id TEXT NOT NULL,
            key BLOB NOT NULL,
            counted_at INTEGER NOT NULL,
            reservation_id INTEGER NOT NULL REFERENCES reservation (id),
            amount_total BLOB NOT NULL CHECK (length(amount_total) = 32),
            count_total INTEGER NOT NULL CHECK (count_total >= 1),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16),
            PRIMARY KEY (limit_id, key, counted_at, reservation_id)
        ) STRICT, WITHOUT ROWID
        """,
    ]

    /// Triggers that let a table only grow, whatever the statement: `INSERT OR REPLACE` too.
    static func appendOnly(_ table: String, key: String...) -> [String] {
        let same = key.map { "\($0) = NEW.\($0)" }.joined(separator: " AND ")
        return [
            """
            CREATE TRIGGER \(table)_update BEFORE UPDATE ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table): a row is never changed'); END
            """,
            """
            CREATE TRIGGER \(table)_delete BEFORE DELETE ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table): a row is never removed'); END
            """,
            """
            CREATE TRIGGER \(table)_insert BEFORE INSERT ON \(table)
            WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(same))
            BEGIN SELECT RAISE(ABORT, '\(table): a row is never replaced'); END
            """,
        ]
    }
}
