package import ApprovalCore

// One JSON object per line: a line for each case and step, and a last one for all.
extension PolicyTestResult {
    /// `{"suite","file","line","name","passed","action","reasons","failures","transaction","time"}`.
    package var json: JSONValue {
        .object([
            "suite": .string(suite), "file": .string(file), "line": .integer(line),
            "name": .string(name), "passed": .bool(failures.isEmpty),
            "action": .string(decision.action.rawValue),
            "reasons": .array(decision.reasons.map { .string($0.code) }),
            "failures": .array(failures.map { .string($0.message) }),
            "transaction": .string(transaction), "time": .string(time),
        ])
    }
}

extension PolicyTestReport {
    /// `{"summary":{"tests","passed","failed","coverage"}}`; `coverage` has the counts of each
    /// kind and what is not covered.
    package var summaryJSON: JSONValue {
        let summary = JSONValue.object([
            "tests": .integer(results.count), "passed": .integer(results.count - failed),
            "failed": .integer(failed), "coverage": coverage.json,
        ])
        return .object(["summary": summary])
    }
}

extension PolicyTestCoverage {
    fileprivate var json: JSONValue {
        let counts = counts.map { count in
            JSONMember(
                count.kind,
                .object(["covered": .integer(count.covered), "total": .integer(count.total)]))
        }
        let gaps = gaps.map { gap in
            JSONValue.object([
                "kind": .string(gap.subject.kind), "id": .string(gap.subject.id),
                "what": .string(gap.what),
            ])
        }
        return .object(counts + [JSONMember("not_covered", .array(gaps))])
    }
}
