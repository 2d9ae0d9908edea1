internal import ApprovalAgent
internal import ApprovalCore

/// A file of policy tests.
enum PolicyTestFile {
    /// Everything that is wrong with it. Names are looked up where there is a policy.
    static func check(
        _ file: PolicyFile, _ policy: Policy?, _ findings: Findings
    ) -> [Finding] {
        _ = suite(file, policy, findings)
        return findings.sorted
    }

    /// What it holds; nil where anything is wrong, which is reported then.
    static func suite(
        _ file: PolicyFile, _ policy: Policy?, _ findings: Findings
    ) -> PolicyTestSuite? {
        guard let top = YAMLDocument.open(bytes: file.bytes, findings: findings) else {
            return nil
        }
        let suite = top.mapping { PolicyTestDecoder($0, policy).suite($0) }
        return findings.hasErrors ? nil : suite ?? nil
    }
}

/// Reads one file of tests. Every wrong place is reported; what is decoded counts only where none
/// is.
struct PolicyTestDecoder {
    /// nil where it has errors of its own: names go unchecked then.
    let policy: Policy?
    /// `options` of the file.
    let options: PolicyTestOptions
    let fixtures: PolicyTestFixtures

    init(_ fields: YAMLFields, _ policy: Policy?) {
        self.policy = policy
        options = PolicyTestOptions(fields, of: policy)
        fixtures = PolicyTestFixtures(fields.optional("fixtures"), policy)
    }

    func suite(_ fields: YAMLFields) -> PolicyTestSuite? {
        _ = fields.required("apiVersion")?.choice(["countersign/v1": true])
        _ = fields.required("kind")?.choice(["PolicyTest": true])
        let id = fields.required("metadata")?.mapping { metadata in
            _ = metadata.optional("description")?.text()
            return metadata.required("id")?.name()
        }
        let history = fields.optional("history")?.list(allowEmpty: true, approval) ?? []
        var names: [String: Int] = [:]
        let cases =
            fields.optional("tests")?.list(allowEmpty: true) { test($0, &names) } ?? []
        let sequences =
            fields.optional("sequences")?.list(allowEmpty: true) { sequence($0, &names) } ?? []
        checkHistory(history, cases.flatMap { $0 })
        if isEmpty(fields, "tests"), isEmpty(fields, "sequences") {
            fields.report(
                .emptyTest, "nothing runs in this file", fix: "write `tests` or `sequences`")
        }
        guard let id else { return nil }
        return PolicyTestSuite(
            file: fields.findings.file, id: id, history: history.map(\.approval),
            cases: cases.flatMap { $0 }, sequences: sequences)
    }

    private func isEmpty(_ fields: YAMLFields, _ key: String) -> Bool {
        guard let field = fields.optional(key) else { return true }
        if case .sequence(let items) = field.node.content { return items.isEmpty }
        return false
    }
}

// History.
extension PolicyTestDecoder {
    /// An approval, with where its time stands.
    struct Placed {
        let approval: PolicyTestApproval
        let at: YAMLField
    }

    private func approval(_ field: YAMLField) -> Placed? {
        field.mapping { fields in
            let at = fields.required("at")
            let time = at?.pastTime()
            let transaction = fields.required("transaction")
            let read = transaction.flatMap(fixtures.transaction)
            if let transaction, let read, let policy {
                do throws(MalformedBody) { _ = try read.exposure(under: policy) } catch {
                    transaction.report(
                        .wrongType, "this cannot have been approved: \(error.problem)",
                        fix: "correct it")
                }
            }
            guard let at, let time, let read else { return nil }
            return Placed(
                approval: PolicyTestApproval(time: time, transaction: read), at: at)
        }
    }

    /// What is history must lie before every test that has it.
    private func checkHistory(_ history: [Placed], _ cases: [PolicyTestCase]) {
        for placed in history {
            guard case .at(let time) = placed.approval.time,
                let test = cases.first(where: { $0.now < time })
            else { continue }
            placed.at.report(
                .wrongType, "this is later than the test on line \(test.line), at \(test.now)",
                fix: "write an earlier time, such as \"-2h\"")
        }
    }
}

