import ApprovalAgent
import ApprovalCore
import AuditFiles
import Foundation
import SodiumKeys

/// A log that goes on from an earlier entry: what was published of the entries that were lost is
/// kept as evidence, beside the directory that goes on.
///
/// Each step can be repeated, wherever an earlier attempt was cut short.
struct SupersededLog {
    let directory: AuditDirectory
    let highWater: HighWaterFile
    let places: LogPlaces

    init(_ configuration: Configuration, _ places: LogPlaces) {
        directory = AuditDirectory(configuration.ledger.auditDirectory)
        highWater = HighWaterFile(besideLedger: configuration.ledger.file)
        self.places = places
    }

    /// Mends what an attempt that was cut short left: the directory is at its place, and nothing
    /// half written is in it.
    func mend() throws(Failure) {
        do throws(LogDirectoryError) {
            try directory.finishMove()
            try directory.removeLeftovers()
        } catch { throw .failed("the audit log cannot be kept: \(error)") }
    }

    /// Moves the directory aside where it shows something that the ledger does not lead to; its
    /// new path, nil where it stays.
    func moveAside(
        _ doubts: [DoubtedNote], _ lost: LostEntries
    ) throws(Failure) -> String? {
        guard lost.entries > 0 || doubts.contains(where: { $0.place == .directory }) else {
            return nil
        }
        let largest = doubts.compactMap(\.checkpoint).max { $0.size < $1.size }
        return try moveAside(largest)
    }

    private func moveAside(_ largest: Checkpoint?) throws(Failure) -> String {
        var name = directory.path
        while name.utf8.count > 1, name.hasSuffix("/") { name.removeLast() }
        let base =
            name + ".superseded"
            + (largest.map { "-\($0.size)-\($0.root.description.prefix(8))" } ?? "")
        let files = FileManager.default
        let numbers = (2...100).map { "\(base)-\($0)" }
        guard let path = ([base] + numbers).first(where: { !files.fileExists(atPath: $0) }) else {
            throw .failed("\(base): a hundred of them are there; move them away")
        }
        do throws(LogDirectoryError) { try directory.moveAside(to: path) } catch {
            throw .failed("the audit directory cannot be moved aside: \(error)")
        }
        return path
    }

    /// Publishes the ledger's last checkpoint anew where none is there, and makes what is published
    /// the high-water mark. Gives the path to which it moved a directory that is in the way.
    func goOn() async throws(Failure) -> String? {
        var moved: String?
        do throws(Stop) {
            if try read("checkpoint") == nil {
                do throws(Stop) { _ = try await places.rebuild() } catch {
                    moved = try moveAway(error)
                    _ = try await places.rebuild()
                }
            }
        } catch { throw .failed(error.why) }
        do {
            if let note = try read("checkpoint") {
                try highWater.keep(note)
            } else {
                try highWater.remove()
            }
        } catch { throw .failed("\(highWater.path) cannot be replaced: \(error)") }
        return moved
    }

    /// Files that are none of this ledger, without a checkpoint.
    private func moveAway(_ stop: Stop) throws(Stop) -> String {
        do throws(Failure) { return try moveAside(nil) } catch { throw stop }
    }

    private func read(_ path: String) throws(Stop) -> [UInt8]? {
        do throws(LogDirectoryError) { return try directory.read(path) } catch {
            throw Stop("the audit log cannot be read: \(error)")
        }
    }
}

extension DoubtedNote {
    /// A note that is longer stands in an entry by its hash alone.
    private static let longestNote = 4_096

    /// `place`, `why`, `size` and `root` of the checkpoint, the signed note and its hash.
    var json: JSONValue {
        .object([
            JSONMember("place", .string(place.rawValue)),
            JSONMember("why", .string(why)),
            JSONMember("size", checkpoint.map { .integer($0.size) } ?? .null),
            JSONMember("root", .optional(checkpoint?.root.description)),
            JSONMember(
                "note",
                note.count <= Self.longestNote && checkpoint != nil
                    ? .string(String(decoding: note, as: UTF8.self)) : .null),
            JSONMember("sha256", .string(Sodium.sha256(note).description)),
        ])
    }
}
