package import ApprovalCore

/// Runs policy tests: pure, on a clock of their own, and the same each time.
package enum PolicyTestRun {
    /// Every case and every step of every sequence; none is left out for the failure of another.
    package static func run(_ suites: [PolicyTestSuite], _ policy: Policy) -> PolicyTestReport {
        var coverage = PolicyTestCoverage(of: policy)
        var results: [PolicyTestResult] = []
        for suite in suites {
            let fresh = FreshNames(beside: suite.transactions)
            let empty = PolicyTestLedger(policy, fresh: fresh)
            for test in suite.cases {
                results.append(run(test, after: suite.history, of: suite, empty, &coverage))
            }
            for sequence in suite.sequences {
                results += run(sequence, of: suite, empty, &coverage)
            }
        }
        return PolicyTestReport(results: results, coverage: coverage)
    }

    private static func run(
        _ test: PolicyTestCase, after history: [PolicyTestApproval], of suite: PolicyTestSuite,
        _ empty: PolicyTestLedger, _ coverage: inout PolicyTestCoverage
    ) -> PolicyTestResult {
        var ledger = empty
        var problems: [PolicyTestFailure] = []
        for approval in history {
            do throws(MalformedBody) { try ledger.settle(approval, before: test.now) } catch {
                problems.append(.history(problem: error.problem))
            }
        }
        return run(test, of: suite, &ledger, &coverage, problems)
    }

    private static func run(
        _ sequence: PolicyTestSequence, of suite: PolicyTestSuite, _ empty: PolicyTestLedger,
        _ coverage: inout PolicyTestCoverage
    ) -> [PolicyTestResult] {
        var ledger = empty
        var results: [PolicyTestResult] = []
        for step in sequence.steps {
            switch step {
            case .restart: ledger.restart()
            case .decide(let test): results.append(run(test, of: suite, &ledger, &coverage, []))
            }
        }
        return results
    }

    private static func run(
        _ test: PolicyTestCase, of suite: PolicyTestSuite, _ ledger: inout PolicyTestLedger,
        _ coverage: inout PolicyTestCoverage, _ problems: [PolicyTestFailure]
    ) -> PolicyTestResult {
        let outcome = ledger.decide(test)
        coverage.add(outcome)
        return PolicyTestResult(
            suite: suite.id, file: suite.file, line: test.line, name: test.name,
            failures: problems + test.expected.failures(outcome),
            transaction: test.transaction.description, time: outcome.moment.shown,
            decision: outcome.decision)
    }
}

extension PolicyTestSuite {
    fileprivate var transactions: [PolicyTestTransaction] {
        history.map(\.transaction) + cases.map(\.transaction)
            + sequences.flatMap(\.steps).compactMap { step in
                if case .decide(let test) = step { test.transaction } else { nil }
            }
    }
}
