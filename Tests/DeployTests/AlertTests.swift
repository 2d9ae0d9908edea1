import Testing

/// The alert rules: valid, tested, explained.
struct AlertTests {
    @Test(.enabled(if: Tool.promtool.isInstalled, Tool.promtool.absence))
    func `promtool takes every rule`() throws {
        let check = try Tool.promtool.run(["check", "rules", Deployment.path("deploy/alerts.yml")])
        #expect(check.code == 0, "\(check.output)")
        let count = try Alert.all().count
        #expect(count > 30)
        #expect(check.output.contains("SUCCESS: \(count) rules found"), "\(check.output)")
    }

    @Test(.enabled(if: Tool.promtool.isInstalled, Tool.promtool.absence))
    func `each alert fires on its bad series, in its time, and not on the good one`() throws {
        let test = try Tool.promtool.run(
            ["test", "rules", Deployment.path("Tests/DeployTests/alerts_test.yml")])
        #expect(test.code == 0, "\(test.output)")
        #expect(test.output.contains("SUCCESS"), "\(test.output)")
    }

    @Test func `each alert is tested silent and firing`() throws {
        let groups = try Deployment.text("Tests/DeployTests/alerts_test.yml").split(
            separator: "  - name: ")
        for alert in try Alert.all() {
            let tests = groups.filter { $0.hasPrefix("\(alert.name)\n") }.joined()
            #expect(tests.contains("alertname=\"\(alert.name)\""), "\(alert.name) has no test")
            #expect(tests.contains("exp_samples: []"), "\(alert.name) is never seen silent")
            #expect(tests.contains("value: 1 }"), "\(alert.name) is never seen firing")
        }
    }

    @Test func `each alert has severity, summary, description and runbook`() throws {
        for alert in try Alert.all() {
            #expect(
                ["critical", "warning", "info"].contains(alert.value("severity")), "\(alert.name)")
            for annotation in ["summary", "description"] {
                let text = alert.value(annotation) ?? ""
                #expect(!text.isEmpty, "\(alert.name) has no \(annotation)")
            }
            #expect(
                alert.value("runbook") == "docs/operations.md#\(alert.name.lowercased())",
                "\(alert.name)")
        }
    }

    @Test func `the runbook has a section for each alert, and none for an alert that is not there`()
        throws
    {
        let page = try Deployment.text("docs/operations.md")
        let sections = page.matches(of: /\n### (Countersign\w+)\n\n[^\n]+/).map {
            String($0.output.1)
        }
        let alerts = try Alert.all().map(\.name)
        #expect(Set(sections) == Set(alerts))
        #expect(sections.count == alerts.count && Set(alerts).count == alerts.count)
    }

    @Test func `every link within the runbook leads to a heading`() throws {
        let page = try Deployment.text("docs/operations.md")
        let headings = page.matches(of: /\n#{2,3} ([^\n]+)/).map {
            $0.output.1.lowercased().replacing(" ", with: "-")
        }
        let links = page.matches(of: /\]\(#([a-z0-9-]+)\)/).map { String($0.output.1) }
        #expect(links.count > 10)
        #expect(Set(links).subtracting(headings) == [])
    }
}
