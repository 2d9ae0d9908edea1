import AgentTestKit
import ApprovalCore
import Foundation
import PolicyYAML
import Testing

struct ZoneRulesTests {
    @Test(arguments: [
        "UTC", "GMT", "Europe/Berlin", "Europe/Kyiv", "Europe/Kiev", "Asia/Kolkata",
        "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Etc/UTC", "US/Pacific",
        "Pacific/Chatham",
    ])
    func `a name of the zone database is known and kept as it was written`(name: String) throws {
        #expect(try #require(ZoneRules(named: name)).name == name)
    }

    @Test(arguments: [
        "", " ", "CET", "EST", "MST", "PST", "JST", "IST", "CEST", "GMT+2", "UTC+3", "GMT+02:00",
        "+02:00", "Z", "utc", "europe/berlin", "EUROPE/BERLIN", "Europe/Berlin ", " Europe/Berlin",
        "Europe/", "/Berlin", "Europe/Berlin/", "Europe//Berlin", "Europe/Atlantis", "Berlin",
        "Etc/Unknown", "SystemV/EST5EDT", "../Europe/Berlin", "Europe/../Europe/Berlin",
        "Europe/Berlin\0", "Europe/Berli\u{301}n", "posixrules", "Factory", "localtime",
    ])
    func `an abbreviation, an offset or another spelling is no zone`(name: String) {
        #expect(ZoneRules(named: name) == nil)
    }

    @Test func `a name longer than any zone's is refused`() {
        #expect(ZoneRules(named: "Europe/" + String(repeating: "B", count: 100_000)) == nil)
    }

    @Test func `loading a zone takes less than 50 milliseconds`() {
        let took = ContinuousClock().measure {
            #expect(ZoneRules(named: "Africa/Casablanca") != nil)
        }
        #expect(took < .milliseconds(50))
    }

    @Test(arguments: ZoneOracle.zones)
    func `every window is the one that the calendar shows`(name: String) throws {
        let rules = try #require(ZoneRules(named: name))
        let oracle = try #require(ZoneOracle(name: name))
        let moments = oracle.moments(seed: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        #expect(moments.count >= 1_000)
        var wrong: [String] = []
        for moment in moments {
            let civil = rules.civil(at: moment)
            wrong += oracle.differences(civil, at: moment)
            if wrong.count > 5 { break }
        }
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
    }
}
