import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// The rows and events of an export.
@Suite struct EntryRowTests {
    private func row(_ entry: RecordedEntry) -> [String: String] {
        let cells = EntryRow.cells(entry, TestSHA256.hash)
        #expect(cells.count == EntryRow.columns.count)
        return Dictionary(zip(EntryRow.columns, cells)) { $1 }
    }

    private func event(_ entry: RecordedEntry) -> JSONValue {
        OCSFEvent(origin: "log.example/one", sha256: TestSHA256.hash).json(entry)
    }

    @Test func `a decision fills its row`() throws {
        let row = row(try RecordedSamples.decided())
        let expected = [
            "seq": "7", "time": "2026-10-02T09:00:00.000Z", "kind": "decided",
            "amount": "-0.40000000", "destination": RecordedSamples.address, "reference": "=1+1",
            "action": "escalate", "rules": "payouts-small night",
            "reasons": "LIMIT_EXCEEDED FIELD_UNKNOWN", "policy_id": "treasury",
            "policy_revision": "3", "policy_digest": "aa",
            "transaction_sha256": LedgerFixture.digest(7).description,
            "other": #"{"engine":"0.1.0","intent":true}"#,
        ]
        for (name, value) in expected { #expect(row[name] == value, "\(name)") }
        #expect(row["limits"]?.hasPrefix(#"[{"count":2,"exceeded":true"#) == true)
    }

    @Test func `members without a column stand in the last one`() throws {
        let row = row(
            try RecordedSamples.entry(
                .reconciled, #""counts":{"ours":3,"human":1},"result":"complete""#))
        #expect(row["other"] == #"{"counts":{"human":1,"ours":3},"result":"complete"}"#)
        #expect(row["action"]?.isEmpty == true)
    }

    @Test(arguments: RecordedSamples.kinds)
    func `every kind of entry has an event with what the class requires`(kind: EntryKind) throws {
        for transaction in [RecordedTransaction.absent, try RecordedSamples.transaction()] {
            let event = event(try RecordedSamples.entry(kind, transaction: transaction))
            for member in [
                "activity_id", "actor", "api", "category_uid", "class_uid", "metadata",
                "severity_id", "src_endpoint", "time", "type_uid",
            ] { #expect(event[member] != nil, "\(member)") }
            #expect(event["class_uid"]?.integer == 6003 && event["type_uid"]?.integer == 600_399)
            #expect(event["time"]?.integer == LedgerFixture.start.milliseconds)
            #expect(event["metadata"]?["uid"]?.text == "log.example/one#7")
        }
    }

    @Test func `a conflict is loud, an allow is not`() throws {
        let conflict = event(try RecordedSamples.entry(.conflict))
        #expect(conflict["severity_id"]?.integer == 4 && conflict["status_id"]?.integer == 2)
        let allow = event(
            try RecordedSamples.entry(.decided, #""result":{"action":"allow","reasons":[]}"#))
        #expect(allow["severity_id"]?.integer == 1 && allow["status_id"]?.integer == 1)
        let escalate = event(try RecordedSamples.decided())
        #expect(escalate["severity_id"]?.integer == 2)
        #expect(escalate["actor"]?["user"]?["uid"]?.text == "policy:treasury@3")
    }

    @Test func `the hash of the entry itself ties a row and an event to the evidence`() throws {
        let entry = try RecordedSamples.confirmed()
        let hash = TestSHA256.hash(entry.bytes).description
        #expect(row(entry)["entry_sha256"] == hash)
        #expect(event(entry)["raw_data_hash"]?["value"]?.text == hash)
    }
}
