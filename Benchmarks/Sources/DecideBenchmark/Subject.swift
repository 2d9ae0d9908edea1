import ApprovalCore

/// A constant of the benchmark is no id.
struct NotAnID: Error {}
/// What is measured is not what it should be.
struct NotAllowed: Error {}

/// A platform id made of a number.
func identifier<Resource>(_ number: Int, _ suffix: String) throws -> Identifier<Resource> {
    let digits = String(number)
    let text = String(repeating: "0", count: 32 - digits.utf8.count) + digits + suffix
    guard let id = Identifier<Resource>(text) else { throw NotAnID() }
    return id
}

/// A policy of so many rules, entries and limits; one rule in 97 is for a given entry.
func policy(rules: Int, addresses: Int, limits: Int) throws -> Policy {
    let asset = PolicyAsset(name: "BTC", id: try identifier(1, "asst"), precision: 8)
    let account = PolicyAccount(
        name: "payouts", id: try identifier(1, "acct"), entityID: try identifier(1, "enty"),
        asset: asset)
    let entries = (0..<addresses).map {
        AddressBook.Entry(
            label: "entry \($0)", assets: ["BTC"], address: "3D2oetdNuZUqQHPJmcMD\($0)",
            tags: ["tag-\($0 % 100)"])
    }
    func cap(_ units: Int) -> Amount { Amount(units: Int128(units), scale: 8) ?? .zero(scale: 8) }
    return Policy(
        metadata: Metadata(id: "benchmark", revision: 1),
        settings: Settings(defaultAction: .block, acceptUnsigned: ["fee_account_id"]),
        assets: [asset], accounts: [account],
        rules: (0..<rules).map { number in
            Rule(
                id: "rule-\(number)", action: number % 10 == 0 ? .block : .allow,
                conditions: [
                    .type(TypeCondition([.withdrawal])),
                    .source(SourceCondition(accounts: [account.id])),
                    .asset(AssetCondition(["BTC"])),
                    .destination(
                        DestinationCondition(
                            tags: [number % 10 == 0 ? "blocked" : "tag-\(number % 97 + 3)"])),
                    .amount(AmountCondition(upTo: cap(50_000_000 + number))),
                    .fee(FeeCondition(upTo: cap(200_000))),
                ])
        },
        limits: (0..<limits).map {
            Limit(
                id: "limit-\($0)", scope: [.type(TypeCondition([.withdrawal]))], per: [.source],
                window: .rolling(milliseconds: 86_400_000), maxAmount: cap(200_000_000))
        },
        addressBook: AddressBook(id: "benchmark", revision: 1, entries: entries))
}

/// A withdrawal that ``policy(rules:addresses:limits:)`` allows.
func subject(_ addresses: Int) throws -> Case {
    let body = """
        {"id":"\(try identifier(7, "atrx") as TransactionID)","account_id":"\(try identifier(1, "acct") as AccountID)",\
        "type":"WITHDRAWAL","state":"PENDING","amount":"-0.40000000","fee_amount":"0.00050000",\
        "fee_account_id":"\(try identifier(2, "acct") as AccountID)","address":"3D2oetdNuZUqQHPJmcMD\(addresses / 2 + 5)",\
        "reference":"payout-1","created_at":"2026-10-02T09:14:03Z"}
        """
    let account = """
        {"id":"\(try identifier(1, "acct") as AccountID)","entity_id":"\(try identifier(1, "enty") as EntityID)",\
        "asset_id":"\(try identifier(1, "asst") as AssetID)"}
        """
    return Case(
        transaction: try Transaction(bytes: Array(body.utf8)),
        account: try Account(bytes: Array(account.utf8)))
}
