import ApprovalAgent
import ApprovalCore
import AuditFiles
import Foundation

/// A log that goes on from an earlier entry: what was published of the entries that were lost is
/// kept as evidence, beside the directory that goes on.
struct SupersededLog {
    let directory: String
    let highWater: HighWaterFile
    let places: LogPlaces

    /// A checkpoint that the ledger does not lead to any more.
    struct Abandoned {
        let checkpoint: Checkpoint
        let note: [UInt8]

        /// `size`, `root` and the signed note.
        var json: JSONValue {
            .object([
                JSONMember("size", .integer(checkpoint.size)),
                JSONMember("root", .string(checkpoint.root.description)),
                JSONMember("note", .string(String(decoding: note, as: UTF8.self))),
            ])
        }
    }

    /// The largest checkpoint of this log that is known: of the high-water mark, the directory or
    /// the one that was given.
    func abandoned(given: [UInt8]?) -> Abandoned? {
        let notes = [
            try? highWater.read(), try? AuditDirectory(directory).read("checkpoint"), given,
        ]
        let known = notes.compactMap { note -> Abandoned? in
            guard let note, let checkpoint = try? places.identity.checkpoint(note) else {
                return nil
            }
            return Abandoned(checkpoint: checkpoint, note: note)
        }
        return known.max { $0.checkpoint.size < $1.checkpoint.size }
    }

    /// Whether the directory shows something that the ledger does not lead to.
    func isAhead() async throws(Failure) -> Bool {
        do throws(Stop) { return try await places.standing() != .sound } catch {
            throw .failed(error.why)
        }
    }

    /// Moves the directory aside, and gives its new path; nil where there is nothing in it.
    func moveAside(_ abandoned: Abandoned?) throws(Failure) -> String? {
        let files = FileManager.default
        do {
            guard files.fileExists(atPath: directory),
                try !files.contentsOfDirectory(atPath: directory).isEmpty
            else { return nil }
            let mode = try files.attributesOfItem(atPath: directory)[.posixPermissions]
            let name = abandoned.map {
                ".superseded-\($0.checkpoint.size)-\($0.checkpoint.root.description.prefix(8))"
            }
            let base = directory + (name ?? ".superseded")
            let numbers = (2...100).map { "\(base)-\($0)" }
            guard let path = ([base] + numbers).first(where: { !files.fileExists(atPath: $0) })
            else { throw Failure.failed("\(base): a hundred of them are there; move them away") }
            try files.moveItem(atPath: directory, toPath: path)
            try files.createDirectory(
                atPath: directory, withIntermediateDirectories: false,
                attributes: mode.map { [.posixPermissions: $0] })
            return path
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .failed("\(directory) cannot be moved aside: \(error.localizedDescription)")
        }
    }

    /// Publishes the ledger's last checkpoint anew, and makes it the high-water mark.
    func goOn() async throws(Failure) {
        do throws(Stop) { _ = try await places.rebuild() } catch { throw .failed(error.why) }
        do {
            if let last = try await places.log.lastCheckpoint() {
                try highWater.keep(last.note)
            } else if FileManager.default.fileExists(atPath: highWater.path) {
                try FileManager.default.removeItem(atPath: highWater.path)
            }
        } catch { throw .failed("\(highWater.path) cannot be replaced: \(error)") }
    }
}
