package import ApprovalCore

/// A small treasury for tests: one asset, four accounts, an address book, a policy, and the
/// bodies that the platform would show for them. Everything is made anew from constants.
///
/// `let sample = try Sample()`, then `try sample.transaction(sample.withdrawal())`, or with
/// changes: `sample.withdrawal(["amount": .null, "reference": nil])` (nil takes the member out).
package struct Sample: Sendable {
    /// A constant of the sample, or a value that a test passed, is not what it should be.
    package struct Unusable: Error, Sendable {
        let text: String
    }

    package let btc: PolicyAsset
    package let treasury: PolicyAccount
    package let payouts: PolicyAccount
    /// Pays the fees of ``payouts``.
    package let fees: PolicyAccount
    /// Belongs to another entity than the rest.
    package let board: PolicyAccount
    /// An exchange, a cold wallet and an address on the block list.
    package let book: AddressBook

    package static let exchangeAddress = "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"
    package static let coldAddress = "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv"
    package static let blockedAddress = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    package static let transactionID = "f4342c75f714405d89007ef13ce68688atrx"
    package static let requestID = "7a3b1c9d5e7f4a6b8c0d2e4f6a8b0c1daprq"
    package static let methodID = "6d4e8abbaab25847a01908c6f02f8bb0apmt"

    /// 2026-10-06T09:00:00Z, a Tuesday: one minute after the sample's transactions were created.
    package static let now = UnixTime(milliseconds: 1_791_277_200_000)

    /// Berlin in 2026: two hours ahead of UTC from 29 March to 25 October, else one.
    package static let berlin = ZoneRules(
        name: "Europe/Berlin", first: 3_600,
        transitions: [
            .init(from: UnixTime(milliseconds: 1_774_746_000_000), offsetSeconds: 7_200),
            .init(from: UnixTime(milliseconds: 1_792_890_000_000), offsetSeconds: 3_600),
        ])

    /// `asset` is the name of its one asset, ``btc``.
    package init(asset name: String = "BTC") throws(Unusable) {
        let entity: EntityID = try Self.id("bda8720b93a2daf3ffac5a6fefaa87aaenty")
        let other: EntityID = try Self.id("880bbac68a34add190786b9c74f4c82fenty")
        let asset = PolicyAsset(
            name: name, id: try Self.id("00000000000000000000000000000001asst"), precision: 8)
        func account(
            _ name: String, _ id: String, _ entity: EntityID
        ) throws(Unusable) -> PolicyAccount {
            PolicyAccount(name: name, id: try Self.id(id), entityID: entity, asset: asset)
        }
        btc = asset
        treasury = try account("btc-treasury", "f52b22a8256cd2b0ad21f3c2cc2c5875acct", entity)
        payouts = try account("btc-payouts", "9c41ec8a82fb99b57cb5078ae0a8b569acct", entity)
        fees = try account("btc-fees", "b4b7525ae27160d582b9a2305aba9e00acct", entity)
        board = try account("btc-board", "f0cfb103e6c3d4a37c2750a1256862a3acct", other)
        book = AddressBook(
            id: "sample-addresses", revision: 1,
            entries: [
                .init(
                    label: "Exchange", assets: [name], address: Self.exchangeAddress,
                    tags: ["exchange"]),
                .init(
                    label: "Cold wallet", assets: [name], address: Self.coldAddress,
                    tags: ["own-cold-wallet"]),
                .init(
                    label: "Frozen", assets: [name], address: Self.blockedAddress,
                    tags: ["blocked"]),
            ])
    }

    /// Any platform id; ``Unusable`` where `text` is none.
    package static func id<Resource>(_ text: String) throws(Unusable) -> Identifier<Resource> {
        guard let id = Identifier<Resource>(text) else { throw Unusable(text: text) }
        return id
    }

    /// An amount of the sample's asset, eight fraction digits.
    package func amount(_ text: String) throws(Unusable) -> Amount {
        guard let amount = try? Amount(text, precision: btc.precision) else {
            throw Unusable(text: text)
        }
        return amount
    }
}

