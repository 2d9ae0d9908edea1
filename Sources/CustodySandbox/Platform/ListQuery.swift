import Foundation

/// Filter, order and page of a list, as the guide's query parameters say.
struct ListQuery: Sendable {
    enum Condition: Sendable {
        case among([String])
        case compared(Comparison, String)
    }

    enum Comparison: String, Sendable { case gt, gte, lt, lte }

    struct Filter: Sendable {
        let attribute: String
        let condition: Condition
    }

    struct Order: Sendable {
        let attribute: String
        let descending: Bool
    }

    var filters: [Filter] = []
    var orders: [Order] = []
    var page = 1
    var size = 100

    /// Why a query is refused: the parameter at fault.
    struct Invalid: Error { let parameter: String }

    init(_ query: Substring, maxSize: Int) throws(Invalid) {
        var sets: [(attribute: String, values: [String])] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0], of: pair)
            let value = try Self.decoded(parts.count > 1 ? parts[1] : "", of: pair)
            let keys = name.split(separator: "[", omittingEmptySubsequences: false)
                .map { $0.hasSuffix("]") ? String($0.dropLast()) : String($0) }
            switch (keys[0], keys.count) {
            case ("filter", 2):
                filters.append(.init(attribute: keys[1], condition: .among([value])))
            case ("filter", 3) where keys[2].isEmpty:
                if let index = sets.firstIndex(where: { $0.attribute == keys[1] }) {
                    sets[index].values.append(value)
                } else {
                    sets.append((keys[1], [value]))
                }
            case ("filter", 3):
                guard let comparison = Comparison(rawValue: keys[2]) else {
                    throw Invalid(parameter: name)
                }
                filters.append(
                    .init(attribute: keys[1], condition: .compared(comparison, value)))
            case ("sort", 1), ("sort", 2): orders.append(try Self.order(value))
            case ("pagination", 2) where keys[1] == "page": page = try Self.positive(value, name)
            case ("pagination", 2) where keys[1] == "size": size = try Self.positive(value, name)
            default: throw Invalid(parameter: name)
            }
        }
        if size > maxSize { throw Invalid(parameter: "pagination[size]") }
        filters += sets.map { Filter(attribute: $0.attribute, condition: .among($0.values)) }
    }

    private static func decoded(
        _ text: Substring, of pair: Substring
    ) throws(Invalid) -> String {
        let spaced = text.contains("+") ? text.replacing("+", with: " ") : text
        guard let decoded = spaced.removingPercentEncoding else {
            throw Invalid(parameter: String(pair))
        }
        return decoded
    }

    private static func positive(_ text: String, _ name: String) throws(Invalid) -> Int {
        guard let number = Int(text), number > 0, number <= 1_000_000_000 else {
            throw Invalid(parameter: name)
        }
        return number
    }

    private static func order(_ text: String) throws(Invalid) -> Order {
        let words = text.split(separator: " ")
        guard let attribute = words.first, words.count <= 2 else {
            throw Invalid(parameter: "sort[]")
        }
        switch words.count == 2 ? words[1] : "asc" {
        case "asc": return Order(attribute: String(attribute), descending: false)
        case "desc": return Order(attribute: String(attribute), descending: true)
        default: throw Invalid(parameter: "sort[]")
        }
    }

    /// The states asked for; nil where any will do.
    var states: [String]? {
        for filter in filters where filter.attribute == "state" {
            if case .among(let states) = filter.condition { return states }
        }
        return nil
    }

    /// Whether the order is by `created_at` and then by id ascending; its direction, or nil.
    var descendingByTime: Bool? {
        guard let first = orders.first else { return true }
        guard first.attribute == "created_at" else { return nil }
        switch orders.count {
        case 1: return first.descending
        case 2 where orders[1].attribute == "id" && !orders[1].descending:
            return first.descending
        default: return nil
        }
    }

    func matches(_ members: [JSON.Member]) -> Bool {
        filters.allSatisfy { filter in
            let value = members.text(filter.attribute)
            switch filter.condition {
            case .among(let values): return value.map(values.contains) ?? false
            case .compared(let comparison, let bound):
                guard let value else { return false }
                switch comparison {
                case .gt: return value > bound
                case .gte: return value >= bound
                case .lt: return value < bound
                case .lte: return value <= bound
                }
            }
        }
    }

    /// One page of rows, and whether another follows.
    func page(of rows: [[JSON.Member]]) -> (rows: [[JSON.Member]], more: Bool) {
        let found = rows.filter(matches).sorted(by: precedes)
        let start = min(found.count, (page - 1) * size)
        let end = min(found.count, start + size)
        return (Array(found[start..<end]), end < found.count)
    }

    /// Whether the first comes before the second in the order asked for, and at last by id.
    func precedes(_ first: [JSON.Member], _ second: [JSON.Member]) -> Bool {
        let keys = orders.isEmpty ? [Order(attribute: "created_at", descending: true)] : orders
        for order in keys {
            let one = first.text(order.attribute) ?? ""
            let other = second.text(order.attribute) ?? ""
            if one != other { return order.descending ? one > other : one < other }
        }
        return first.text("id") ?? "" < second.text("id") ?? ""
    }
}
