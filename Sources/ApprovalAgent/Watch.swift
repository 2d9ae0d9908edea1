import ApprovalCore

/// A transaction that a list showed as PENDING and outgoing.
struct Listed: Hashable, Sendable {
    let id: TransactionID
    let account: PolicyAccount
    let createdAt: UnixTime?
}

/// Something in a list that could not be read.
struct Unreadable: Hashable, Sendable {
    let account: PolicyAccount
    /// Its place in the list, from 0.
    let index: Int
    /// The id under which it was listed; nil where it has none that can be read.
    let id: TransactionID?
    let problem: MalformedBody
}

/// What one account's list held.
struct Listing: Sendable {
    var listed: [Listed] = []
    var unreadable: [Unreadable] = []
}

/// Collects every page of an account's PENDING transactions before anything is acted on:
/// approving while paging by offset would skip items.
struct Watch: Sendable {
    /// Items on a page; a page that is not valid JSON is read again in halves, down to 1.
    static let pageSize = 64
    static let maximumItems = 100_000
    /// Places of one list that may be unreadable before the list itself is.
    static let maximumUnreadable = 64

    let custody: any Custody

    /// `next: null` is the only end; a page that jumps is an error, and so are pages that do not
    /// end: an empty or a repeated one counts like a full one.
    func pending(of account: PolicyAccount) async throws(CustodyError) -> Listing {
        var listing = Listing()
        var seen: Set<TransactionID> = []
        var page = 1
        let pages = ListPages { [custody] page, size throws(CustodyError) in
            try await custody.transactions(of: account, page: page, size: size)
        }
        while true {
            let part = try await pages.read(page: page, size: Self.pageSize)
            for (offset, item) in part.items.enumerated() {
                let index = (page - 1) * Self.pageSize + offset
                take(item, at: index, of: account, into: &listing, seen: &seen)
            }
            guard page * Self.pageSize <= Self.maximumItems || !part.goesOn else {
                throw .malformed(MalformedBody("more than \(Self.maximumItems) items"))
            }
            guard listing.unreadable.count <= Self.maximumUnreadable else {
                throw .malformed(
                    MalformedBody("more than \(Self.maximumUnreadable) unreadable items"))
            }
            guard part.goesOn else { return listing }
            page += 1
        }
    }

    /// An ignored filter widens nothing: type, state and account are checked on every item.
    private func take(
        _ item: ListPages.Item, at index: Int, of account: PolicyAccount,
        into listing: inout Listing,
        seen: inout Set<TransactionID>
    ) {
        func refuse(_ problem: MalformedBody, _ id: TransactionID?) {
            listing.unreadable.append(
                Unreadable(account: account, index: index, id: id, problem: problem))
        }
        switch item {
        case .broken(let problem): refuse(problem, nil)
        case .body(let body):
            let id = body["id"]?.text.flatMap(TransactionID.init)
            if let type = body["type"]?.text, TransactionType(rawValue: type) == nil { return }
            if let state = body["state"]?.text, !state.isVerbatim("PENDING") { return }
            do throws(MalformedBody) {
                let transaction = try Transaction(body: body)
                guard transaction.accountID == account.id else {
                    throw MalformedBody("account_id is not the account that was asked for")
                }
                guard seen.insert(transaction.id).inserted else { return }
                listing.listed.append(
                    Listed(
                        id: transaction.id, account: account, createdAt: transaction.createdAt))
            } catch {
                refuse(error, id)
            }
        }
    }
}

extension [Listed] {
    /// The order in which reservations are made: created_at, then id.
    var inOrder: [Listed] {
        sorted {
            let left = $0.createdAt?.milliseconds ?? .max
            let right = $1.createdAt?.milliseconds ?? .max
            return left == right ? $0.id < $1.id : left < right
        }
    }
}