// The policy.
extension Sample {
    /// A policy over the sample's accounts and address book. Without `rules` and `limits` it has
    /// ``usualRules()`` and ``usualLimits()``.
    package func policy(
        settings: Settings = Settings(
            defaultAction: .block, acceptUnsigned: ["fee_account_id"]),
        groups: [PolicyGroup] = [], rules: [Rule]? = nil, limits: [Limit]? = nil,
        patterns: [Pattern] = [],
        guards: Guards = Guards(), addressBook: AddressBook? = nil, revision: Int64 = 1,
        effectiveFrom: UnixTime? = nil, reviewBy: UnixTime? = nil
    ) throws -> Policy {
        Policy(
            metadata: Metadata(
                id: "sample", revision: revision, effectiveFrom: effectiveFrom, reviewBy: reviewBy),
            settings: settings, assets: [btc], accounts: [treasury, payouts, fees, board],
            groups: groups, rules: try rules ?? usualRules(), limits: try limits ?? usualLimits(),
            patterns: patterns, guards: guards, addressBook: addressBook ?? book)
    }

    /// The block list; transfers up to 5 between treasury and payouts; payouts up to 0.5 to the
    /// exchange or the cold wallet; a person for larger ones.
    package func usualRules() throws(Unusable) -> [Rule] {
        [
            Rule(
                id: "frozen", action: .block, conditions: [.destination(.init(tags: ["blocked"]))]),
            Rule(
                id: "internal-transfers", action: .allow,
                conditions: [
                    .type(.init([.transferOutgoing])),
                    .source(.init(accounts: [treasury.id, payouts.id])),
                    .destination(.init(accounts: [treasury.id, payouts.id])),
                    .asset(.init([btc.name])), .amount(.init(upTo: try amount("5"))),
                ]),
            Rule(
                id: "payouts-small", action: .allow,
                conditions: [
                    .type(.init([.withdrawal])), .source(.init(accounts: [payouts.id])),
                    .destination(
                        .init(tags: ["exchange", "own-cold-wallet"], kind: .allowlisted)),
                    .asset(.init([btc.name])), .amount(.init(upTo: try amount("0.5"))),
                    .fee(.init(upTo: try amount("0.002"))),
                ]),
            Rule(
                id: "payouts-large", action: .escalate,
                conditions: [
                    .type(.init([.withdrawal])), .source(.init(accounts: [payouts.id])),
                    .destination(.init(kind: .allowlisted)), .asset(.init([btc.name])),
                    .amount(.init(moreThan: try amount("0.5"))),
                ]),
        ]
    }

    /// At most 2 and 40 payouts from one account in 24 hours.
    package func usualLimits() throws(Unusable) -> [Limit] {
        [
            Limit(
                id: "btc-payouts-day",
                scope: [
                    .type(.init([.withdrawal])), .source(.init(accounts: [payouts.id])),
                    .asset(.init([btc.name])),
                ],
                per: [.source], window: .rolling(milliseconds: 86_400_000),
                maxAmount: try amount("2"), maxCount: 40)
        ]
    }

    /// Nothing used so far, no reference seen, every destination an original one: an answer to
    /// every question of a weighing.
    package static func unused(_ questions: Questions) -> Answers {
        Answers(
            usage: questions.limits.map {
                LimitUsage(
                    limit: $0.limit, key: $0.key, since: $0.since, used: .zero(scale: $0.scale),
                    count: 0)
            },
            destination: questions.destination.map { _ in
                DestinationAge(activatedAt: UnixTime(milliseconds: 0), isOriginal: true)
            })
    }
}

// People.
extension Sample {
    /// A group whose members are named and numbered; the same name and members give the same ids.
    package static func group(
        _ name: String = "board", _ members: [String] = ["anna", "bora", "carl"], quorum: Int = 2
    ) throws(Unusable) -> PolicyGroup {
        func text(_ words: String, _ suffix: String) -> String {
            let letters = words.utf8.prefix(14).map { String($0, radix: 16) }.joined()
            return letters + String(repeating: "0", count: 32 - letters.utf8.count) + suffix
        }
        var people: [GroupMember] = []
        for member in members {
            people.append(
                GroupMember(
                    name: member, entityID: try id(text(member, "enty")),
                    methodID: try id(text(member, "apmt"))))
        }
        return PolicyGroup(
            name: name, methodID: try id(text(name, "apmt")), groupID: text(name, "apgr"),
            quorum: quorum, members: people)
    }

