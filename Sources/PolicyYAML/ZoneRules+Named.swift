package import ApprovalCore
internal import Foundation

extension ZoneRules {
    /// The rules of a zone of the IANA time zone database from 2000 to 2100, by its exact name:
    /// `Europe/Berlin`, `UTC`. Before and after these years the nearest offset holds. Nil for
    /// abbreviations (`CET`, `EST`), for offsets (`GMT+2`) and for what is no such name.
    ///
    /// The data are those that Foundation was built with; no file of the system is needed.
    package init?(named name: String) {
        if name.utf8.elementsEqual("UTC".utf8) {
            self.init(name: name, first: 0, transitions: [])
            return
        }
        guard Self.isZoneName(name), let zone = TimeZone(identifier: name),
            zone.identifier.utf8.elementsEqual(name.utf8)
        else { return nil }
        let start = Date(timeIntervalSince1970: 946_684_800)
        let end = Date(timeIntervalSince1970: 4_133_980_800)
        var transitions: [Transition] = []
        var last = start
        while transitions.count < Self.maximumTransitions,
            let next = zone.nextDaylightSavingTimeTransition(after: last), next > last, next < end
        {
            transitions.append(
                Transition(
                    from: UnixTime(
                        milliseconds: Int64((next.timeIntervalSince1970 * 1_000).rounded())),
                    offsetSeconds: Int64(zone.secondsFromGMT(for: next))))
            last = next
        }
        self.init(
            name: name, first: Int64(zone.secondsFromGMT(for: start)), transitions: transitions)
    }

    /// Some ten a year; the busiest zones have four.
    private static let maximumTransitions = 1_000

    /// The first parts of the names in the IANA database, those kept for old uses included.
    private static let areas: Set<String> = [
        "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil",
        "Canada", "Chile", "Etc", "Europe", "Indian", "Mexico", "Pacific", "US",
    ]

    private static func isZoneName(_ name: String) -> Bool {
        guard name.utf8.count <= 64, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return false
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 1 { return areas.contains(String(parts[0])) }
        return TimeZone.knownTimeZoneIdentifiers.contains(name)
    }
}
