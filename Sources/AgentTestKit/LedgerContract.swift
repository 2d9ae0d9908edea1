package import ApprovalAgent
import ApprovalCore

/// What every ``Ledger`` must do, fake and real alike: run each of ``checks`` on a ledger of its
/// own.
package enum LedgerContract {
    /// A new, empty ledger of the environment `test`, that ledger as a log, and ways to see its
    /// entries' bytes and whether it keeps a body beside them.
    package struct Subject: Sendable {
        package let ledger: any Ledger
        package let log: any EntryLog
        package let entries: @Sendable () async throws -> [[UInt8]]
        package let keeps: @Sendable (_ body: [UInt8]) async throws -> Bool

        package init(
            ledger: any Ledger & EntryLog,
            entries: @escaping @Sendable () async throws -> [[UInt8]],
            keeps: @escaping @Sendable (_ body: [UInt8]) async throws -> Bool
        ) {
            self.ledger = ledger
            log = ledger
            self.entries = entries
            self.keeps = keeps
        }
    }

    /// Makes a new, empty ledger.
    package typealias Make = @Sendable () async throws -> Subject

    /// One promise of the port.
    package struct Check: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        package let description: String
        /// Throws ``ContractViolation`` where the promise is broken.
        package let run: @Sendable (Make) async throws -> Void

        init(_ description: String, _ run: @escaping @Sendable (Subject) async throws -> Void) {
            self.description = description
            self.run = { try await run(try await $0()) }
        }

        init(_ description: String, each run: @escaping @Sendable (Make) async throws -> Void) {
            self.description = description
            self.run = run
        }
    }

    /// Every promise.
    package static let checks =
        decisions + steps + windows + policies + answers + reloads + log + accepting + evidence
}

/// A promise of a port that was not kept.
package struct ContractViolation: Error, CustomStringConvertible {
    package let description: String
}

/// Throws where two values differ.
func same<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
    guard value == expected else {
        throw ContractViolation(description: "\(what): \(value), not \(expected)")
    }
}

/// Throws where the work does not fail in that way.
func fails(
    _ what: String, _ isExpected: (LedgerError) -> Bool,
    _ work: () async throws(LedgerError) -> Void
) async throws {
    do {
        try await work()
    } catch {
        guard isExpected(error) else {
            throw ContractViolation(description: "\(what): failed with \(error)")
        }
        return
    }
    throw ContractViolation(description: "\(what): did not fail")
}

extension LedgerError {
    var isCorrupt: Bool {
        switch self {
        case .corrupt: true
        case .unavailable, .conflictingChallenge, .requestTaken, .recordTooLarge, .policyRevision,
            .otherPolicy:
            false
        }
    }

    var isPolicyRevision: Bool {
        switch self {
        case .policyRevision: true
        case .unavailable, .conflictingChallenge, .requestTaken, .recordTooLarge, .corrupt,
            .otherPolicy:
            false
        }
    }
}
