import ApprovalAgent
import AuditFiles
import Foundation
import Testing

/// A directory of its own for one test, removed with the value.
final class Place: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "countersign-audit-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/\(name)", withDestinationPath: target)
    }

    func names(_ folder: String = "") throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }
}

/// What a call fails with; nil where it does not.
func failure(_ call: () throws(LogDirectoryError) -> Void) -> LogDirectoryError? {
    do throws(LogDirectoryError) {
        try call()
        return nil
    } catch { return error }
}

@Suite struct AuditDirectoryTests {
    @Test func `what is written is read, with the directories on its way`() throws {
        let place = try Place()
        let directory = AuditDirectory(place.path)
        #expect(try directory.read("tile/0/x001/234") == nil)
        try directory.write([
            LogFile(path: "tile/0/x001/234", bytes: [1, 2]), LogFile(path: "checkpoint", bytes: []),
        ])
        #expect(try directory.read("tile/0/x001/234") == [1, 2])
        #expect(try directory.read("checkpoint") == [])
        try directory.write([LogFile(path: "checkpoint", bytes: [3])])
        #expect(try directory.read("checkpoint") == [3])
        #expect(
            try place.names() == [
                ".new", "checkpoint", "tile", "tile/0", "tile/0/x001", "tile/0/x001/234",
            ])
    }

    @Test func `nobody but owner and group may read`() throws {
        let place = try Place()
        try AuditDirectory(place.path).write([LogFile(path: "receipts/a", bytes: [1])])
        for name in ["receipts", "receipts/a"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: "\(place.path)/\(name)")
            let mode = try #require(attributes[.posixPermissions] as? Int)
            #expect(mode & 0o027 == 0)
        }
    }

    @Test func `a directory of partial tiles is removed with what is in it`() throws {
        let place = try Place()
        let directory = AuditDirectory(place.path)
        try directory.write([
            LogFile(path: "tile/0/000.p/1", bytes: [1]),
            LogFile(path: "tile/0/000.p/2", bytes: [2]),
            LogFile(path: "tile/0/000", bytes: [3]),
        ])
        try directory.remove("tile/0/000.p")
        try directory.remove("tile/0/000.p")
        try directory.remove("tile/7/000.p")
        #expect(try place.names("tile") == ["0", "0/000"])
    }

    @Test func `what a killed process left half written is removed, and never in the way`() throws {
        let place = try Place()
        let directory = AuditDirectory(place.path)
        try directory.write([LogFile(path: "a", bytes: [1])])
        try Data([9]).write(to: URL(filePath: place.path + "/.new/0"))
        let error = failure { () throws(LogDirectoryError) in
            try directory.write([LogFile(path: "b", bytes: [2])])
        }
        #expect(error?.file == place.path + "/.new/0")
        try directory.removeLeftovers()
        try directory.write([LogFile(path: "b", bytes: [2])])
        #expect(try place.names() == [".new", "a", "b"])
    }

    @Test func `no symbolic link is followed, and no path leads out`() throws {
        let (place, other) = (try Place(), try Place())
        try Data([1]).write(to: URL(filePath: other.path + "/secret"))
        try place.link("tile", to: other.path)
        try place.link("checkpoint", to: other.path + "/secret")
        let directory = AuditDirectory(place.path)
        for path in ["tile/secret", "checkpoint", "../secret", "/etc/passwd", "a//b", "", "."] {
            let error = failure { () throws(LogDirectoryError) in _ = try directory.read(path) }
            #expect(error != nil, "\(path)")
        }
        let written = failure { () throws(LogDirectoryError) in
            try directory.write([LogFile(path: "tile/x", bytes: [])])
        }
        #expect(written?.file == place.path + "/tile")
        #expect(try other.names() == ["secret"])
    }

    @Test func `a missing directory is named, with what to do`() throws {
        let directory = AuditDirectory("/nonexistent/audit")
        let error = failure { () throws(LogDirectoryError) in
            try directory.write([LogFile(path: "a", bytes: [])])
        }
        #expect(error?.description.contains("/nonexistent/audit: there is no such") == true)
        #expect(error?.why.contains("ledger.audit_directory") == true)
    }

    @Test func `a file that is larger than any of a log is refused`() throws {
        let place = try Place()
        let path = place.path + "/checkpoint"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(unsafe truncate(path, off_t(AuditDirectory.longestFile + 1)) == 0)
        let error = failure { () throws(LogDirectoryError) in
            _ = try AuditDirectory(place.path).read("checkpoint")
        }
        #expect(error?.file == path)
    }
}

@Suite struct HighWaterFileTests {
    @Test func `the mark stands beside the ledger for its owner alone`() throws {
        let place = try Place()
        let mark = HighWaterFile(besideLedger: place.path + "/ledger.sqlite")
        #expect(try mark.read() == nil)
        try mark.keep([1])
        try Data([7]).write(to: URL(filePath: place.path + "/ledger.sqlite.high-water.new"))
        try mark.keep([2, 3])
        #expect(try mark.read() == [2, 3])
        #expect(try place.names() == ["ledger.sqlite.high-water"])
        let attributes = try FileManager.default.attributesOfItem(atPath: mark.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a mark that is a link is refused by name`() throws {
        let place = try Place()
        try place.link("ledger.high-water", to: "/etc/hostname")
        let mark = HighWaterFile(besideLedger: place.path + "/ledger")
        let error = failure { () throws(LogDirectoryError) in _ = try mark.read() }
        #expect(error == LogDirectoryError(file: mark.path, why: "it is a symbolic link"))
    }
}
