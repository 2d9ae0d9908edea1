extension PolicyTestReport {
    /// The results as the XML of JUnit, one suite a file, line by line.
    package var junit: [String] {
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        lines.append(
            "<testsuites name=\"countersign\" tests=\"\(results.count)\" failures=\"\(failed)\">")
        var rest = results[...]
        while let first = rest.first {
            let suite = rest.prefix { $0.file == first.file }
            rest = rest.dropFirst(suite.count)
            let failures = suite.count { !$0.failures.isEmpty }
            lines.append(
                "  <testsuite name=\"\(first.suite.xml)\" file=\"\(first.file.xml)\" "
                    + "tests=\"\(suite.count)\" failures=\"\(failures)\">")
            for result in suite { lines += result.junit }
            lines.append("  </testsuite>")
        }
        return lines + ["</testsuites>"]
    }
}

extension PolicyTestResult {
    fileprivate var junit: [String] {
        let start =
            "    <testcase classname=\"\(suite.xml)\" name=\"\(name.xml)\" "
            + "file=\"\(file.xml)\" line=\"\(line)\""
        guard let first = failures.first else { return [start + "/>"] }
        let all = failures.map(\.message) + circumstances
        return [start + ">", "      <failure message=\"\(first.message.xml)\">"]
            + all.map { $0.xml } + ["      </failure>", "    </testcase>"]
    }
}

extension String {
    /// Safe in XML 1.0, in text and in attributes; what XML cannot carry is a question mark.
    fileprivate var xml: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\t", "\n", "\r": text += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value):
                text += "?"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
