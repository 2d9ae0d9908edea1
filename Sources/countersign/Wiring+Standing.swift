import ApprovalAgent
import PolicyYAML
import SQLiteLedger

// Whether the ledger is the one that it was: nothing is approved on one that lost entries.
extension Wiring {
    /// The largest file that can be a checkpoint.
    private static let longestCheckpoint = 65_536

    /// The signed note in a file that an operator kept; nil where none is named.
    static func checkpoint(_ file: String?) throws(Failure) -> [UInt8]? {
        guard let file else { return nil }
        do throws(FileProblem) {
            return try FileBytes.read(file, limit: longestCheckpoint)
        } catch {
            throw .invalid(
                "--checkpoint: \(error); give a file `checkpoint` of this log, as it was kept")
        }
    }

    /// INVARIANT: I8. Refuses a ledger that is behind the mark in its lock file, its high-water
    /// mark, the published checkpoint or one that was given, and one whose acceptance was begun and
    /// not ended. `reader` is given where the ledger was not opened to work on it, which looks at
    /// the lock file itself.
    func checkStanding(
        _ places: LogPlaces, given: [UInt8]? = nil, reader: SQLiteLedgerReader? = nil
    ) async throws(Failure) {
        guard let why = try await loss(places, given: given, reader: reader) else { return }
        throw Failure(lines: ["\(why)."] + Self.whatToDo, exitCode: 1)
    }

    /// INVARIANT: I8. Refuses where an acceptance was begun and not ended: it may have left no audit
    /// directory.
    func checkAcceptance() throws(Failure) {
        guard let begun = configuration.begunAcceptance else { return }
        throw Failure(lines: ["\(begun)."] + Self.whatToDo, exitCode: 1)
    }

    /// What says that the ledger lost entries; nil where nothing does.
    func loss(
        _ places: LogPlaces, given: [UInt8]?, reader: SQLiteLedgerReader? = nil
    ) async throws(Failure) -> String? {
        if let begun = configuration.begunAcceptance { return begun }
        if let reader, let why = try await Self.behind(configuration, reader) { return why }
        do throws(Stop) {
            guard case .behind(let why) = try await places.standing(given: given) else {
                return nil
            }
            return "\(configuration.ledger.file) lost entries, or is another ledger: \(why)"
        } catch { throw .failed(error.why) }
    }

    /// What the mark in the lock file says of a ledger that is only read; nil where it is not
    /// behind.
    static func behind(
        _ configuration: Configuration, _ reader: SQLiteLedgerReader
    ) async throws(Failure) -> String? {
        let why = try await read { () async throws(LedgerError) in try await reader.behind() }
        return why.map { "\(configuration.ledger.file): \($0)" }
    }

    /// The same for those who have no policy and wait for nothing: what cannot be read says nothing
    /// here.
    static func loss(
        _ configuration: Configuration, _ reader: SQLiteLedgerReader
    ) async throws(Failure) -> String? {
        if let begun = configuration.begunAcceptance { return begun }
        if let why = try await behind(configuration, reader) { return why }
        guard let places = try? logPlaces(configuration, reader),
            case .behind(let why)? = try? await places.standing()
        else { return nil }
        return "\(configuration.ledger.file) lost entries, or is another ledger: \(why)"
    }

    /// For whoever finds a ledger that lost entries.
    static let whatToDo = [
        "Nothing is approved with it: limits would not know what was spent.",
        "1. Look for the right files (the old disk, its -wal) and put them back.",
        "2. Only where they are lost: with the agent stopped, look at `countersign reconcile`, "
            + "then run `countersign reconcile --accept --why TEXT` (with --checkpoint FILE where "
            + "a checkpoint told it). It counts as spent every approval on the platform that this "
            + "ledger did not sign. Then start the agent again.",
        "docs/operations.md, \"A restored backup\", has every step.",
    ]
}

extension Configuration {
    /// `ACCEPTING` beside the ledger: an acceptance after a loss was begun and is not ended.
    var acceptanceFile: HaltFile { HaltFile(besideLedger: ledger.file, name: "ACCEPTING") }

    /// That it is there; nil where it is not.
    var begunAcceptance: String? {
        guard acceptanceFile.current() != nil else { return nil }
        return "\(acceptanceFile.path) is there: an acceptance after a loss was begun and not ended"
    }
}
