import AgentTestKit
import ApprovalAgent
import ApprovalCore

/// What windows hold, by the plainest means: a list of approvals, a walk over all of them, and
/// arithmetic of its own for the calendar.
struct WindowOracle {
    struct Approval {
        var number: Int
        var destination: String
        var units: Int128
        var isOpen = true
        var deliveredAt: Int64?
        var countedAt: Int64?
    }

    struct Use: Equatable {
        var since: Int64?
        var units: Int128
        var count: Int64
        var roomAfter: Int64?
    }

    static let hour: Int64 = 3_600_000
    static let day = 24 * hour

    let place: Place
    var lastSeen: Int64?
    var approvals: [Approval] = []

    init(_ place: Place) { self.place = place }

    func effective(_ now: Int64) -> Int64 { max(now, lastSeen ?? now) }

    /// now′ of a reading of the clock, which moves time on where it can be trusted.
    mutating func read(_ now: Int64, isTrusted: Bool) -> Int64 {
        guard isTrusted else { return lastSeen ?? now }
        lastSeen = effective(now)
        return effective(now)
    }

    mutating func take(_ step: Step, _ number: Int, at now: Int64) {
        guard let index = approvals.firstIndex(where: { $0.number == number && $0.isOpen })
        else { return }
        switch step {
        case .released: approvals.remove(at: index)
        case .delivered(let attempt):
            approvals[index].deliveredAt = max(
                effective(attempt.milliseconds),
                approvals[index].deliveredAt ?? attempt.milliseconds)
        case .confirmed, .failed:
            approvals[index].isOpen = false
            approvals[index].countedAt = approvals[index].deliveredAt ?? effective(now)
        case .requested, .asked, .signed, .conflict, .quarantined: break
        }
    }

    /// The use of one account, by the window's first moment and whether that one counts.
    func use(
        _ window: Window, at now: Int64, above least: Int128, to destination: String?,
        but own: Int, mostUnits: Int128?, mostCount: Int64?
    ) -> Use {
        let start = place.start(of: window, at: now)
        let counted = approvals.filter { approval in
            guard approval.units > least, approval.number != own else { return false }
            if let destination, approval.destination != destination { return false }
            guard let time = approval.countedAt, let start else { return true }
            return start.isIncluded ? time >= start.time : time > start.time
        }
        func fits(_ rest: [Approval]) -> Bool {
            rest.reduce(0) { $0 + $1.units } <= mostUnits ?? .max
                && Int64(rest.count) <= mostCount ?? .max
        }
        let room =
            fits(counted)
            ? nil
            : counted.compactMap(\.countedAt).sorted().first { time in
                fits(counted.filter { $0.countedAt.map { $0 > time } ?? true })
            }
        return Use(
            since: start?.time, units: counted.reduce(0) { $0 + $1.units },
            count: Int64(counted.count), roomAfter: room)
    }
}

extension WindowOracle {
    /// A place with its offsets from UTC, and a day on which its clocks are changed.
    struct Place: Sendable, CustomStringConvertible {
        let description: String
        let first: Int64
        let changes: [(from: Int64, offset: Int64)]
        let eve: Int64

        var rules: ZoneRules {
            ZoneRules(
                name: description, first: first / 1_000,
                transitions: changes.map {
                    .init(
                        from: UnixTime(milliseconds: $0.from), offsetSeconds: $0.offset / 1_000)
                })
        }

        private func offset(at time: Int64) -> Int64 {
            changes.last { $0.from <= time }?.offset ?? first
        }

        func start(of window: Window, at now: Int64) -> (time: Int64, isIncluded: Bool)? {
            switch window {
            case .total: nil
            case .rolling(let length): (now - length, false)
            case .calendar(.hour): (hour(at: now), true)
            case .calendar(.day): (midnight(at: now) { _ in true }, true)
            case .calendar(.week):
                // 1970-01-05 was a Monday.
                (midnight(at: now) { ($0 / WindowOracle.day - 4) % 7 == 0 }, true)
            case .calendar(.month):
                (
                    midnight(at: now) {
                        UnixTime(milliseconds: $0).description.utf8.dropFirst(7).starts(
                            with: "-01T".utf8)
                    }, true
                )
            }
        }

        private func hour(at now: Int64) -> Int64 {
            let local = now + offset(at: now)
            let start = local - local % WindowOracle.hour - offset(at: now)
            let change = changes.last { $0.from <= now }?.from ?? .min
            return max(start, change)
        }

        /// The last local midnight that is a first one: no clock here is changed at midnight.
        private func midnight(at now: Int64, isFirst: (_ local: Int64) -> Bool) -> Int64 {
            let local = now + offset(at: now)
            var midnight = local - local % WindowOracle.day
            while !isFirst(midnight) { midnight -= WindowOracle.day }
            let guess = midnight - offset(at: now)
            return midnight - offset(at: guess)
        }
    }

    static let places: [Place] = [
        Place(
            description: "Europe/Berlin", first: hour,
            changes: [(1_774_746_000_000, 2 * hour), (1_792_890_000_000, hour)],
            eve: 1_774_746_000_000 - 40 * hour),
        Place(
            description: "Europe/Berlin, autumn", first: hour,
            changes: [(1_774_746_000_000, 2 * hour), (1_792_890_000_000, hour)],
            eve: 1_792_890_000_000 - 40 * hour),
        Place(
            description: "Australia/Lord_Howe", first: 11 * hour,
            changes: [(1_775_314_800_000, 21 * hour / 2), (1_791_041_400_000, 11 * hour)],
            eve: 1_775_314_800_000 - 40 * hour),
        Place(
            description: "Australia/Lord_Howe, spring", first: 11 * hour,
            changes: [(1_775_314_800_000, 21 * hour / 2), (1_791_041_400_000, 11 * hour)],
            eve: 1_791_041_400_000 - 40 * hour),
    ]
}
