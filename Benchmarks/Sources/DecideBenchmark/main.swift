import ApprovalCore

// Microseconds for one decision, parsing excluded, at several sizes of policy and address book.
// Prints one JSON object per size. Usage: DecideBenchmark

struct NotAnID: Error {}

func identifier<Resource>(_ number: Int, _ suffix: String) throws -> Identifier<Resource> {
    let digits = String(number)
    let text = String(repeating: "0", count: 32 - digits.utf8.count) + digits + suffix
    guard let id = Identifier<Resource>(text) else { throw NotAnID() }
    return id
}

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
                    .destination(DestinationCondition(tags: ["tag-\(number % 97 + 3)"])),
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

func subject(_ addresses: Int) throws -> Case {
    let body = """
        {"id":"\(try identifier(7, "atrx") as TransactionID)","account_id":"\(try identifier(1, "acct") as AccountID)",\
        "type":"WITHDRAWAL","state":"PENDING","amount":"-0.40000000","fee_amount":"0.00050000",\
        "fee_account_id":"\(try identifier(2, "acct") as AccountID)","address":"3D2oetdNuZUqQHPJmcMD\(addresses / 2)",\
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

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

let clock = ContinuousClock()
for (rules, addresses) in [
    (10, 1_000), (100, 1_000), (100, 10_000), (1_000, 10_000), (100, 100_000),
] {
    let policy = try policy(rules: rules, addresses: addresses, limits: 4)
    let subject = try subject(addresses)
    let now = UnixTime(milliseconds: 1_790_000_000_000)
    func decide() -> Decision {
        policy.decide(subject) { questions in
            questions.map {
                LimitUsage(
                    limit: $0.limit, key: $0.key, since: now, used: .zero(scale: 8), count: 3)
            }
        }
    }
    var checksum = 0
    for _ in 0..<200 { checksum += decide().reasons.count }
    let samples = (0..<50).map { _ in
        let elapsed = clock.measure { for _ in 0..<100 { checksum += decide().reasons.count } }
        return Double(elapsed.components.attoseconds) / 1e12 / 100
            + Double(elapsed.components.seconds) * 1e6 / 100
    }
    let text = String(Int(median(samples) * 100 + 0.5))
    let padded = String(repeating: "0", count: max(0, 3 - text.utf8.count)) + text
    print(
        "{\"benchmark\":\"decide\",\"rules\":\(rules),\"addresses\":\(addresses),"
            + "\"median_us\":\(padded.dropLast(2)).\(padded.suffix(2)),\"checksum\":\(checksum)}")
}
