import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// What each filter of `audit query` and `audit export` lets through.
@Suite struct EntryFilterTests {
    @Test func `since is from this moment on, until is before it`() throws {
        let entry = try RecordedSamples.decided()
        let time = entry.time
        #expect(EntryFilter(since: time).holds(entry))
        #expect(!EntryFilter(since: time.advanced(byMilliseconds: 1)).holds(entry))
        #expect(!EntryFilter(until: time).holds(entry))
        #expect(EntryFilter(until: time.advanced(byMilliseconds: 1)).holds(entry))
    }

    @Test func `an account is that of the transaction, or the one that the entry names`() throws {
        let account = try #require(AccountID(RecordedSamples.account))
        let filter = EntryFilter(accounts: [account])
        #expect(filter.readsTransaction)
        #expect(filter.holds(try RecordedSamples.decided()))
        #expect(filter.holds(try RecordedSamples.confirmed()))
        let other = EntryFilter(accounts: [try LedgerFixture.account(3)])
        #expect(!other.holds(try RecordedSamples.decided()))
        let unread = try RecordedSamples.entry(
            .quarantined, #""account_id":"\#(RecordedSamples.account)""#, transaction: .absent)
        #expect(filter.holds(unread))
        let erased = try RecordedSamples.entry(
            .signed, transaction: .erased(LedgerFixture.digest(1)))
        #expect(!filter.holds(erased))
    }

    @Test func `a destination is found in each spelling that is the same address`() throws {
        let entry = try RecordedSamples.decided()
        for text in [RecordedSamples.address, RecordedSamples.address.lowercased()] {
            #expect(EntryFilter(destinations: [text]).holds(entry), "\(text)")
        }
        #expect(!EntryFilter(destinations: ["0xabc"]).holds(entry))
        #expect(!EntryFilter(destinations: [RecordedSamples.account]).holds(entry))
    }

    @Test func `a transfer goes to its receiving account`() throws {
        let body = #"{"type":"TRANSFER_OUTGOING","receiver_account_id":"r","address":"a"}"#
        let transfer = RecordedTransaction.kept(
            LedgerFixture.digest(1), try JSONValue(parsing: Array(body.utf8)))
        let entry = try RecordedSamples.entry(.decided, transaction: transfer)
        #expect(EntryFilter(destinations: ["r"]).holds(entry))
        #expect(!EntryFilter(destinations: ["a"]).holds(entry))
    }

    @Test func `action, rule and reason are what the entry itself says`() throws {
        let entry = try RecordedSamples.decided()
        let confirmed = try RecordedSamples.confirmed()
        for filter in [
            EntryFilter(actions: [.escalate]), EntryFilter(rules: ["payouts-small"]),
            EntryFilter(rules: ["night"]), EntryFilter(reasons: ["LIMIT_EXCEEDED"]),
            EntryFilter(kinds: [.decided]), EntryFilter(actions: [.block, .escalate]),
        ] {
            #expect(filter.holds(entry), "\(filter)")
            #expect(!filter.holds(confirmed), "\(filter)")
            #expect(!filter.isOpen)
        }
        for filter in [
            EntryFilter(actions: [.allow]), EntryFilter(rules: ["day", "payouts"]),
            EntryFilter(reasons: ["RULE_ALLOW"]), EntryFilter(kinds: [.signed]),
        ] { #expect(!filter.holds(entry), "\(filter)") }
        let released = try RecordedSamples.entry(
            .cancelled,
            #""action":"block","rules":["no"],"reasons":[{"code":"RULE_BLOCK","rule":"no","message":"m"}]"#
        )
        #expect(EntryFilter(actions: [.block], rules: ["no"]).holds(released))
    }

    @Test func `different filters must all hold`() throws {
        let entry = try RecordedSamples.decided()
        var filter = EntryFilter(
            since: entry.time, kinds: [.decided],
            transactions: [
                try #require(TransactionID(RecordedSamples.id))
            ], destinations: [RecordedSamples.address], actions: [.escalate],
            reasons: ["LIMIT_EXCEEDED"])
        #expect(filter.holds(entry))
        filter.rules = ["another"]
        #expect(!filter.holds(entry))
        #expect(EntryFilter().isOpen && EntryFilter().holds(entry))
    }

    @Test func `what an entry must mention stands in each entry that is meant`() throws {
        let entry = try RecordedSamples.decided()
        let filter = EntryFilter(
            actions: [.escalate, .allow], rules: ["night"], reasons: ["FIELD_UNKNOWN"])
        #expect(filter.holds(entry) && filter.mentions.count == 3)
        for group in filter.mentions {
            let isThere = group.contains { entry.bytes.firstRange(of: $0) != nil }
            #expect(isThere)
        }
    }
}
