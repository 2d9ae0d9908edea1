internal import ApprovalCore
private import Foundation

extension ZoneRules {
    /// The zone that was likely meant by a name that is none.
    static func nearestName(to name: String) -> String? {
        NearestKey.of(name, in: TimeZone.knownTimeZoneIdentifiers)
    }
}
