extension LimitResult {
    /// "0.4 BTC on top of 1.7 BTC approved since 2026-10-01 11:14 would exceed 2 BTC (limit …)".
    var sentence: String {
        guard let usage else { return "limit \(id) cannot be computed, so it counts as exceeded" }
        if let maxCount, usage.count >= maxCount {
            return "one more on top of \(usage.count) approved since \(usage.since.minute) UTC "
                + "would exceed \(maxCount) (limit \(id))"
        }
        guard let this, let maxAmount else {
            return "limit \(id) cannot be computed, so it counts as exceeded"
        }
        return "\(this.short) \(asset) on top of \(usage.used.short) \(asset) approved since "
            + "\(usage.since.minute) UTC would exceed \(maxAmount.short) \(asset) (limit \(id))"
    }

    /// `{"id","key","used","this","max","count","max_count","exceeded"}`; what a limit does not
    /// bound is left out, what could not be computed is null.
    package var json: JSONValue {
        var members = [
            JSONMember("id", .string(id)),
            JSONMember("key", .optional(key)),
            JSONMember("used", .optional(usage?.used.description)),
            JSONMember("this", .optional(this?.description)),
            JSONMember("max", .optional(maxAmount?.description)),
        ]
        if let maxCount {
            members.append(JSONMember("count", usage.map { .integer($0.count) } ?? .null))
            members.append(JSONMember("max_count", .integer(maxCount)))
        }
        members.append(JSONMember("exceeded", .bool(exceeded)))
        return .object(members)
    }
}
