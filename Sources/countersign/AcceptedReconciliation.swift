import ApprovalAgent
import ApprovalCore
import AuditFiles
import Foundation
import PolicyYAML
import SQLiteLedger
import SodiumKeys

/// `reconcile --accept`: everything that the ledger does not explain is counted as spent. After a
/// loss of entries the log goes on from what the ledger has.
///
/// A file beside the ledger says that an acceptance after a loss was begun: until it is ended, no
/// agent starts. Whatever a crash left is done again.
struct AcceptedReconciliation {
    let wiring: Wiring
    let history: any CustodyHistory
    let why: String
    /// The signed note that the operator gave.
    let given: [UInt8]?

    private var configuration: Configuration { wiring.configuration }

    /// How things stand afterwards.
    func run() async throws -> ReconcileReport {
        guard !SQLiteLedger.isInUse(at: configuration.ledger.file) else {
            throw Failure.failed(
                "\(configuration.ledger.file): the agent runs; stop it first, accept, and start "
                    + "it again")
        }
        let (ledger, told) = try wiring.ledgerToReconcile()
        do {
            let report = try await accept(on: ledger, told)
            try await wiring.close(ledger)
            return report
        } catch let error as LedgerError {
            throw Failure.failed(
                "nothing more was accepted, repeat the same command: the ledger says \(error)")
        }
    }

    private func accept(on ledger: SQLiteLedger, _ told: String?) async throws -> ReconcileReport {
        let reader = try Wiring.ledgerReader(configuration)
        let places = try Wiring.logPlaces(configuration, reader)
        let log = SupersededLog(configuration, places)
        let loss: String?
        if let told { loss = told } else { loss = try await wiring.loss(places, given: given) }
        var lost = LostEntries()
        if let loss {
            Console.note("countersign: \(loss)")
            try begin()
            try log.mend()
            lost = try await read(places)
        }
        let policy = try await activePolicy(ledger, reader, isAfterLoss: loss != nil)
        let progress = ProgressLine()
        defer { progress.end() }
        let outcome = try await Acceptance(
            wiring.reconciliation(policy, history, reader, progress: progress), ledger: ledger,
            policy: policy, word: word, isAfterLoss: loss != nil, lost: lost, sha256: Sodium.sha256
        ).run()
        progress.end()
        tell(outcome)
        if loss != nil {
            guard outcome.report.isComplete else {
                throw Failure(
                    lines: outcome.report.problems + [
                        "it could not look at everything: repeat the same command; until then "
                            + "no agent starts"
                    ], exitCode: 1)
            }
            try await end(ledger, log, policy, outcome, lost)
        }
        return outcome.remaining
    }

    /// What was published of the entries that the ledger lost, before anything of it is moved.
    private func read(_ places: LogPlaces) async throws(Failure) -> LostEntries {
        let lost: LostEntries
        do throws(Stop) { lost = try await places.lostEntries() } catch {
            throw .failed("\(error.why). Nothing was accepted")
        }
        let sure = lost.doubt.map { "NOT verified, \($0)" } ?? "verified"
        Console.note(
            "countersign: \(configuration.ledger.auditDirectory) holds \(lost.entries) entries that "
                + "the ledger lost (\(sure)): they approve \(lost.approved.count) transactions, or "
                + "ask people to")
        Console.note(
            "countersign: what was signed after entry \(lost.last) is in no file; of it, what the "
                + "platform shows as approved is counted")
        return lost
    }

    private func begin() throws(Failure) {
        let file = configuration.acceptanceFile
        guard file.current() == nil else { return try sync(file) }
        let halt = Halt(since: wiring.clock.now(), by: word.by, why: word.why)
        do throws(HaltFile.Problem) { try file.create(halt) } catch {
            switch error {
            case .exists: try sync(file)
            case .notCreated(let why), .mayBeLost(let why):
                throw .failed("\(file.path) cannot be created: \(why); nothing was accepted")
            }
        }
    }

    /// What another attempt left may not be on disk yet.
    private func sync(_ file: HaltFile) throws(Failure) {
        guard file.sync() else {
            throw .failed(
                "\(file.path) cannot be synced: \(HaltFile.systemError()); nothing was accepted")
        }
    }

