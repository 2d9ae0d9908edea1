/// Who wrote the policy, and which edition this is.
package struct Metadata: Hashable, Sendable {
    package let id: String
    /// Rises with every change.
    package let revision: Int64
    package let title: String?
    package let owner: String?
    package let externalRef: String?
    /// Before it nothing is decided under this policy.
    package let effectiveFrom: UnixTime?
    /// From then on a person decides what it would allow.
    package let reviewBy: UnixTime?

    package init(
        id: String, revision: Int64, title: String? = nil, owner: String? = nil,
        externalRef: String? = nil, effectiveFrom: UnixTime? = nil, reviewBy: UnixTime? = nil
    ) {
        self.id = id
        self.revision = revision
        self.title = title
        self.owner = owner
        self.externalRef = externalRef
        self.effectiveFrom = effectiveFrom
        self.reviewBy = reviewBy
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

    /// What becomes of a transaction that a block rule blocks.
    package enum OnBlock: Hashable, Sendable {
        /// It stays PENDING.
        case leave
        /// It is cancelled on the platform, so many within an hour at most.
        case cancel(mostPerHour: Int64)
    }

    package let defaultAction: DefaultAction
    package let amountBasis: AmountBasis
    /// By which `when` and calendar windows are read; nil where nothing needs it.
    package let zone: ZoneRules?
    /// How old a transaction may be at its first decision, in milliseconds.
    package let maxRequestAge: Int64
    /// How far this host's clock may be from the platform's, in milliseconds.
    package let maxClockSkew: Int64
    package let onBlock: OnBlock
    /// How many are cancelled within an hour at most, by ``onBlock`` and where people who were asked
    /// let the time pass (`on_expiry: cancel`), together.
    package let mostCancelsPerHour: Int64
    /// Attributes that must be signed beside `id`, `account_id`, `type`, `amount` and the
    /// destination.
    package let requiredAttributes: Set<String>
    /// Fields that may be used though the platform does not let them be signed.
    package let acceptUnsigned: Set<String>

    /// `settings.max_request_age` where a policy does not say: 24 hours.
    package static let defaultMaxRequestAge: Int64 = 86_400_000
    /// `settings.max_clock_skew` where a policy does not say: one minute.
    package static let defaultMaxClockSkew: Int64 = 60_000
    /// `settings.max_cancels_per_hour` where a policy does not say.
    package static let defaultMostCancelsPerHour: Int64 = 10
    /// `settings.challenge.required_attrs` where a policy does not say.
    package static let defaultRequiredAttributes: Set<String> = ["fee_amount", "reference"]
    /// The only fields that `settings.challenge.accept_unsigned` may name.
    package static let acceptableUnsigned: Set<String> = [
        "fee_account_id", "fee_amount", "reference", "end_to_end_id",
    ]

    package init(
        defaultAction: DefaultAction, amountBasis: AmountBasis = .amountPlusFee,
        zone: ZoneRules? = nil, maxRequestAge: Int64 = defaultMaxRequestAge,
        maxClockSkew: Int64 = defaultMaxClockSkew, onBlock: OnBlock = .leave,
        mostCancelsPerHour: Int64 = defaultMostCancelsPerHour,
        requiredAttributes: Set<String> = defaultRequiredAttributes,
        acceptUnsigned: Set<String> = []
    ) {
        self.defaultAction = defaultAction
        self.amountBasis = amountBasis
        self.zone = zone
        self.maxRequestAge = maxRequestAge
        self.maxClockSkew = maxClockSkew
        self.onBlock = onBlock
        switch onBlock {
        case .leave: self.mostCancelsPerHour = mostCancelsPerHour
        case .cancel(let most): self.mostCancelsPerHour = most
        }
        self.requiredAttributes = requiredAttributes
        self.acceptUnsigned = acceptUnsigned
    }

    /// Every attribute that a challenge for this type must carry.
    package func requiredAttributes(for type: TransactionType) -> Set<String> {
        requiredAttributes.union(["id", "account_id", "type", "amount", type.destinationField])
    }
}
