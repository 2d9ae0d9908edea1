import ApprovalCore

/// A list of the platform's, read page by page; a page that is not valid JSON is read again in
/// halves, down to 1.
struct ListPages: Sendable {
    /// One place of the list.
    enum Item: Sendable {
        case body(JSONValue)
        case broken(MalformedBody)
    }

    /// One page, however many requests it took.
    struct Part: Sendable {
        var items: [Item]
        /// Whether a next page is to be read: the platform says so, or its answer was unreadable.
        var goesOn: Bool
    }

    let load: @Sendable (_ page: Int, _ size: Int) async throws(CustodyError) -> TransactionPage

    /// `next: null` is the only end; a page that jumps or is too long is an error.
    func read(page: Int, size: Int) async throws(CustodyError) -> Part {
        do throws(CustodyError) {
            let read = try await load(page, size)
            guard read.items.count <= size else {
                throw CustodyError.malformed(MalformedBody("a page holds more than was asked"))
            }
            if let next = read.next, next != page + 1 {
                throw CustodyError.malformed(
                    MalformedBody("pagination.next of page \(page) is \(next)"))
            }
            return Part(items: read.items.map(Item.body), goesOn: read.next != nil)
        } catch {
            guard case .malformed(let problem) = error, problem.isNotJSON else { throw error }
            guard size > 1 else { return Part(items: [.broken(problem)], goesOn: true) }
            return try await halves(page: page, size: size / 2)
        }
    }

    /// Page k of twice the size is pages 2k−1 and 2k.
    private func halves(page: Int, size: Int) async throws(CustodyError) -> Part {
        var part = try await read(page: page * 2 - 1, size: size)
        guard part.goesOn else { return part }
        let second = try await read(page: page * 2, size: size)
        part.items += second.items
        part.goesOn = second.goesOn
        return part
    }
}
