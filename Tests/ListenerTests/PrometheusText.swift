/// A strict reader of the text format, version 0.0.4, written from its description.
struct PrometheusText {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: String
    }

    struct Problem: Error, Equatable { let line: String }

    private(set) var help: [String: String] = [:]
    private(set) var types: [String: String] = [:]
    private(set) var samples: [Sample] = []
    private(set) var names: [String] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.utf8.last == 0x0A else { throw Problem(line: "no last line") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            try read(String(line))
        }
    }

    private mutating func read(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        if line.hasPrefix("# HELP ") {
            let name = String(words[2])
            guard help.updateValue(words.count > 3 ? String(words[3]) : "", forKey: name) == nil
            else { throw Problem(line: line) }
            names.append(name)
        } else if line.hasPrefix("# TYPE ") {
            let known = ["counter", "gauge", "histogram"]
            guard words.count == 4, names.last == String(words[2]),
                known.contains(String(words[3])),
                types.updateValue(String(words[3]), forKey: String(words[2])) == nil
            else { throw Problem(line: line) }
        } else {
            samples.append(try Self.sample(line, of: names.last ?? ""))
        }
    }

    private static func sample(_ line: String, of family: String) throws -> Sample {
        var rest = Array(line.unicodeScalars)[...]
        func name() throws -> String {
            let part = rest.prefix {
                $0.isASCII
                    && ($0.properties.isAlphabetic || "_:0123456789".unicodeScalars.contains($0))
            }
            guard let first = part.first, !("0"..."9").contains(first) else {
                throw Problem(line: line)
            }
            rest = rest.dropFirst(part.count)
            return text(part)
        }
        func take(_ scalar: Unicode.Scalar) throws {
            guard rest.popFirst() == scalar else { throw Problem(line: line) }
        }
        let metric = try name()
        guard metric == family || metric.hasPrefix(family + "_") else { throw Problem(line: line) }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest = rest.dropFirst()
                let label = try name()
                try take("=")
                try take("\"")
                var value = ""
                while let scalar = rest.popFirst(), scalar != "\"" {
                    guard scalar == "\\" else {
                        value.unicodeScalars.append(scalar)
                        continue
                    }
                    switch rest.popFirst() {
                    case "n": value += "\n"
                    case "\\": value += "\\"
                    case "\"": value += "\""
                    case let other: throw Problem(line: "\(line): \(String(describing: other))")
                    }
                }
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw Problem(line: line)
                }
            } while rest.first == ","
            try take("}")
        }
        try take(" ")
        let value = text(rest)
        guard ["NaN", "+Inf", "-Inf"].contains(value) || Double(value) != nil else {
            throw Problem(line: line)
        }
        return Sample(name: metric, labels: labels, value: value)
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }
}
