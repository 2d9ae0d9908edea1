/// What is wrong, and where: `Sources/X/Y.swift:12: what`.
typealias Finding = String

/// The house rules that can be read off one file or off the list of files.
enum Checks {
    static let maximumFileLines = 400
    static let maximumFunctionLines = 60
    /// Technology + role; none may know another.
    static let adapters: Set<String> = [
        "PolicyYAML", "SodiumKeys", "CustodyClient", "SQLiteLedger", "Listener",
    ]
    /// Each C module and the one target that may import it.
    static let owners = ["CSodium": "SodiumKeys", "CCurl": "CustodyClient", "CYAML": "PolicyYAML"]

    static func length(_ file: SwiftSource) -> [Finding] {
        var findings: [Finding] = []
        if file.lines.count > maximumFileLines {
            findings.append("\(file.path): \(file.lines.count) lines")
        }
        for function in file.functions where function.count > maximumFunctionLines {
            findings.append("\(file.path):\(function.line): a function of \(function.count) lines")
        }
        return findings
    }

    /// Words that code must not hold; what stands in comments and texts does not count.
    static func forbiddenCode(_ file: SwiftSource) -> [Finding] {
        var words: [(Regex<Substring>, String)] = [
            (/\btry!/, "try!"), (/\bfatalError\s*\(/, "fatalError"),
            (/@unchecked\s+Sendable/, "@unchecked Sendable"),
            (/nonisolated\(unsafe\)/, "nonisolated(unsafe)"), (/@testable\b/, "@testable"),
        ]
        if !file.path.hasPrefix("Sources/countersign/"),
            !file.path.hasPrefix("Sources/custody-sandbox/")
        {
            words.append(
                (
                    /\bTask(?:\.detached)?\s*(?:<[^>]*>)?\s*(?:\([^)]*\))?\s*\{/,
                    "an unstructured task"
                ))
        }
        if file.path.hasPrefix("Tests/") {
            words.append((/\b(?:u|nano)?sleep\s*\(/, "sleeping in a test"))
        }
        return findings(in: file.code, of: file.path, words)
    }

    /// Words that no file may hold anywhere, comments included.
    static func forbiddenText(path: String, lines: [String]) -> [Finding] {
        let words: [(Regex<Substring>, String)] = [
            (/\bTOD[O]\b/, "an open end"), (/\bFIXM[E]\b/, "an open end"),
            (/(?:^|[^\w.\/\-])\/wor[k](?:$|[^\w])/, "a path of one workplace"),
            (/(?:^|[^\w.\/\-])\/tmp\/tree[s]/, "a path of one workplace"),
        ]
        return findings(in: lines, of: path, words)
    }

    static func tabs(_ file: SwiftSource) -> [Finding] {
        findings(in: file.lines, of: file.path, [(/\t/, "a tab")])
    }

    private static func findings(
        in lines: [String], of path: String, _ words: [(Regex<Substring>, String)]
    ) -> [Finding] {
        lines.enumerated().flatMap { index, line in
            words.filter { line.contains($0.0.wordBoundaryKind(.simple)) }.map {
                "\(path):\(index + 1): \($0.1)"
            }
        }
    }

    /// Types, functions and aliases that other modules see say what their name cannot. Operators
    /// and what a protocol requires (`required`) say nothing that the protocol does not.
    static func documentation(_ file: SwiftSource, required: Set<String> = []) -> [Finding] {
        let declared =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*package\s+(?:(?:static|final|indirect|mutating|nonmutating|nonisolated|consuming|borrowing|isolated|class)\s+)*(?:struct|enum|class|actor|protocol|func|typealias)\s+(\S+)/
        return file.code.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: declared) else { return nil }
            let name = match.1
            if line.contains("func "),
                required.contains(String(name.prefix { $0.isLetter || $0.isNumber || $0 == "_" }))
            {
                return nil
            }
            if name.hasPrefix("hash(into")
                || !(name.first?.isLetter ?? true || name.hasPrefix("_") || name.hasPrefix("`"))
            {
                return nil
            }
            var above = index - 1
            while above >= 0, file.code[above].trimmed.hasPrefix("@") { above -= 1 }
            let documented = above >= 0 && file.lines[above].trimmed.hasPrefix("///")
            return documented ? nil : "\(file.path):\(index + 1): \(name) is not documented"
        }
    }

    static func imports(_ files: [SwiftSource], targets: Set<String>) -> [Finding] {
        var findings: [Finding] = []
        var importers: [String: Set<String>] = [:]
        for file in files {
            let target = target(of: file.path)
            if file.path.hasPrefix("Sources/ApprovalCore/"), !file.imports.isEmpty {
                findings.append("\(file.path): the core imports nothing")
            }
            if adapters.contains(target), file.path.hasPrefix("Sources/"),
                let other = file.imports.intersection(adapters).first
            {
                findings.append("\(file.path): an adapter imports \(other)")
            }
            for module in file.imports where owners[module] != nil {
                importers[module, default: []].insert(target)
            }
        }
        for (module, owner) in owners {
            let expected: Set<String> = targets.contains(owner) ? [owner] : []
            if importers[module, default: []] != expected {
                findings.append(
                    "\(module) is imported by \(importers[module, default: []].sorted()), not by \(owner) alone"
                )
            }
        }
        return findings
    }

    private static func target(of path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }
}
