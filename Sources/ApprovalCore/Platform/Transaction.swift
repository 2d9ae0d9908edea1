/// The type of a transaction (guide, "Transactions"). Only the two outgoing ones are ours.
package enum TransactionType: String, Hashable, Sendable, CaseIterable {
    case withdrawal = "WITHDRAWAL"
    case transferOutgoing = "TRANSFER_OUTGOING"

    /// The attribute that names where the money goes.
    package var destinationField: String {
        switch self {
        case .withdrawal: "address"
        case .transferOutgoing: "receiver_account_id"
        }
    }
}

/// The state of a transaction. A state that the guide does not know is `unknown`.
package enum TransactionState: String, Hashable, Sendable {
    case pending = "PENDING"
    case approved = "APPROVED"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case cancelled = "CANCELLED"
    case unknown
}

/// A response body that cannot be taken for what was asked.
package struct MalformedBody: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words; never a value from the body.
    package let problem: String
    /// Whether the bytes were not even strict JSON.
    package let isNotJSON: Bool

    package init(_ problem: String, isNotJSON: Bool = false) {
        self.problem = problem
        self.isNotJSON = isNotJSON
    }

    package var description: String { problem }
}

/// What a field of a transaction holds. Only text can be compared or signed.
package enum Field: Hashable, Sendable {
    case text(String)
    case null
    case absent
    case otherType

    /// The text; nil for everything else.
    package var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }
}

/// An outgoing transaction: one strict parse of one response body.
///
/// INVARIANT: I2. Policy, challenge and ledger all read this value; nothing parses the body again.
package struct Transaction: Hashable, Sendable {
    package let id: TransactionID
    package let accountID: AccountID
    package let type: TransactionType
    package let state: TransactionState
    /// Every member of the body, as it was parsed.
    package let body: JSONValue
    /// The bytes that were parsed: the evidence.
    package let bytes: [UInt8]

    /// Reads the body of `GET …/transactions/{id}`.
    ///
    /// `id`, `account_id`, `type` and `state` must be text of the right form; every other member
    /// stays as it is and is judged where it is used.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        try self.init(body: JSONValue.parse(body: bytes), bytes: bytes)
    }

    /// Reads one item of a list; `bytes` is empty there, for the list is no evidence.
    package init(body: JSONValue, bytes: [UInt8] = []) throws(MalformedBody) {
        id = try body.identifier("id")
        accountID = try body.identifier("account_id")
        guard let type = TransactionType(rawValue: try body.requiredText("type")) else {
            throw MalformedBody("type is neither WITHDRAWAL nor TRANSFER_OUTGOING")
        }
        self.type = type
        state = TransactionState(rawValue: try body.requiredText("state")) ?? .unknown
        self.body = body
        self.bytes = bytes
    }

    /// A field by its platform name.
    package func field(_ name: String) -> Field {
        Field(body[name])
    }

    /// When the platform created it; nil where `created_at` is missing or of another form.
    package var createdAt: UnixTime? {
        field("created_at").text.flatMap(UnixTime.init(rfc3339:))
    }

    /// The fields of a transaction that the platform documents, and so the only names that a
    /// challenge may use. `total_amount` is the guide's from 0.8 to 0.18.
    package static let fieldNames: Set<String> = [
        "id", "account_id", "type", "state", "amount", "fee_amount", "fee_account_id",
        "total_amount", "address", "reference", "end_to_end_id", "sender_account_id",
        "receiver_account_id", "blockchain_txid", "blockchain_output_n", "linked_tx_ids",
        "created_at", "updated_at",
    ]
}
