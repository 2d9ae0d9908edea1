import AgentTestKit
import ApprovalAgent
import ApprovalCore
import Dispatch
import SQLiteLedger
import Testing

/// Keeps the connection that writes busy until it is opened, so that all that comes meanwhile
/// waits.
final class Gate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    private let isEntered = DispatchSemaphore(value: 0)

    /// Stands in it until it is opened.
    func pass() {
        isEntered.signal()
        _ = isOpen.wait(timeout: .now() + 60)
    }

    /// Returns when something stands in it.
    func waitUntilEntered() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                _ = self.isEntered.wait(timeout: .now() + 60)
                continuation.resume()
            }
        }
    }

    func open() { isOpen.signal() }

    /// Settles this transaction, standing in the gate meanwhile.
    func settle(_ number: Int, in ledger: SQLiteLedger) async throws {
        let proposal = try LedgerFixture.proposal(number)
        _ = try await ledger.settle(proposal, now: LedgerFixture.reading(0)) { _, _ in
            self.pass()
            return LedgerFixture.refuse()
        }
    }
}

/// Works that wait for one transaction, each with the error that it ends with.
enum Together {
    typealias Work = @Sendable () async throws -> Void

    /// Lets the works wait together, in this order, behind a decision about transaction 9000 that
    /// is being made, and then be written with it.
    static func write(
        in ledger: SQLiteLedger, _ works: [Work]
    ) async throws -> [LedgerError?] {
        let gate = Gate()
        return try await withThrowingTaskGroup(of: (Int, LedgerError?).self) { group in
            group.addTask {
                (-1, try await failure { try await gate.settle(9_000, in: ledger) })
            }
            await gate.waitUntilEntered()
            for (place, work) in works.enumerated() {
                group.addTask { (place, try await failure(work)) }
                try await waitUntil { ledger.waiting == place + 1 }
            }
            gate.open()
            var found = [LedgerError?](repeating: nil, count: works.count)
            for try await (place, error) in group where place >= 0 { found[place] = error }
            return found
        }
    }

    /// Lets other tasks go on until it is so.
    static func waitUntil(_ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while !isSo(), ContinuousClock.now < end { await Task.yield() }
        try #require(isSo())
    }
}
