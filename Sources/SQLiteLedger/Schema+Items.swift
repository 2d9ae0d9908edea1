/// The table of items, and how a version that knows another state makes it anew: no statement
/// changes a CHECK. Every value, and so every checksum, stays as it is.
extension Schema {
    /// The states that an item can have, by version.
    static let itemStates1 = [
        "decided", "intended", "requested", "released", "signed", "delivered", "confirmed",
        "failed", "conflict",
    ]
    static let itemStates3 = itemStates1 + ["asked"]
    static let itemStates4 = itemStates3 + ["accepted"]

    /// The table with its index.
    static func newItems(_ states: [String]) -> [String] {
        [itemTable("item", states), itemIndex, itemDelete]
    }

    /// The table anew, with the items that are in it. Its triggers are gone with the old one.
    static func itemsAnew(_ states: [String]) -> [String] {
        [
            itemTable("item_new", states),
            "INSERT INTO item_new SELECT * FROM item",
            "DROP TABLE item",
            "ALTER TABLE item_new RENAME TO item",
            itemIndex, itemDelete,
        ]
    }

    private static func itemTable(_ name: String, _ states: [String]) -> String {
        """
        CREATE TABLE \(name) (
            transaction_id TEXT NOT NULL PRIMARY KEY CHECK (length(transaction_id) = 36),
            account_id TEXT NOT NULL CHECK (length(account_id) = 36),
            state TEXT NOT NULL CHECK (state IN (
                \(states.map { "'\($0)'" }.joined(separator: ", ")))),
            action TEXT NOT NULL CHECK (action IN ('allow', 'escalate', 'block', 'hold')),
            fingerprint BLOB CHECK (length(fingerprint) = 32),
            body_sha256 BLOB CHECK (length(body_sha256) = 32),
            request_id TEXT CHECK (length(request_id) = 36),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            retry_at INTEGER,
            delivered_at INTEGER,
            checksum BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT, WITHOUT ROWID
        """
    }

    private static let itemIndex = "CREATE INDEX item_state ON item (state)"

    private static let itemDelete = """
        CREATE TRIGGER item_delete BEFORE DELETE ON item
        BEGIN SELECT RAISE(ABORT, 'item: a row is never removed'); END
        """

    // Who is asked, from version 3 on.

    static let itemAsk = """
        CREATE TRIGGER item_ask BEFORE UPDATE ON item
        WHEN NEW.state = 'asked' AND OLD.state NOT IN ('requested', 'asked')
        BEGIN SELECT RAISE(ABORT, 'item: people are asked after a request alone'); END
        """

    static let itemUnasked = """
        CREATE TRIGGER item_unasked BEFORE UPDATE ON item
        WHEN NEW.state = 'asked' AND NOT EXISTS (
            SELECT 1 FROM asking WHERE transaction_id = NEW.transaction_id)
        BEGIN SELECT RAISE(ABORT, 'item: it is not known who was asked'); END
        """

    static let itemInsert = """
        CREATE TRIGGER item_insert BEFORE INSERT ON item
        WHEN NEW.state = 'asked' AND NOT EXISTS (
            SELECT 1 FROM asking WHERE transaction_id = NEW.transaction_id)
        BEGIN SELECT RAISE(ABORT, 'item: it is not known who was asked'); END
        """
}
