/// One metric with all its samples, ready for ``MetricsText``.
package struct MetricFamily: Hashable, Sendable {
    /// What the numbers of a family are.
    package enum Kind: String, Hashable, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// One label of a sample.
    package struct Label: Hashable, Sendable {
        let name: String
        let value: String

        /// `value` is any text; `name` is a label name of the text format.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Observations counted into ranges.
    package struct Histogram: Hashable, Sendable {
        let upperBounds: [Double]
        let counts: [UInt64]
        let sum: Double

        /// `counts` has one number for each of the ascending `upperBounds`, of what fell between it
        /// and the one below, and one more for what was above them all; missing ones are 0.
        package init(upperBounds: [Double], counts: [UInt64], sum: Double) {
            self.upperBounds = upperBounds
            self.counts = counts
            self.sum = sum
        }
    }

    /// What a sample says.
    package enum Value: Hashable, Sendable {
        case number(Double)
        case histogram(Histogram)
    }

    /// One value under its labels.
    package struct Sample: Hashable, Sendable {
        let labels: [Label]
        let value: Value

        /// A single number.
        package init(_ number: Double, _ labels: Label...) {
            self.labels = labels
            value = .number(number)
        }

        /// A value under labels that are only known when it is shown.
        package init(_ value: Value, labels: [Label]) {
            self.labels = labels
            self.value = value
        }

        /// A histogram.
        package init(_ histogram: Histogram, _ labels: Label...) {
            self.labels = labels
            value = .histogram(histogram)
        }
    }

    let name: String
    let help: String
    let kind: Kind
    let samples: [Sample]

    /// `name` is a metric name of the text format, with its unit in base units and `_total` for a
    /// counter. A family without samples is shown with its help and type alone.
    package init(name: String, help: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }
}
