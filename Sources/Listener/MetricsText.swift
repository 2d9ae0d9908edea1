/// The text format of Prometheus, version 0.0.4: families by name, each with HELP and TYPE.
///
/// A character that a name may not have becomes `_`; two families of one name are shown as one, with
/// the help and kind of the first. So what is rendered can always be read.
package struct MetricsText: Sendable {
    /// The media type to send it with.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let families: [MetricFamily]

    /// Nothing is rendered yet.
    package init(_ families: [MetricFamily]) { self.families = families }

    /// The whole text, ending in a line feed.
    package var text: String {
        var text = ""
        let byName = Dictionary(grouping: families) { Self.name($0.name, colon: true) }
        for (name, families) in byName.sorted(by: { $0.key < $1.key }) {
            guard let first = families.first else { continue }
            text += "# HELP \(name) \(Self.escaped(first.help, quote: false))\n"
            text += "# TYPE \(name) \(first.kind.rawValue)\n"
            for family in families where family.kind == first.kind {
                for sample in family.samples { Self.append(sample, of: name, to: &text) }
            }
        }
        return text
    }

    private static func append(
        _ sample: MetricFamily.Sample, of name: String, to text: inout String
    ) {
        switch sample.value {
        case .number(let value):
            text += line(name, sample.labels, number(value))
        case .histogram(let histogram):
            var running: UInt64 = 0
            for (index, bound) in (histogram.upperBounds + [.infinity]).enumerated() {
                if histogram.counts.indices.contains(index) {
                    running &+= histogram.counts[index]
                }
                let labels = sample.labels + [.init("le", number(bound))]
                text += line(name + "_bucket", labels, String(running))
            }
            text += line(name + "_sum", sample.labels, number(histogram.sum))
            text += line(name + "_count", sample.labels, String(running))
        }
    }

    private static func line(
        _ name: String, _ labels: [MetricFamily.Label], _ value: String
    ) -> String {
        guard !labels.isEmpty else { return "\(name) \(value)\n" }
        let shown = labels.map {
            "\(self.name($0.name, colon: false))=\"\(escaped($0.value, quote: true))\""
        }
        return "\(name){\(shown.joined(separator: ","))} \(value)\n"
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, the colon for metrics alone.
    private static func name(_ text: String, colon: Bool) -> String {
        var bytes = text.utf8.map { byte -> UInt8 in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: byte
            case UInt8(ascii: ":") where colon: byte
            default: UInt8(ascii: "_")
            }
        }
        if bytes.first.map({ (0x30...0x39).contains($0) }) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case 0x0A: bytes += #"\n"#.utf8
            case UInt8(ascii: "\"") where quote: bytes += #"\""#.utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? value.description
    }
}
