import Foundation
import Testing

/// The systemd unit: what it may do, and how it ends and begins.
struct UnitTests {
    private let settings: [String]

    init() throws {
        settings = try Deployment.statements("deploy/countersign.service")
    }

    private func values(_ key: String) -> [String] {
        settings.filter { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    @Test(.enabled(if: Tool.systemdAnalyze.isInstalled, Tool.systemdAnalyze.absence))
    func `the unit's exposure is at most 1.5`() throws {
        let report = try Tool.systemdAnalyze.run([
            "security", "--offline=true", "--no-pager",
            Deployment.path("deploy/countersign.service"),
        ])
        let exposure = report.output.firstMatch(of: /exposure level for \S+: ([0-9.]+)/)
        let level = try #require(
            exposure.flatMap { Double($0.output.1) }, "no level in: \(report.output)")
        #expect(level <= 1.5, "\(report.output)")
    }

    /// Where the program is not installed, systemd has nothing else to find fault with.
    @Test(.enabled(if: Tool.systemdAnalyze.isInstalled, Tool.systemdAnalyze.absence))
    func `systemd reads the unit without a complaint`() throws {
        let folder = URL.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let unit = folder.appending(path: "countersign.service")
        try Deployment.text("deploy/countersign.service")
            .replacing("/usr/local/bin/countersign", with: "/bin/true")
            .write(to: unit, atomically: true, encoding: .utf8)
        let report = try Tool.systemdAnalyze.run(["verify", "--man=no", unit.path])
        #expect(!report.output.contains("countersign.service"), "\(report.output)")
        #expect(report.code == 0, "\(report.output)")
    }

    @Test func `the user that the unit names is the one that is created`() throws {
        let user = try #require(values("User").first)
        #expect(user != "root")
        let created = try Deployment.statements("deploy/countersign.sysusers.conf")
        #expect(created.count == 1)
        let words = created.joined().split(whereSeparator: \.isWhitespace)
        #expect(words.prefix(2) == ["u", user[...]] && words.last == "/usr/sbin/nologin")
    }

    @Test func `the unit writes to its state folder alone, and dumps nothing`() {
        #expect(values("ProtectSystem") == ["strict"])
        #expect(values("StateDirectory") == ["countersign"])
        #expect(values("StateDirectoryMode") == ["0700"])
        #expect(values("ReadWritePaths").isEmpty && values("LoadCredential").isEmpty)
        #expect(values("LimitCORE") == ["0"])
        #expect(values("CapabilityBoundingSet") == [""])
    }

    @Test func `it tells when it is ready, and an invalid configuration is not tried again`() {
        #expect(values("Type") == ["notify"])
        #expect(values("WatchdogSec") == ["2min"])
        #expect(values("ExecReload") == ["/bin/kill -HUP $MAINPID"])
        #expect(values("Restart") == ["on-failure"])
        #expect(values("RestartPreventExitStatus") == ["2 3 64"])
        #expect(values("StartLimitBurst") == ["30"])
    }
}
