/// A platform id that has been checked: exactly 36 characters of `[0-9a-z]`
/// (guide, "IDs"; the suffix is advisory and not checked). Safe in a path and in a log.
package struct Identifier<Resource>: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 36 characters.
    package let text: String

    /// Nil where `text` is not exactly 36 bytes of `[0-9a-z]`.
    package init?(_ text: String) {
        guard text.utf8.count == 36, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

/// Names the platform's transactions in ``TransactionID``.
package enum TransactionResource {}
/// Names the platform's accounts in ``AccountID``.
package enum AccountResource {}
/// Names the platform's entities in ``EntityID``.
package enum EntityResource {}
/// Names the platform's assets in ``AssetID``.
package enum AssetResource {}
/// Names the platform's approval methods in ``ApprovalMethodID``.
package enum ApprovalMethodResource {}
/// Names the platform's approval requests in ``ApprovalRequestID``.
package enum ApprovalRequestResource {}

/// The id of a withdrawal or transfer.
package typealias TransactionID = Identifier<TransactionResource>
/// The id of an account.
package typealias AccountID = Identifier<AccountResource>
/// The id of an account holder.
package typealias EntityID = Identifier<EntityResource>
/// The id of an asset.
package typealias AssetID = Identifier<AssetResource>
/// The id of an approval method.
package typealias ApprovalMethodID = Identifier<ApprovalMethodResource>
/// The id of an approval request.
package typealias ApprovalRequestID = Identifier<ApprovalRequestResource>