    /// All members of a group, one after the other, within a day.
    package static func quorum(
        _ group: PolicyGroup, _ minimum: Int = 2, _ order: Quorum.Order = .sequential
    ) -> Quorum {
        Quorum(
            group: group, minApprovals: minimum, ask: group.members, order: order,
            expiresAfter: 86_400_000, onExpiry: .escalate)
    }
}

// Bodies as the platform shows them.
extension Sample {
    /// 0.4 from ``payouts`` to the exchange, fee 0.0005 from ``fees``: the usual policy allows it.
    package func withdrawal(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
        Self.changed(
            [
                "id": .string(Self.transactionID), "account_id": .string(payouts.id.text),
                "type": .string("WITHDRAWAL"), "state": .string("PENDING"),
                "amount": .string("-0.40000000"), "fee_amount": .string("0.00050000"),
                "fee_account_id": .string(fees.id.text),
                "address": .string(Self.exchangeAddress), "reference": .string("payout-1"),
                "created_at": .string("2026-10-06T08:59:00Z"),
            ], changes)
    }

    /// 1 from ``payouts`` to ``treasury`` without a fee: the usual policy allows it.
    package func transfer(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
        Self.changed(
            [
                "id": .string(Self.transactionID), "account_id": .string(payouts.id.text),
                "type": .string("TRANSFER_OUTGOING"), "state": .string("PENDING"),
                "amount": .string("-1.00000000"), "fee_amount": .string("0.00000000"),
                "fee_account_id": .string(payouts.id.text),
                "sender_account_id": .string(payouts.id.text),
                "receiver_account_id": .string(treasury.id.text),
                "reference": .string("transfer-1"),
                "created_at": .string("2026-10-06T08:59:00Z"),
            ], changes)
    }

    /// The approval request of ``requestID`` for ``transactionID``, PENDING, with `attributes`.
    package func request(
        attributes: [String], _ changes: KeyValuePairs<String, JSONValue?> = [:]
    ) -> JSONValue {
        Self.changed(
            [
                "id": .string(Self.requestID), "resource_id": .string(Self.transactionID),
                "resource_type": .string("TRANSACTION"), "type": .string("DSA_ED25519"),
                "state": .string("PENDING"), "entity_id": .string(payouts.entityID.text),
                "approval_method_id": .string(Self.methodID),
                "challenge": .object(["attrs": .array(attributes.map(JSONValue.string))]),
            ], changes)
    }

    /// Parses a body. Numbers in it must be integers.
    package func transaction(_ body: JSONValue) throws -> Transaction {
        try Transaction(bytes: Self.bytes(body))
    }

    /// What the platform shows for an account of the policy.
    package func account(_ account: PolicyAccount) throws -> Account {
        try Account(
            bytes: Self.bytes(
                .object([
                    "id": .string(account.id.text), "entity_id": .string(account.entityID.text),
                    "asset_id": .string(account.asset.id.text),
                ])))
    }

    /// The body's bytes; ``Unusable`` where a number in it is not an integer.
    package static func bytes(_ body: JSONValue) throws(Unusable) -> [UInt8] {
        guard let bytes = body.canonicalBytes else { throw Unusable(text: "number") }
        return bytes
    }

    private static func changed(
        _ members: KeyValuePairs<String, JSONValue>, _ changes: KeyValuePairs<String, JSONValue?>
    ) -> JSONValue {
        var result = members.map { JSONMember($0.key, $0.value) }
        for (name, value) in changes {
            let place = result.firstIndex { $0.name == name }
            switch (place, value) {
            case (let place?, let value?): result[place] = JSONMember(name, value)
            case (let place?, nil): result.remove(at: place)
            case (nil, let value?): result.append(JSONMember(name, value))
            case (nil, nil): break
            }
        }
        return .object(result)
    }
}
