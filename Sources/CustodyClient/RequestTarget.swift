package import ApprovalCore

/// Path and query of one request, as ASCII text that is built once: these bytes are signed, and
/// these bytes are sent.
package struct RequestTarget: Hashable, Sendable, CustomStringConvertible {
    /// Begins with `/` and holds only unreserved characters, `/`, `?`, `=`, `&` and `%XX`.
    package let text: String

    package var description: String { text }

    /// `path` is made of constants and checked identifiers; names and values of the query may be
    /// any text and are percent-encoded.
    package init(base: BaseURL, path: String, query: [(name: String, value: String)] = []) {
        let pairs = query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
        text = base.path + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    /// RFC 3986, section 2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The resources that the agent uses (guide, "Accounts", "Transactions", "Assets",
/// "ApprovalMethods", "ApprovalRequests").
extension RequestTarget {
    /// One page of an account's PENDING outgoing transactions, oldest first; `page` counts from 1.
    package static func pendingTransactions(
        of account: PolicyAccount, page: Int, size: Int, base: BaseURL
    ) -> RequestTarget {
        let types = TransactionType.allCases.map { (name: "filter[type][]", value: $0.rawValue) }
        return RequestTarget(
            base: base, path: "\(path(of: account))/transactions",
            query: [(name: "filter[state]", value: TransactionState.pending.rawValue)] + types + [
                (name: "sort[]", value: "created_at asc"),
                (name: "pagination[page]", value: String(page)),
                (name: "pagination[size]", value: String(size)),
            ])
    }

    /// One page of an account's outgoing transactions in any state, oldest first, created at
    /// `since` or later; `page` counts from 1.
    package static func history(
        of account: PolicyAccount, since: UnixTime?, page: Int, size: Int, base: BaseURL
    ) -> RequestTarget {
        let types = TransactionType.allCases.map { (name: "filter[type][]", value: $0.rawValue) }
        let earliest = since.map { [(name: "filter[created_at][gte]", value: $0.wholeSecond)] }
        return RequestTarget(
            base: base, path: "\(path(of: account))/transactions",
            query: types + (earliest ?? []) + [
                (name: "sort[]", value: "created_at asc"), (name: "sort[]", value: "id asc"),
                (name: "pagination[page]", value: String(page)),
                (name: "pagination[size]", value: String(size)),
            ])
    }

    /// One page of an entity's accounts; `page` counts from 1.
    package static func accounts(
        of entity: EntityID, page: Int, size: Int, base: BaseURL
    ) -> RequestTarget {
        RequestTarget(
            base: base, path: "/entities/\(entity)/accounts",
            query: [
                (name: "pagination[page]", value: String(page)),
                (name: "pagination[size]", value: String(size)),
            ])
    }

    /// One transaction.
    package static func transaction(
        _ id: TransactionID, of account: PolicyAccount, base: BaseURL
    ) -> RequestTarget {
        RequestTarget(base: base, path: "\(path(of: account))/transactions/\(id)")
    }

    /// One account.
    package static func account(_ account: PolicyAccount, base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: path(of: account))
    }

    /// One asset.
    package static func asset(_ id: AssetID, base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: "/assets/\(id)")
    }

    /// One approval method of an entity.
    package static func approvalMethod(
        _ id: ApprovalMethodID, of entity: EntityID, base: BaseURL
    ) -> RequestTarget {
        RequestTarget(base: base, path: "/entities/\(entity)/approval_methods/\(id)")
    }

    /// Every approval method of an entity.
    package static func approvalMethods(of entity: EntityID, base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: "/entities/\(entity)/approval_methods")
    }

    /// One entity.
    package static func entity(_ id: EntityID, base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: "/entities/\(id)")
    }

    /// The tier that an entity is in.
    package static func tier(of entity: EntityID, base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: "/entities/\(entity)/tier")
    }

    /// Where approval requests are created.
    package static func approvalRequests(base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: "/approval_requests")
    }

    /// One approval request.
    package static func approvalRequest(
        _ id: ApprovalRequestID, base: BaseURL
    ) -> RequestTarget {
        RequestTarget(base: base, path: "/approval_requests/\(id)")
    }

    /// Where an approval request is answered.
    package static func approval(of id: ApprovalRequestID, base: BaseURL) -> RequestTarget {
        RequestTarget(base: base, path: "/approval_requests/\(id)/approve")
    }

    /// Where a transaction is cancelled.
    package static func cancellation(
        of id: TransactionID, of account: PolicyAccount, base: BaseURL
    ) -> RequestTarget {
        RequestTarget(base: base, path: "\(path(of: account))/transactions/\(id)/cancel")
    }

    private static func path(of account: PolicyAccount) -> String {
        "/entities/\(account.entityID)/accounts/\(account.id)"
    }
}

extension UnixTime {
    /// As the guide writes a time in a filter, cut down to its second.
    fileprivate var wholeSecond: String { description.prefix(19) + "Z" }
}
