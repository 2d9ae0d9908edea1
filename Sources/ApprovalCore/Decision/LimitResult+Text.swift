extension LimitResult {
    /// "0.4 BTC on top of 1.7 BTC approved since 2026-10-01 09:14 UTC would exceed 2 BTC (limit …);
    /// room for 0.4 BTC returns 2026-10-02 09:14 UTC".
    var sentence: String {
        let unclear = "limit \(id) cannot be computed, so it counts as exceeded"
        guard let usage, usage.isSound else { return unclear }
        let since = usage.since.map { " since \($0.minute) UTC" } ?? " at any time"
        if let this, let maxAmount, this.isAtMost(maxAmount) != true {
            return "\(this.short) \(asset) alone exceeds \(maxAmount.short) \(asset) (limit \(id))"
        }
        if let maxCount, usage.count >= maxCount {
            return "one more on top of \(usage.count) approved\(since) would exceed \(maxCount) "
                + "(limit \(id)); \(room("one more"))"
        }
        guard let this, let maxAmount else { return unclear }
        let amount = "\(this.short) \(asset)"
        return "\(amount) on top of \(usage.used.short) \(asset) approved\(since) would exceed "
            + "\(maxAmount.short) \(asset) (limit \(id)); \(room(amount))"
    }

    private func room(_ what: String) -> String {
        if let roomAt { return "room for \(what) returns \(roomAt.nextMinute) UTC" }
        return window == .total
            ? "this room never returns by itself"
            : "room for \(what) returns only after what is under way is settled"
    }

    /// `{"id","key","used","this","max","count","max_count","exceeded","room_at"}`; what a limit
    /// does not bound is left out, what could not be computed is null.
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
        if let roomAt { members.append(JSONMember("room_at", .string(roomAt.description))) }
        return .object(members)
    }
}

extension PatternResult {
    /// "the 3rd payment …" in the officer's words.
    var sentence: String {
        guard let usage else { return "pattern \(id) cannot be computed, so it counts as seen" }
        let since = usage.since.map { " since \($0.minute) UTC" } ?? ""
        return "\(usage.count) just below a cap were approved\(since), and this is one more: "
            + "pattern \(id) looks at \(countAtLeast) and more"
    }

    /// `{"id","key","count","count_at_least","seen"}`; what could not be computed is null.
    package var json: JSONValue {
        .object([
            JSONMember("id", .string(id)), JSONMember("key", .optional(key)),
            JSONMember("count", usage.map { .integer($0.count) } ?? .null),
            JSONMember("count_at_least", .integer(countAtLeast)),
            JSONMember("seen", .bool(isSeen)),
        ])
    }
}

extension GuardResult {
    /// `{"id","match"}`.
    package var json: JSONValue {
        .object([
            JSONMember("id", .string(guarding.rawValue)), JSONMember("match", .string(match.word)),
        ])
    }
}

extension UnixTime {
    /// As ``minute``, and the next one where it is not a whole minute: for a time from which on
    /// something holds.
    package var nextMinute: String {
        milliseconds % 60_000 == 0 ? minute : advanced(byMilliseconds: 59_999).minute
    }
}

extension Int64 {
    /// Milliseconds as a policy writes them: "2h", "30m", "1d".
    var asDuration: String {
        for (unit, length) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000)]
        where self % length == 0 && self != 0 {
            return "\(self / length)\(unit)"
        }
        return "\(self / 1_000)s"
    }
}
