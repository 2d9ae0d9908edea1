extension PolicyTestReport {
    /// A piece of a line, and how it is told on a terminal.
    private enum Tone: String {
        case good = "32"
        case bad = "31"
        case faint = "2"

        func colour(_ text: String, _ isWanted: Bool) -> String {
            isWanted ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
        }
    }

    /// For people: a line for each case and step, all that failed with which transaction showed
    /// it, and a last line with the sum.
    package func lines(colour: Bool) -> [String] {
        var lines: [String] = []
        var file: String?
        for result in results {
            if result.file != file {
                file = result.file
                lines.append("\(result.file) (\(result.suite))")
            }
            let isPassed = result.failures.isEmpty
            let mark = isPassed ? Tone.good.colour("ok  ", colour) : Tone.bad.colour("FAIL", colour)
            lines.append("  \(mark) \(result.name)")
            if !isPassed { lines += Self.details(result, colour) }
        }
        let sum = "\(results.count) tests: \(results.count - failed) passed, \(failed) failed"
        return lines + [(failed == 0 ? Tone.good : .bad).colour(sum, colour)]
    }

    private static func details(_ result: PolicyTestResult, _ colour: Bool) -> [String] {
        let place = Tone.faint.colour("at \(result.file):\(result.line)", colour)
        return ["       \(place)"]
            + result.failures.map { "       " + Tone.bad.colour($0.message, colour) }
            + result.circumstances.map { "       \($0)" }
    }
}

extension PolicyTestCoverage {
    /// "coverage: rules 4/4, limits 2/3 …", and a line for everything that is not covered;
    /// `place` says where in the policy it stands.
    package func lines(place: (Subject) -> String?) -> [String] {
        let shown = counts.filter { $0.total > 0 }.map { "\($0.kind) \($0.covered)/\($0.total)" }
        return ["coverage: \(shown.joined(separator: ", "))"]
            + gaps.map { gap in
                let place = place(gap.subject).map { "\($0): " } ?? ""
                return "  \(place)\(gap.subject.kind) \(gap.subject.id) \(gap.what)"
            }
    }
}
