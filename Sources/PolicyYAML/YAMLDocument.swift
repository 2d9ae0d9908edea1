/// The strict reading of one YAML file: one document, UTF-8 in normalization form C, no tabs,
/// anchors, aliases, tags, directives or merge keys, no key twice, bounded size, depth and number
/// of values. Nothing in it opens a file.
package enum YAMLDocument {
    /// Reads `bytes`. The root is nil where nothing can be decoded: the file is too large, empty,
    /// not UTF-8, or its syntax breaks off. Where there are findings a root serves only to find
    /// more of them.
    package static func read(
        bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()
    ) -> (root: YAMLNode?, findings: [Finding]) {
        let findings = Findings(file: file)
        let root = root(of: bytes, limits: limits, findings: findings)
        return (root, findings.sorted)
    }

    /// Reads `bytes` and hands out its top for decoding; what is found there joins `findings`.
    package static func open(
        bytes: [UInt8], limits: YAMLLimits = YAMLLimits(), findings: Findings
    ) -> YAMLField? {
        root(of: bytes, limits: limits, findings: findings).map {
            YAMLField(node: $0, path: .root, findings: findings)
        }
    }

    private static func root(
        of bytes: [UInt8], limits: YAMLLimits, findings: Findings
    ) -> YAMLNode? {
        guard bytes.count <= limits.bytes else {
            findings.report(
                .wrongType, at: .start,
                "the file has \(bytes.count) bytes, more than the \(limits.bytes) allowed",
                fix: "make it smaller")
            return nil
        }
        var scan = CharacterScan(findings: findings)
        guard let clean = scan.check(bytes) else { return nil }
        var tree = YAMLTree(
            limits: limits, findings: findings, isFormReported: scan.hasBadForm)
        let problem = YAMLEvents.read(clean) { event, position in
            tree.take(event, at: position)
        }
        if let problem {
            report(problem, afterTabs: scan.hasTabIndent, findings)
            return nil
        }
        if tree.isCutOff { return nil }
        guard let root = tree.root, !root.isPlainNull else {
            findings.report(
                .wrongType, at: .start, "the file is empty", fix: "write `apiVersion` and `kind`")
            return nil
        }
        return root
    }

    private static func report(
        _ problem: YAMLProblem, afterTabs: Bool, _ findings: Findings
    ) {
        let (message, fix) = problem.sentence
        findings.report(
            .wrongType, at: problem.position,
            afterTabs ? "from here on the file cannot be read" : message,
            fix: (afterTabs ? "write spaces for the tabs above" : fix)
                + "; the rest of the file was not checked")
    }
}
