import Foundation
import Listener
import Testing

struct MetricsTextTests {
    private static let families: [MetricFamily] = [
        MetricFamily(
            name: "countersign_stage_duration_seconds", help: "How long a stage took.",
            kind: .histogram,
            samples: [
                .init(
                    .init(upperBounds: [0.01, 0.1, 1], counts: [3, 0, 2, 1], sum: 4.75),
                    .init("stage", "sign")),
                .init(.init(upperBounds: [0.5], counts: [], sum: 0), .init("stage", "read")),
            ]),
        MetricFamily(
            name: "countersign_decisions_total", help: "Decisions, by action\\mode\nand \"kind\".",
            kind: .counter,
            samples: [
                .init(3, .init("action", "allow"), .init("mode", "live")),
                .init(0, .init("action", "a\"b\\c\nd\u{E9}}{,= "), .init("mode", "")),
            ]),
        MetricFamily(
            name: "countersign_clock_skew_seconds", help: "Skew.", kind: .gauge,
            samples: [.init(.number(-0.125), labels: [])]),
    ]

    @Test func `what is rendered reads back as what went in`() throws {
        let text = MetricsText(Self.families).text
        let read = try PrometheusText(text)
        #expect(read.names == read.names.sorted())
        #expect(read.types.count == 3)
        #expect(read.types["countersign_decisions_total"] == "counter")
        #expect(
            read.help["countersign_decisions_total"] == #"Decisions, by action\\mode\nand "kind"."#)
        let decisions = read.samples.filter { $0.name == "countersign_decisions_total" }
        #expect(decisions.map(\.value) == ["3", "0"])
        #expect(decisions[1].labels == ["action": "a\"b\\c\nd\u{E9}}{,= ", "mode": ""])
        #expect(read.samples.first?.value == "-0.125")
    }

    @Test func `buckets of a histogram add up to its count`() throws {
        let read = try PrometheusText(MetricsText(Self.families).text)
        let sign = read.samples.filter { $0.labels["stage"] == "sign" }
        #expect(sign.compactMap { $0.labels["le"] } == ["0.01", "0.1", "1", "+Inf"])
        #expect(sign.map(\.value) == ["3", "3", "5", "6", "4.75", "6"])
        #expect(sign.suffix(2).map(\.name.description).allSatisfy { !$0.hasSuffix("_bucket") })
        let read2 = read.samples.filter { $0.labels["stage"] == "read" }
        #expect(read2.map(\.value) == ["0", "0", "0", "0"])
    }

    @Test(arguments: [
        (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-0.0, "0"),
        (1e300, "1e+300"), (0.1, "0.1"), (123_456_789, "123456789"),
        (.leastNonzeroMagnitude, "5e-324"),
    ])
    func `every number can be read`(number: Double, expected: String) throws {
        let family = MetricFamily(name: "x", help: "", kind: .gauge, samples: [.init(number)])
        #expect(try PrometheusText(MetricsText([family]).text).samples.map(\.value) == [expected])
    }

    @Test func `a name that cannot be is made one, and a name given twice is shown once`() throws {
        let families = ["1 bad-name\n", "", "1 bad-name\n", "\u{E4}:b"].map {
            MetricFamily(
                name: $0, help: "line\nfeed", kind: .gauge,
                samples: [.init(1, .init("le:x", $0), .init("9", "9"))])
        }
        let read = try PrometheusText(MetricsText(families).text)
        #expect(read.names == ["_", "_1_bad_name_", "__:b"])
        #expect(read.samples.count == 4)
        #expect(read.samples.first?.labels == ["le_x": "", "_9": "9"])
    }

    @Test func `nothing to show is an empty text`() throws {
        #expect(MetricsText([]).text == "")
        let read = try PrometheusText(
            MetricsText([.init(name: "a", help: "b", kind: .counter, samples: [])]).text)
        #expect(read.names == ["a"])
        #expect(read.samples == [])
    }

    @Test func `promtool finds nothing wrong with it`() throws {
        let tool = URL(fileURLWithPath: "/usr/bin/promtool")
        guard FileManager.default.isExecutableFile(atPath: tool.path) else {
            print("SKIPPED: /usr/bin/promtool is not there (Debian's package prometheus)")
            return
        }
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = tool
        process.arguments = ["check", "metrics"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(
            contentsOf: Data(MetricsText(Self.families).text.utf8))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
        #expect(String(decoding: said, as: UTF8.self) == "")
    }
}