    /// The entry names what was abandoned before anything of it is moved.
    private func end(
        _ ledger: SQLiteLedger, _ log: SupersededLog, _ policy: LoadedPolicy,
        _ outcome: Acceptance.Outcome, _ lost: LostEntries
    ) async throws {
        let doubts: [DoubtedNote]
        do throws(Stop) { doubts = try await log.places.doubts(given: given) } catch {
            throw Failure.failed(error.why)
        }
        try await ledger.append(
            .reconciled, about: nil,
            entry: outcome.remaining.entry(trigger: "accepted", under: policy) + word.members + [
                JSONMember("after_loss", .bool(true)),
                JSONMember("accepted_in_all", .integer(outcome.accepted)),
                JSONMember("recalled_in_all", .integer(outcome.recalled.count)),
                JSONMember("abandoned", .array(doubts.map(\.json))),
                JSONMember("lost", lost.json(unplaced: outcome.unplaced.count)),
            ], now: wiring.clock.now())
        var moved = [try log.moveAside(doubts, lost)]
        moved.append(try await log.goOn())
        for path in moved.compactMap(\.self) {
            Console.note("countersign: what was published of the lost entries is kept in \(path)")
        }
        _ = try configuration.acceptanceFile.resume()
        Console.note("countersign: the log goes on from this ledger; the agent may start again")
    }

    private func tell(_ outcome: Acceptance.Outcome) {
        Console.note("countersign: \(outcome.accepted) approvals are accepted and count as spent")
        if !outcome.recalled.isEmpty {
            Console.note(
                "countersign: \(outcome.recalled.count) that lost entries signed, or asked for, are "
                    + "not approved there: they are never signed again, and count as spent")
        }
        for id in outcome.unplaced {
            Console.note(
                "countersign: \(id): lost entries asked people for it, and no account shows it; "
                    + "nothing is kept of it")
        }
        for id in outcome.uncounted {
            Console.note(
                "countersign: \(id): no limit counts it, for the policy does not know its "
                    + "account or it cannot be read")
        }
    }

    private var word: Acceptance.Word {
        let person = ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName()
        return Acceptance.Word(by: Console.safe(person), why: why)
    }

    /// The policy that the ledger counts under, from the files that it keeps; the directory's own
    /// where it never counted under any, which is activated then. After a loss too: what was lost
    /// was approved under a policy that may be younger than the ledger's, in accounts of its own.
    private func activePolicy(
        _ ledger: SQLiteLedger, _ reader: SQLiteLedgerReader, isAfterLoss: Bool
    ) async throws -> LoadedPolicy {
        if isAfterLoss {
            _ = try wiring.passTests()
            try await wiring.checkRevisions(reader)
            try await ledger.activate(wiring.policy, now: wiring.clock.now()) {}
            return wiring.policy
        }
        guard let digest = try await ledger.overview().policyDigest else {
            try await ledger.activate(wiring.policy, now: wiring.clock.now()) {}
            return wiring.policy
        }
        guard digest != wiring.policy.digest else { return wiring.policy }
        let files = try await reader.policyFiles(digest)
        guard let active = TestedPolicy(configuration).directory.check(files: files).loaded else {
            throw Failure.failed(
                "the policy that was active last can no longer be read by this version; use the "
                    + "version that wrote it")
        }
        return active
    }
}

extension LostEntries {
    /// Counts, and whether they are those that were published.
    fileprivate func json(unplaced: Int) -> JSONValue {
        .object([
            JSONMember("entries", .integer(entries)), JSONMember("last", .integer(last)),
            JSONMember("verified", .bool(doubt == nil)), JSONMember("doubt", .optional(doubt)),
            JSONMember("approved", .integer(approved.count)),
            JSONMember("unplaced", .integer(unplaced)),
        ])
    }
}

extension Wiring {
    /// Opens the ledger as the only process that works on it, whether it is behind or not. What is
    /// given with it says how it is seen to be behind; nil where it is not.
    func ledgerToReconcile() throws(Failure) -> (SQLiteLedger, String?) {
        let key = try configuration.logPublicKey()
        switch try open(key) {
        case .success(let ledger): return (ledger, nil)
        case .failure(.behind(let file, let why)):
            // From the first write on its mark is the new one: the file that says that an
            // acceptance was begun must be there before.
            switch try open(key, accepting: true) {
            case .success(let ledger): return (ledger, "\(file): \(why)")
            case .failure(let error): throw Self.failure(error)
            }
        case .failure(let error): throw Self.failure(error)
        }
    }
}
