import ApprovalAgent
import ApprovalCore
import AuditFiles
import Foundation
import SodiumKeys
import Synchronization

/// Verifies a directory with the public key alone, on all processors.
struct LogVerification {
    /// So many bundles are checked at a time by one processor.
    private static let bundlesAtOnce: Int64 = 64

    let directory: String
    let key: VerifierKey
    let files: AuditDirectory
    private let progress: ProgressLine?

    init(
        directory: String, key: VerifierKey, progress: ProgressLine? = ProgressLine("verified")
    ) {
        self.directory = directory
        self.key = key
        self.progress = progress
        files = AuditDirectory(directory)
    }

    /// Holds the directory against its checkpoint, or against `other` in the place of that, and
    /// both against checkpoints from elsewhere.
    func run(
        under other: KeptNote? = nil, since kept: [KeptNote]
    ) throws(Failure) -> LogReport {
        var report = LogReport(directory: directory, key: key)
        guard let published = try published() else {
            throw .failed("\(directory)/checkpoint: it is not there; nothing can be verified")
        }
        var known: [KeptCheckpoint] = []
        for kept in [other ?? published] + kept + (other == nil ? [] : [published]) {
            switch checkpoint(kept) {
            case .success(let checkpoint):
                known.append(KeptCheckpoint(file: kept.file, checkpoint))
            case .failure(let fault):
                report.fault = fault
                return report
            }
        }
        let own = known.removeFirst().checkpoint
        report.checkpoint = own
        report.since = known.map(\.checkpoint.size)
        report.fault = try verify(own, known, &report)
        if report.fault == nil { report.fault = try otherKey() }
        if let fault = report.fault, let found = try abandonment(fault, kept, in: own) {
            report.add(found)
        }
        return report
    }

    /// The directory's own checkpoint; nil where it has none.
    func published() throws(Failure) -> KeptNote? {
        try read("checkpoint").map { KeptNote(file: "checkpoint", note: SignedNote(parsing: $0)) }
    }

    /// The checkpoint that a note is, or what is wrong with it.
    func checkpoint(_ kept: KeptNote) -> Result<Checkpoint, LogFault> {
        guard let note = kept.note else {
            return .failure(LogFault(.edited, nil, in: kept.file, "it is not a signed note"))
        }
        do throws(SignedNoteError) {
            return .success(try note.checkpoint(by: key) { Sodium.verify($1, of: $0, by: $2) })
        } catch {
            let deed: LogFault.Deed =
                switch error {
                case .otherKey, .otherOrigin: .otherKey
                case .badSignature, .noCheckpoint: .edited
                }
            return .failure(LogFault(deed, nil, in: kept.file, error.description))
        }
    }

    /// The directory's own key must be the one that is trusted.
    private func otherKey() throws(Failure) -> LogFault? {
        guard let bytes = try read("vkey"), bytes != Array("\(key)\n".utf8) else { return nil }
        return LogFault(.otherKey, nil, in: "vkey", "it names another key than the one given")
    }

    func verify(
        _ checkpoint: Checkpoint, _ known: [KeptCheckpoint], _ report: inout LogReport
    ) throws(Failure) -> LogFault? {
        let audit = LogAudit(
            size: checkpoint.size, kinds: EntryKind.allCases.map(\.rawValue), Sodium.sha256
        ) { [files] path throws(LogDirectoryError) in try files.read(path.text) }
        do throws(LogDirectoryError) {
            // What only claims to be large is not searched for its first gap.
            if checkpoint.size > Self.large, try audit.isEndMissing() {
                return LogFault(
                    .truncated, nil, in: "checkpoint",
                    "it is of \(checkpoint.size) entries, and the last of them are not here")
            }
            let spans = try spans(audit)
            let fault = try audit.conclude(spans, checkpoint, since: known)
            return LogFault.first(of: [fault, try others(audit, &report)].compactMap { $0 })
        } catch { throw .failed(error.description) }
    }

    /// In entries.
    private static let large: Int64 = 1 << 28

    /// Checks the bundles, as many at a time as there are processors.
    private func spans(
        _ audit: LogAudit<LogDirectoryError>
    ) throws(LogDirectoryError) -> [LogAudit<LogDirectoryError>.Span] {
        let steps = Int((audit.bundles + Self.bundlesAtOnce - 1) / Self.bundlesAtOnce)
        let results = Mutex<[Result<LogAudit<LogDirectoryError>.Span, LogDirectoryError>]>([])
        DispatchQueue.concurrentPerform(iterations: steps) { step in
            let start = Int64(step) * Self.bundlesAtOnce
            let range = start..<min(start + Self.bundlesAtOnce, audit.bundles)
            let result: Result<LogAudit<LogDirectoryError>.Span, LogDirectoryError>
            do throws(LogDirectoryError) { result = .success(try audit.check(range)) } catch {
                result = .failure(error)
            }
            results.withLock { $0.append(result) }
            progress?.add(Int64(range.count) * 256, of: audit.size)
        }
        progress?.end()
        var spans: [LogAudit<LogDirectoryError>.Span] = []
        for result in results.withLock({ $0 }) { spans.append(try result.get()) }
        return spans
    }

    /// The files that the tree does not need: what contradicts it, what is none of a log.
    private func others(
        _ audit: LogAudit<LogDirectoryError>, _ report: inout LogReport
    ) throws(LogDirectoryError) -> LogFault? {
        guard let paths = FileManager.default.enumerator(atPath: directory) else {
            throw LogDirectoryError(file: directory, why: "it cannot be listed")
        }
        var related: [LogPath] = []
        while let path = paths.nextObject() as? String {
            if let file = LogPath(path) {
                switch audit.use(of: file) {
                case .needed: continue
                case .related: related.append(file)
                case .beyond: report.filesBeyond += 1
                }
            } else if !Self.isKnown(path),
                paths.fileAttributes?[.type] as? FileAttributeType
                    != .typeDirectory
            {
                report.unknownFiles.append(path)
            }
        }
        var cache: (LogPath, [[UInt8]])?
        var faults: [LogFault] = []
        for file in related.sorted(by: { $0.text < $1.text }) {
            if let fault = try audit.compare(file, &cache) { faults.append(fault) }
        }
        report.unknownFiles.sort()
        return LogFault.first(of: faults)
    }

    /// Files of a log that are none of its tree, and what a stopped writer left.
    private static func isKnown(_ path: String) -> Bool {
        ["checkpoint", "vkey"].contains(path) || path.hasPrefix(".new/")
            || (path.hasPrefix("receipts/") && path.hasSuffix(".tlog-proof"))
    }

    /// A file of the directory; nil where there is none.
    func read(_ path: String) throws(Failure) -> [UInt8]? {
        do throws(LogDirectoryError) { return try files.read(path) } catch {
            throw .failed(error.description)
        }
    }
}
