/// What of some conditions can be seen without reading them: enough to leave out, among a thousand
/// rules, those that are FALSE. It never leaves out one that is TRUE or UNKNOWN; of what it keeps
/// the conditions themselves tell.
struct Outline: Sendable {
    /// Of the rule, limit or pattern, in the order of the policy.
    let position: Int
    private let withdrawal: Bool
    private let transferOutgoing: Bool
    /// Units at ``scale``; the amount is above the one and at most the other.
    private let moreThan: Int128
    private let upTo: Int128
    private let scale: UInt8
    private let isGranting: Bool
    private let target: Target

    /// The conditions as seen for accounts of an asset.
    init(
        _ conditions: [Condition], position: Int, isGranting: Bool, precision: UInt8,
        _ marks: Target.Marks
    ) {
        self.position = position
        self.isGranting = isGranting
        scale = precision
        var (withdrawal, transferOutgoing) = (true, true)
        var (moreThan, upTo) = (Int128.min, Int128.max)
        var target = Target.anywhere
        for condition in conditions {
            switch condition {
            case .type(let condition):
                withdrawal = withdrawal && condition.types.contains(.withdrawal)
                transferOutgoing = transferOutgoing && condition.types.contains(.transferOutgoing)
            case .amount(let condition):
                moreThan = max(
                    moreThan, condition.moreThan?.rescaled(to: precision)?.units ?? .min)
                upTo = min(upTo, condition.upTo?.rescaled(to: precision)?.units ?? .max)
            case .destination(let condition): target = Target(condition, marks)
            case .source, .asset, .fee, .when, .tier: continue
            }
        }
        (self.withdrawal, self.transferOutgoing) = (withdrawal, transferOutgoing)
        (self.moreThan, self.upTo) = (moreThan, upTo)
        self.target = target
    }

    /// False where the conditions are FALSE for certain.
    func mayMatch(_ sight: Sight) -> Bool {
        guard sight.isWithdrawal ? withdrawal : transferOutgoing else { return false }
        guard target.meets(isGranting ? sight.granting : sight.restraining) else { return false }
        guard let amount = sight.amount, amount.scale == scale else { return true }
        return moreThan < amount.units && amount.units <= upTo
    }

    /// What of a transaction outlines are held against.
    struct Sight {
        let isWithdrawal: Bool
        /// nil is UNKNOWN: nothing is left out for it.
        let amount: Amount?
        /// As allow rules see the destination, which do not count on entries that are not active.
        let granting: Target
        let restraining: Target
    }
}

/// Where money goes, as marks: what a condition asks for and what a destination has can be the
/// same only where they share one of each kind. Marks are shared by many names, so sharing one
/// says nothing for certain.
struct Target: Sendable {
    private let labels: UInt64
    private let tags: UInt64
    private let kinds: UInt64
    private let accounts: UInt64

    private static let any: UInt64 = 1 << 63
    private static let allowlisted: UInt64 = 1
    private static let account: UInt64 = 2

    /// No condition at all.
    static let anywhere = Target(labels: any, tags: any, kinds: any, accounts: any)
    /// A destination that is UNKNOWN, so that nothing can be left out.
    static let unknown = Target(labels: .max, tags: .max, kinds: .max, accounts: .max)

    func meets(_ other: Target) -> Bool {
        labels & other.labels != 0 && tags & other.tags != 0 && kinds & other.kinds != 0
            && accounts & other.accounts != 0
    }

    private init(labels: UInt64, tags: UInt64, kinds: UInt64, accounts: UInt64) {
        (self.labels, self.tags) = (labels, tags)
        (self.kinds, self.accounts) = (kinds, accounts)
    }

    /// What a condition asks for. An empty list asks for what nothing has, but is UNKNOWN with
    /// an unknown destination.
    init(_ condition: DestinationCondition, _ marks: Marks) {
        func mask<Name>(_ names: Set<Name>?, _ marks: [Name: UInt64]) -> UInt64 {
            names.map { $0.reduce(Self.none) { $0 | (marks[$1] ?? 0) } } ?? Self.any
        }
        labels = mask(condition.labels, marks.labels)
        tags = mask(condition.tags, marks.tags)
        accounts = mask(condition.accounts, marks.accounts)
        kinds =
            switch condition.kind {
            case nil: Self.any
            case .allowlisted: Self.allowlisted
            case .account: Self.account
            }
    }

    /// A mark that only the unknown destination has.
    private static let none: UInt64 = 1 << 62

    /// What an address has that is on an entry, or on none.
    init(_ entry: AddressBook.Entry?, _ marks: Marks) {
        labels = Self.any | (entry.flatMap { marks.labels[$0.label] } ?? 0)
        tags = Self.any | (entry?.tags.reduce(0) { $0 | (marks.tags[$1] ?? 0) } ?? 0)
        kinds = Self.any | (entry == nil ? 0 : Self.allowlisted)
        accounts = Self.any
    }

    /// What a receiving account has that is one of the policy's, or none.
    init(_ account: PolicyAccount?, _ marks: Marks) {
        (labels, tags) = (Self.any, Self.any)
        kinds = Self.any | (account == nil ? 0 : Self.account)
        accounts = Self.any | (account.flatMap { marks.accounts[$0.id] } ?? 0)
    }

    /// The names that conditions ask for, each with one of 62 marks.
    struct Marks: Sendable {
        fileprivate private(set) var labels: [String: UInt64] = [:]
        fileprivate private(set) var tags: [String: UInt64] = [:]
        fileprivate private(set) var accounts: [AccountID: UInt64] = [:]

        init(_ conditions: some Sequence<[Condition]>) {
            for case .destination(let condition) in conditions.joined() {
                Self.mark(condition.labels, &labels)
                Self.mark(condition.tags, &tags)
                Self.mark(condition.accounts, &accounts)
            }
        }

        private static func mark<Name: Hashable>(
            _ names: Set<Name>?, _ marks: inout [Name: UInt64]
        ) {
            for name in names ?? [] where marks[name] == nil {
                marks[name] = 1 << UInt64(marks.count % 62)
            }
        }
    }
}
