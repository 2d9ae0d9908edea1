import ApprovalAgent
import AuditFiles
import Foundation
import Testing

/// A directory that is kept beside the one that goes on.
@Suite struct MoveAsideTests {
    private let files = FileManager.default

    /// A directory of a log below a folder that holds nothing else.
    private func withPlace(
        _ body: (_ folder: String, _ path: String) throws -> Void
    ) throws {
        let place = try Place()
        let path = place.path + "/audit"
        try files.createDirectory(atPath: path, withIntermediateDirectories: false)
        try AuditDirectory(path).write([.init(path: "tile/0/000", bytes: [1])])
        try body(place.path, path)
    }

    private func names(_ folder: String) throws -> [String] {
        try files.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test(arguments: [0o700, 0o750, 0o2750])
    func `everything goes with it, and an empty one has its rights`(mode: Int) throws {
        try withPlace { folder, path in
            try files.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            try AuditDirectory(path).moveAside(to: folder + "/old")
            #expect(try names(folder) == ["audit", "old"])
            #expect(try names(path) == [])
            #expect(try AuditDirectory(folder + "/old").read("tile/0/000") == [1])
            let attributes = try files.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }

    @Test func `a move that was cut short at any step is ended`() throws {
        // After the new one was made; after the old one was moved; with nothing at its place.
        for step in 0..<3 {
            try withPlace { folder, path in
                if step < 2 {
                    try files.createDirectory(
                        atPath: path + ".next", withIntermediateDirectories: false)
                }
                if step > 0 { try files.moveItem(atPath: path, toPath: folder + "/old") }
                try AuditDirectory(path).finishMove()
                #expect(try names(folder) == (step > 0 ? ["audit", "old"] : ["audit"]))
                #expect(try names(path) == (step > 0 ? [] : [".new", "tile"]))
                try AuditDirectory(path).moveAside(to: folder + "/again")
                #expect(try names(path) == [])
            }
        }
    }

    @Test func `a mark that is of no more use is removed, twice too`() throws {
        let place = try Place()
        let mark = HighWaterFile(besideLedger: place.path + "/ledger.sqlite")
        try mark.keep([1])
        try mark.remove()
        try mark.remove()
        #expect(try mark.read() == nil)
    }
}
