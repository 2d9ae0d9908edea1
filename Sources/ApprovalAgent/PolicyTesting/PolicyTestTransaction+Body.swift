package import ApprovalCore

/// Ids and references that no transaction of a suite has: the same in every run.
struct FreshNames {
    private let taken: Set<String>
    private var number = 0

    init(beside transactions: [PolicyTestTransaction]) {
        taken = Set(
            transactions.flatMap(\.fields).filter { ["id", "reference"].contains($0.name) }
                .compactMap(\.value.text))
    }

    /// The next id and reference.
    mutating func next() -> (id: String, reference: String) {
        while true {
            number += 1
            let digits = String(number)
            let zeros = String(repeating: "0", count: max(0, 28 - digits.utf8.count))
            let (id, reference) = ("test" + zeros + digits + "atrx", "test-" + digits)
            if !taken.contains(id), !taken.contains(reference) { return (id, reference) }
        }
    }
}

extension PolicyTestTransaction {
    /// How long before its step a transaction was created that does not say when.
    private static let age: Int64 = 60_000

    /// The body that the platform would show at this time: what the test does not give is filled
    /// in.
    func body(at now: UnixTime, _ fresh: inout FreshNames) -> JSONValue {
        let (id, reference) = fresh.next()
        var members = fields
        func fill(_ name: String, _ value: JSONValue?) {
            guard let value, self[name] == nil else { return }
            members.append(JSONMember(name, value))
        }
        fill("id", .string(id))
        fill("reference", .string(reference))
        fill("state", .string(TransactionState.pending.rawValue))
        fill("created_at", .string(now.advanced(byMilliseconds: -Self.age).description))
        if self["type"]?.text == TransactionType.transferOutgoing.rawValue {
            fill("sender_account_id", self["account_id"])
        }
        return .object(members)
    }

    /// A field that is given.
    package subscript(name: String) -> JSONValue? {
        fields.first { $0.name == name }?.value
    }

    /// What it takes from limits if it was approved; refused where that cannot be said.
    package func exposure(under policy: Policy) throws(MalformedBody) -> Exposure {
        var fresh = FreshNames(beside: [])
        let body = body(at: UnixTime(milliseconds: 0), &fresh)
        return try Transaction(body: body).exposure(under: policy)
    }
}

extension Transaction {
    /// What it takes from limits, whatever the policy's rules say of it.
    func exposure(under policy: Policy) throws(MalformedBody) -> Exposure {
        guard let source = policy.account(accountID) else {
            throw MalformedBody("account_id is no account of this policy")
        }
        let payer = field("fee_account_id").text
        let feeAsset = (payer.flatMap(AccountID.init).flatMap(policy.account) ?? source).asset
        guard let amount = field("amount").amount(of: source.asset), amount.isNegative,
            let sent = amount.negated
        else { throw MalformedBody("amount is not an amount below zero") }
        guard let fee = field("fee_amount").amount(of: feeAsset), !fee.isNegative else {
            throw MalformedBody("fee_amount is not an amount of zero or more")
        }
        guard let destination = field(type.destinationField).text, !destination.isEmpty else {
            throw MalformedBody("\(type.destinationField) is missing")
        }
        return Exposure(
            type: type, accountID: accountID, destination: destination, sent: sent, fee: fee,
            feeAccount: payer, reference: field("reference").text)
    }
}

extension Field {
    fileprivate func amount(of asset: PolicyAsset) -> Amount? {
        text.flatMap { try? Amount($0, precision: asset.precision) }
    }
}
