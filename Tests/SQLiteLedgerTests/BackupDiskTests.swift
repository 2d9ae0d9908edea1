import AgentTestKit
import ApprovalAgent
import Foundation
import Glibc
import SQLiteLedger
import Testing

@Suite(.timeLimit(.minutes(10))) struct BackupDiskTests {
    @Test func `a directory that is missing is named with what to do`() async throws {
        let place = try Workplace()
        try await place.filled(3).close()
        for target in [place.directory + "/none/copy", place.file + "/copy"] {
            guard case .unavailable(target, let why) = await place.refusalToBackUp(to: target)
            else {
                Issue.record("\(target) was taken")
                continue
            }
            #expect(why.contains("create its directory first"))
        }
        #expect(try place.strangers().isEmpty)
    }

    @Test func `a directory that may not be written to is named with what to do`() async {
        await #expect(processExitsWith: .success) {
            // Root may write anywhere.
            if geteuid() == 0 { try #require(setuid(65_534) == 0) }
            let place = try Workplace()
            try await place.filled(3).close()
            let directory = place.directory + "/closed"
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o500])
            let target = directory + "/copy"
            let error = await place.refusalToBackUp(to: target)
            guard case .unavailable(target, let why)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(why.contains("this user may write to"))
        }
    }

    @Test func `a disk that fills up while the copy is written keeps nothing of it`() async {
        await #expect(processExitsWith: .success) {
            let place = try Workplace()
            try await place.filled(60, kilobytes: 50).close()
            // No file may grow beyond this, as on a disk that is full.
            signal(SIGXFSZ, SIG_IGN)
            var bound = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &bound) == 0)
            let error = await place.refusalToBackUp()
            guard case .unavailable(place.target, let why)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(why.contains("make room"))
            #expect(try place.strangers().isEmpty)
        }
    }

    @Test func `a disk with too little room is left as it is`() async throws {
        let place = try Workplace()
        try await place.filled(60, kilobytes: 50).close()
        guard let disk = try SmallDisk(megabytes: 1) else { return }
        let target = disk.directory + "/copy"
        guard case .unavailable(target, let why) = await place.refusalToBackUp(to: target) else {
            Issue.record("there was room")
            return
        }
        #expect(why.contains("make room"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.directory).isEmpty)
    }
}
