/// One page of `GET …/transactions`, as parsed (guide, "Pagination").
package struct TransactionPage: Hashable, Sendable {
    /// The items in the platform's order; each is judged on its own.
    package let items: [JSONValue]
    /// The number of the next page; nil where the platform says that there is none.
    package let next: Int?

    /// Reads a page. A body without `pagination`, or whose `next` is missing or neither null nor
    /// a whole number, is refused: `next: null` is the only end of a list.
    package init(bytes: [UInt8]) throws(MalformedBody) {
        let body = try JSONValue.parse(body: bytes)
        guard let items = body["items"]?.elements else {
            throw MalformedBody("items is not an array")
        }
        guard let pagination = body["pagination"], let next = pagination["next"] else {
            throw MalformedBody("pagination.next is missing")
        }
        self.items = items
        if next == .null {
            self.next = nil
        } else if let number = next.integer.flatMap(Int.init(exactly:)) {
            self.next = number
        } else {
            throw MalformedBody("pagination.next is neither null nor a page")
        }
    }

    package init(items: [JSONValue], next: Int?) {
        self.items = items
        self.next = next
    }
}
