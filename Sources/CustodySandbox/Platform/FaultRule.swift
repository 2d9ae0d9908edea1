import Foundation

/// A fault of the transport or the platform, switched on through `/sandbox/faults`.
struct FaultRule: Sendable {
    enum Moment: String, Sendable, CaseIterable { case before, after }

    enum Fault: Sendable {
        case latency(milliseconds: Int)
        case status(Int, retryAfter: Int?, body: JSON?, Moment)
        case drop(Moment)
        case truncate(Moment)
    }

    enum Kind: String, Sendable, CaseIterable { case latency, status, drop, truncate }

    /// The rule as it was given.
    let spec: JSON
    let fault: Fault
    private let method: String?
    private let endpoint: Endpoint?
    private let pattern: NSRegularExpression?
    private let probability: Double
    private let times: Int?
    private let after: Int
    var seen = 0
    var used = 0

    init(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(
            json, at: place, accepts: ["match", "probability", "times", "after", "fault"])
        let match = try Fields(
            fields["match"] ?? [:], at: "\(place).match",
            accepts: ["method", "path_regex", "endpoint"])
        spec = json
        method = try match.text("method")
        endpoint = try match.choice("endpoint", Endpoint.self)
        if let text = try match.text("path_regex") {
            guard let compiled = try? NSRegularExpression(pattern: text) else {
                throw ControlError("\(place).match.path_regex: no regular expression")
            }
            pattern = compiled
        } else {
            pattern = nil
        }
        probability = try fields.fraction("probability") ?? 1
        times = try fields.count("times")
        after = try fields.count("after") ?? 0
        fault = try Self.fault(fields.requiredValue("fault"), at: "\(place).fault")
    }

    private static func fault(_ json: JSON, at place: String) throws(ControlError) -> Fault {
        let fields = try Fields(
            json, at: place,
            accepts: ["kind", "milliseconds", "status", "retry_after", "body", "when"])
        let moment = try fields.choice("when", Moment.self)
        guard let kind = try fields.choice("kind", Kind.self) else {
            throw ControlError("\(place).kind: expected latency, status, drop or truncate")
        }
        switch kind {
        case .latency: return .latency(milliseconds: try fields.count("milliseconds") ?? 0)
        case .status:
            guard let status = try fields.count("status"), (200...599).contains(status) else {
                throw ControlError("\(place).status: expected 200 to 599")
            }
            return .status(
                status, retryAfter: try fields.count("retry_after"), body: fields["body"],
                moment ?? .before)
        case .drop: return .drop(moment ?? .before)
        case .truncate: return .truncate(moment ?? .after)
        }
    }

    /// Whether the rule strikes this request; counts what it sees.
    mutating func strikes(
        _ request: ReceivedRequest, _ called: Endpoint?, chances: inout SeededGenerator
    ) -> Bool {
        if let method, method != request.method { return false }
        if let endpoint, endpoint != called { return false }
        if let pattern {
            let range = NSRange(request.target.startIndex..., in: request.target)
            if pattern.firstMatch(in: request.target, range: range) == nil { return false }
        }
        seen += 1
        if seen <= after { return false }
        if let times, used >= times { return false }
        if probability < 1, Double.random(in: 0..<1, using: &chances) >= probability {
            return false
        }
        used += 1
        return true
    }

    var json: JSON { ["rule": spec, "seen": .integer(seen), "used": .integer(used)] }
}
