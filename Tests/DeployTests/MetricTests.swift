import Foundation
import Testing

/// What alerts and board ask for is what the documents say the agent tells.
struct MetricTests {
    /// Part of Grafana's model of a board, as far as it is judged here.
    private struct Board: Decodable {
        struct Panel: Decodable {
            struct Place: Decodable { let x, y, w, h: Int }
            struct Target: Decodable { let expr: String }
            let id: Int
            let type: String
            let title: String
            let gridPos: Place
            let targets: [Target]?
        }
        struct Variables: Decodable {
            struct Variable: Decodable { let name, type: String }
            let list: [Variable]
        }
        let schemaVersion: Int
        let templating: Variables
        let panels: [Panel]

        var expressions: [String] { panels.flatMap { $0.targets ?? [] }.map(\.expr) }

        static func read() throws -> Board {
            try JSONDecoder().decode(
                Board.self, from: Data(Deployment.text("deploy/grafana.json").utf8))
        }
    }

    @Test func `every metric of the alerts is documented`() throws {
        let documented = try Deployment.documentedMetrics()
        #expect(documented.count > 20)
        for alert in try Alert.all() {
            let used = Deployment.metrics(in: alert.expression)
            #expect(!used.isEmpty || alert.expression.contains("up{"), "\(alert.name)")
            #expect(used.subtracting(documented) == [], "\(alert.name)")
        }
    }

    @Test func `every metric of the board is documented`() throws {
        let documented = try Deployment.documentedMetrics()
        let expressions = try Board.read().expressions
        #expect(expressions.count > 20)
        for expression in expressions {
            let used = Deployment.metrics(in: expression)
            #expect(!used.isEmpty, "\(expression)")
            #expect(used.subtracting(documented) == [], "\(expression)")
        }
    }

    @Test func `every documented metric is on the board`() throws {
        let shown = Deployment.metrics(in: try Board.read().expressions.joined(separator: " "))
        #expect(try Deployment.documentedMetrics().subtracting(shown) == [])
    }

    @Test func `the board names its source by a variable, and no two panels share a place`() throws
    {
        let board = try Board.read()
        #expect(board.schemaVersion >= 39)
        #expect(
            board.templating.list.contains { $0.name == "datasource" && $0.type == "datasource" })
        let sources = try Deployment.text("deploy/grafana.json").matches(of: /"uid": "([^"]+)"/)
        #expect(Set(sources.map { String($0.output.1) }) == ["${datasource}", "countersign"])
        var taken: [String: String] = [:]
        for panel in board.panels {
            let place = panel.gridPos
            #expect(place.x + place.w <= 24, "\(panel.title)")
            for x in place.x..<(place.x + place.w) {
                for y in place.y..<(place.y + place.h) {
                    let other = taken.updateValue(panel.title, forKey: "\(x) \(y)")
                    #expect(other == nil, "\(panel.title) lies over \(other ?? "")")
                }
            }
        }
        #expect(Set(board.panels.map(\.id)).count == board.panels.count)
    }

    @Test func `the readiness checks that alerts name are documented`() throws {
        let page = try Deployment.text("docs/operations.md")
        let named = try Alert.all().flatMap {
            $0.expression.matches(of: /check="([a-z_]+)"/).map { String($0.output.1) }
        }
        let expected: Set = ["not_halted", "ledger_writable", "approval_key_registered"]
        #expect(Set(named).isSuperset(of: expected))
        for check in named { #expect(page.contains("\n| `\(check)` | "), "\(check)") }
    }
}
