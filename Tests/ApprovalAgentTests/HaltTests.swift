import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Testing

/// A halt, a stop or a doubtful clock between any two steps.
@Suite struct HaltTests {
    @Test func `a halt between any two steps: no POST begins after it, and resume ends all`()
        async throws
    {
        let whole = try Scene()
        try whole.withdrawal(1)
        try await whole.pass()
        let calls = whole.custody.calls.count
        for n in 1...calls {
            let scene = try Scene()
            let id = try scene.withdrawal(1)
            let before = scene.custody.script.before
            scene.custody.script.before = { [halt = scene.halt] call, what in
                await before(call, what)
                if call == n { halt.halt() }
            }
            try await scene.pass()
            let after = scene.custody.calls.dropFirst(n).filter { !$0.isQuestion }
            #expect(after == [], "halted during call \(n)")
            try await scene.expectSafe()
            scene.custody.script.before = before
            scene.halt.resume()
            try await scene.pass()
            #expect(try await scene.ledger.item(id)?.state == .confirmed, "call \(n)")
            #expect(scene.custody.approvals.count == 1)
        }
    }

    @Test(arguments: [false, true])
    func `a halt before or after any write of the ledger lets no POST follow`(isAfter: Bool)
        async throws
    {
        for n in 1...8 {
            let scene = try Scene()
            try scene.withdrawal(1)
            let posts = Gathered<Int>()
            let halting: @Sendable (Int) -> Void = { call in
                guard call == n else { return }
                posts.add(scene.custody.calls.count { !$0.isQuestion })
                scene.halt.halt()
            }
            let ledger =
                isAfter
                ? FaultyLedger(scene.ledger, after: halting)
                : FaultyLedger(scene.ledger, before: halting)
            try await scene.pass(try scene.approver(ledger: ledger))
            let before = posts.all.first ?? 2
            #expect(scene.custody.calls.count { !$0.isQuestion } == before, "ledger call \(n)")
        }
    }

    @Test func `a halt before the signature leaves the key alone and lets the item go`()
        async throws
    {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.custody.script.transaction = { [halt = scene.halt] _, read, members in
            if read == 2 { halt.halt() }
            return members
        }
        try await scene.pass()
        #expect(scene.signer.signed == [])
        #expect(try scene.codes(of: id) == ["HALTED"])
        #expect(await scene.ledger.kinds(of: id) == [.decided, .requested, .released])
    }

    @Test func `while halted everything is held, and nothing is reserved`() async throws {
        let scene = try Scene()
        let id = try scene.withdrawal(1)
        scene.halt.halt()
        let summary = try await scene.pass()
        #expect(try scene.codes(of: id) == ["HALTED"])
        #expect(summary.actions == [.hold: 1])
        #expect(await scene.ledger.kinds(of: id) == [.decided])
        #expect(await scene.ledger.peak == [:])
    }

    @Test func `a stop between any two steps: what is signed is finished, nothing new is begun`()
        async throws
    {
        let whole = try Scene()
        for n in 1...2 { try whole.withdrawal(n) }
        try await whole.pass()
        for n in 1...whole.custody.calls.count {
            let scene = try Scene()
            for item in 1...2 { try scene.withdrawal(item) }
            let before = scene.custody.script.before
            scene.custody.script.before = { [stop = scene.stop] call, what in
                await before(call, what)
                if call == n { stop.stop() }
            }
            let summary = try await scene.pass()
            try await scene.expectSafe()
            // Nothing is left signed and unconfirmed.
            #expect(try await scene.ledger.unfinished() == [], "stopped during call \(n)")
            let creations = scene.custody.calls.dropFirst(n).filter {
                if case .create = $0 { true } else { false }
            }
            #expect(creations == [], "stopped during call \(n)")
            let isWhole = scene.custody.approvals.count == 2
            #expect(isWhole || summary.exitCode == 1, "stopped during call \(n)")
            // A new agent does the rest.
            try await scene.pass(try scene.approver(stop: StopSwitch()))
            #expect(scene.custody.approvals.count == 2)
            try await scene.expectSafe()
        }
    }

    @Test func `a stop while others are read ahead decides none of them`() async throws {
        let scene = try Scene()
        for n in 1...6 { try scene.withdrawal(n, amount: "0.10000000") }
        let second = try scene.id(2)
        scene.custody.script.before = { [stop = scene.stop] _, call in
            if call == .transaction(second) { stop.stop() }
        }
        try await scene.pass(concurrency: 6)
        for n in 2...6 {
            let kinds = await scene.ledger.kinds(of: try scene.id(n))
            #expect(!kinds.contains(.released), "\(n): \(kinds)")
        }
    }

    @Test func `a clock beyond its bound holds everything`() async throws {
        for skew in [-61_000, 61_000] as [Int64] {
            let scene = try Scene()
            let id = try scene.withdrawal(1)
            scene.custody.script.before = { [clock = scene.clock, watch = scene.clockWatch] _, _ in
                watch.observe(
                    platform: clock.now().advanced(byMilliseconds: skew), local: clock.now())
            }
            let summary = try await scene.pass()
            #expect(try scene.codes(of: id) == ["CLOCK_SKEW"])
            #expect(summary.exitCode == 4)
            #expect(scene.custody.calls.filter { !$0.isQuestion } == [])
            #expect(!scene.clockWatch.isWithin(60_000, at: scene.clock.now()))
        }
    }

    @Test func `three polls without a Date hold everything, and one with it goes on`()
        async throws
    {
        let scene = try Scene()
        let usual = scene.custody.script.before
        scene.custody.script.before = { _, _ in }
        for _ in 1...2 { try await scene.pass() }
        #expect(scene.clockWatch.doubt(60_000) == nil)
        #expect(!scene.clockWatch.isWithin(60_000, at: scene.clock.now()))
        let id = try scene.withdrawal(1)
        try await scene.pass()
        #expect(try scene.codes(of: id) == ["CLOCK_SKEW"])
        scene.custody.script.before = usual
        try await scene.pass()
        #expect(try scene.report(of: id).outcome == .confirmed)
    }

    @Test func `the watch on the clock takes the middle of the platform's second`() {
        let watch = ClockWatch()
        #expect(watch.skew == nil)
        watch.observe(
            platform: UnixTime(milliseconds: 10_000), local: UnixTime(milliseconds: 11_500))
        #expect(watch.skew == 1_000)
        let seen = UnixTime(milliseconds: 11_500)
        #expect(watch.isWithin(1_000, at: seen) && watch.doubt(1_000) == nil)
        watch.observe(platform: nil, local: UnixTime(milliseconds: 0))
        #expect(watch.skew == 1_000)
        watch.observe(
            platform: UnixTime(milliseconds: 10_000), local: UnixTime(milliseconds: 11_501))
        #expect(watch.doubt(1_000) == .clockSkew(milliseconds: 1_001))
        #expect(!watch.isWithin(1_000, at: seen))
        for _ in 1...4 { watch.endPoll() }
        #expect(watch.doubt(1_000) == .clockSkew(milliseconds: nil))
        #expect(watch.skew == nil)
    }
}
