/// What compliance wrote, read and checked: data that grants (rules) and restrains (limits).
/// What is not granted is not signed. Schema and semantics: docs/policy.md.
package struct Policy: Sendable {
    package let metadata: Metadata
    package let settings: Settings
    /// By name.
    package let assets: [String: PolicyAsset]
    /// By name; these accounts are watched.
    package let accounts: [String: PolicyAccount]
    /// Sorted by id; order means nothing.
    package let rules: [Rule]
    /// Sorted by id.
    package let limits: [Limit]
    package let addressBook: AddressBook
    private let accountsByID: [AccountID: PolicyAccount]
    private let fieldsRead: [TransactionType: Set<String>]

    /// Takes parts that a loader has checked: names resolve, ids are distinct.
    package init(
        metadata: Metadata, settings: Settings, assets: [PolicyAsset], accounts: [PolicyAccount],
        rules: [Rule], limits: [Limit], addressBook: AddressBook
    ) {
        self.metadata = metadata
        self.settings = settings
        self.assets = Dictionary(assets.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        self.accounts = Dictionary(
            accounts.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        self.rules = rules.sorted { $0.id < $1.id }
        self.limits = limits.sorted { $0.id < $1.id }
        self.addressBook = addressBook
        accountsByID = Dictionary(
            accounts.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
        fieldsRead = Dictionary(
            uniqueKeysWithValues: TransactionType.allCases.map { type in
                let basis = settings.amountBasis
                let sets =
                    rules.map { $0.fields(type, basis: basis) }
                    + limits.map { $0.fields(type, basis: basis) }
                return (type, sets.reduce(into: []) { $0.formUnion($1) })
            })
    }

    /// The union of the fields that the rules and limits read. All are evaluated, so all count:
    /// what must be signed does not depend on which of them happened to match.
    package func fields(read type: TransactionType) -> Set<String> { fieldsRead[type] ?? [] }

    /// The policy's account with this platform id; nil where it is none of ours.
    package func account(_ id: AccountID) -> PolicyAccount? { accountsByID[id] }
}

/// Who wrote the policy, and which edition this is.
package struct Metadata: Hashable, Sendable {
    package let id: String
    /// Rises with every change.
    package let revision: Int64
    package let title: String?
    package let owner: String?
    package let externalRef: String?

    package init(
        id: String, revision: Int64, title: String? = nil, owner: String? = nil,
        externalRef: String? = nil
    ) {
        self.id = id
        self.revision = revision
        self.title = title
        self.owner = owner
        self.externalRef = externalRef
    }
}

/// `settings` of a policy.
package struct Settings: Hashable, Sendable {
    /// What happens where no rule takes effect. There is no `allow`.
    package enum DefaultAction: String, Hashable, Sendable, CaseIterable {
        case block, escalate
    }

    /// What caps and limits compare.
    package enum AmountBasis: String, Hashable, Sendable, CaseIterable {
        case amount
        /// The fee is added where it is charged to the same account.
        case amountPlusFee = "amount_plus_fee"
    }

    package let defaultAction: DefaultAction
    package let amountBasis: AmountBasis
    /// Attributes that must be signed beside `id`, `account_id`, `type`, `amount` and the
    /// destination.
    package let requiredAttributes: Set<String>
    /// Fields that may be used though the platform does not let them be signed.
    package let acceptUnsigned: Set<String>

    /// `settings.challenge.required_attrs` where a policy does not say.
    package static let defaultRequiredAttributes: Set<String> = ["fee_amount", "reference"]
    /// The only fields that `settings.challenge.accept_unsigned` may name.
    package static let acceptableUnsigned: Set<String> = [
        "fee_account_id", "fee_amount", "reference", "end_to_end_id",
    ]

    package init(
        defaultAction: DefaultAction, amountBasis: AmountBasis = .amountPlusFee,
        requiredAttributes: Set<String> = defaultRequiredAttributes,
        acceptUnsigned: Set<String> = []
    ) {
        self.defaultAction = defaultAction
        self.amountBasis = amountBasis
        self.requiredAttributes = requiredAttributes
        self.acceptUnsigned = acceptUnsigned
    }

    /// Every attribute that a challenge for this type must carry.
    package func requiredAttributes(for type: TransactionType) -> Set<String> {
        requiredAttributes.union(["id", "account_id", "type", "amount", type.destinationField])
    }
}

/// `assets.NAME`.
package struct PolicyAsset: Hashable, Sendable {
    package let name: String
    package let id: AssetID
    /// Fraction digits, 0 to 18; must equal the platform's.
    package let precision: UInt8

    package init(name: String, id: AssetID, precision: UInt8) {
        self.name = name
        self.id = id
        self.precision = precision
    }
}

/// `accounts.NAME`.
package struct PolicyAccount: Hashable, Sendable {
    package let name: String
    package let id: AccountID
    package let entityID: EntityID
    package let asset: PolicyAsset

    package init(name: String, id: AccountID, entityID: EntityID, asset: PolicyAsset) {
        self.name = name
        self.id = id
        self.entityID = entityID
        self.asset = asset
    }
}
