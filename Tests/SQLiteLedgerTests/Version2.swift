/// What version 2 of a ledger's schema had beyond ``Version1``, as it was.
enum Version2 {
    static let tables = """
        CREATE TABLE reference (
            reservation_id INTEGER NOT NULL PRIMARY KEY REFERENCES reservation (id),
            reference BLOB NOT NULL,
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT;
        CREATE TABLE provenance (
            reservation_id INTEGER NOT NULL PRIMARY KEY REFERENCES reservation (id),
            body BLOB NOT NULL,
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT;
        CREATE TABLE batch (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id >= 1),
            activated_at INTEGER NOT NULL,
            is_original INTEGER NOT NULL CHECK (is_original IN (0, 1)),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT;
        CREATE TABLE destination (
            asset TEXT NOT NULL,
            address BLOB NOT NULL,
            batch INTEGER NOT NULL CHECK (batch >= 1),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16),
            PRIMARY KEY (asset, address)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE counter (
            name TEXT NOT NULL PRIMARY KEY,
            series TEXT NOT NULL,
            definition BLOB NOT NULL CHECK (length(definition) = 32),
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE membership RENAME COLUMN limit_id TO series;
        ALTER TABLE total RENAME COLUMN limit_id TO series;
        """

    static let guards = """
        CREATE TRIGGER destination_update BEFORE UPDATE ON destination
        WHEN EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch)
        BEGIN SELECT RAISE(ABORT, 'destination: one that is known is never changed'); END;
        CREATE TRIGGER destination_insert BEFORE INSERT ON destination
        WHEN EXISTS (
            SELECT 1 FROM destination JOIN batch ON id = batch
            WHERE asset = NEW.asset AND address = NEW.address)
        BEGIN SELECT RAISE(ABORT, 'destination: one that is known is never replaced'); END;
        CREATE TRIGGER destination_delete BEFORE DELETE ON destination
        WHEN EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch)
        BEGIN SELECT RAISE(ABORT, 'destination: one that is known is never removed'); END;
        CREATE INDEX reference_text ON reference (reference, reservation_id);
        CREATE INDEX entry_cancelled ON entry (time) WHERE kind = 'cancelled';
        CREATE TRIGGER reference_update BEFORE UPDATE ON reference
        BEGIN SELECT RAISE(ABORT, 'reference: a row is never changed'); END;
        CREATE TRIGGER reference_delete BEFORE DELETE ON reference
        BEGIN SELECT RAISE(ABORT, 'reference: a row is never removed'); END;
        CREATE TRIGGER reference_insert BEFORE INSERT ON reference
        WHEN EXISTS (SELECT 1 FROM reference WHERE reservation_id = NEW.reservation_id)
        BEGIN SELECT RAISE(ABORT, 'reference: a row is never replaced'); END;
        CREATE TRIGGER provenance_update BEFORE UPDATE ON provenance
        BEGIN SELECT RAISE(ABORT, 'provenance: a row is never changed'); END;
        CREATE TRIGGER provenance_delete BEFORE DELETE ON provenance
        BEGIN SELECT RAISE(ABORT, 'provenance: a row is never removed'); END;
        CREATE TRIGGER provenance_insert BEFORE INSERT ON provenance
        WHEN EXISTS (SELECT 1 FROM provenance WHERE reservation_id = NEW.reservation_id)
        BEGIN SELECT RAISE(ABORT, 'provenance: a row is never replaced'); END;
        CREATE TRIGGER batch_update BEFORE UPDATE ON batch
        BEGIN SELECT RAISE(ABORT, 'batch: a row is never changed'); END;
        CREATE TRIGGER batch_delete BEFORE DELETE ON batch
        BEGIN SELECT RAISE(ABORT, 'batch: a row is never removed'); END;
        CREATE TRIGGER batch_insert BEFORE INSERT ON batch
        WHEN EXISTS (SELECT 1 FROM batch WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'batch: a row is never replaced'); END;
        """
}