// Tests.
extension PolicyTestDecoder {
    /// One test: a single case, or each of its `cases`.
    private func test(_ field: YAMLField, _ names: inout [String: Int]) -> [PolicyTestCase]? {
        field.mapping { fields in
            let name = name(fields, &names)
            _ = fields.optional("description")?.text()
            let options = PolicyTestOptions(fields, of: policy, within: options)
            guard let list = fields.optional("cases") else {
                return single(fields, name, options, field.position.line).map { [$0] }
            }
            for key in ["transaction", "expect", "challenge"] {
                fields.refuse(key, "belongs to each of `cases`", fix: "move it there")
            }
            var number = 0
            return list.list { item in
                number += 1
                let name = name.map { "\($0), case \(number)" }
                return item.mapping { own in
                    let options = PolicyTestOptions(own, of: policy, within: options)
                    return single(own, name, options, item.position.line)
                }
            }
        }
    }

    private func single(
        _ fields: YAMLFields, _ name: String?, _ options: PolicyTestOptions, _ line: Int
    ) -> PolicyTestCase? {
        if !options.saysTime {
            fields.report(
                .wrongType, "the time of this test is not said",
                fix: "write `options: { now: \"2026-10-06T09:00:00Z\" }`, here or for the file")
        }
        let transaction = fields.required("transaction").flatMap(fixtures.transaction)
        let attributes = fields.given("challenge") { $0.mapping(Self.attributes) }
        let expected = expectation(fields)
        guard let name, let now = options.now, let transaction, let attributes, let expected else {
            return nil
        }
        return PolicyTestCase(
            name: name, line: line, now: now, tier: options.tier, transaction: transaction,
            attributes: attributes, expected: expected)
    }

    private static func attributes(_ fields: YAMLFields) -> [String]? {
        fields.required("attrs")?.list(allowEmpty: true) { $0.text() }
    }

    /// A name that no other test of the file has.
    private func name(_ fields: YAMLFields, _ names: inout [String: Int]) -> String? {
        guard let field = fields.required("name"), let name = field.label() else { return nil }
        if let line = names.updateValue(field.position.line, forKey: name) {
            field.report(
                .wrongType, "the test on line \(line) has this name already",
                fix: "give each test its own")
        }
        return name
    }
}

// Sequences.
extension PolicyTestDecoder {
    /// What the steps read so far have come to.
    private struct Clock {
        let start: UnixTime?
        var last: Int64 = 0
        var steps = 0
    }

    private func sequence(
        _ field: YAMLField, _ names: inout [String: Int]
    ) -> PolicyTestSequence? {
        field.mapping { fields in
            let name = name(fields, &names)
            _ = fields.optional("description")?.text()
            var clock = Clock(start: fields.required("start")?.time())
            let steps = fields.required("steps")?.list { step($0, name, &clock) }
            if let steps, !steps.isEmpty, clock.steps == 0 {
                fields.report(
                    .emptyTest, "nothing is decided in this sequence",
                    fix: "write a step with `at`, `transaction` and `expect`")
            }
            return steps.map { PolicyTestSequence(steps: $0) }
        }
    }

    private func step(
        _ field: YAMLField, _ name: String?, _ clock: inout Clock
    ) -> PolicyTestSequence.Step? {
        field.mapping { fields in
            if let restart = fields.optional("restart") {
                for key in ["at", "transaction", "challenge", "expect"] {
                    fields.refuse(key, "cannot stand beside `restart`", fix: "write two steps")
                }
                return restart.choice(["true": PolicyTestSequence.Step.restart])
            }
            clock.steps += 1
            let at = fields.required("at")
            let offset = at?.laterBy()
            if let at, let offset {
                if offset < clock.last {
                    at.report(
                        .wrongType, "this step is before the one above it",
                        fix: "clocks do not go back: put the steps in order")
                }
                clock.last = max(clock.last, offset)
            }
            let now = offset.flatMap { clock.start?.advanced(byMilliseconds: $0) }
            let title = name.map { "\($0), step \(clock.steps)" }
            fields.refuse("options", "belongs to tests: a step has `at`")
            return decide(fields, title, now, field.position.line)
        }
    }

    /// A step whose time could not be read is reported there.
    private func decide(
        _ fields: YAMLFields, _ name: String?, _ now: UnixTime?, _ line: Int
    ) -> PolicyTestSequence.Step? {
        let options = options.at(now ?? UnixTime(milliseconds: 0))
        return single(fields, name, options, line).map { .decide($0) }
    }
}
