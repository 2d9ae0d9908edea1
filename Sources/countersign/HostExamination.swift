import ApprovalAgent
import ApprovalCore
import Foundation
import SQLiteLedger

/// What of this host a running agent would suffer from.
struct HostExamination {
    /// Limits of the process as it was started.
    struct Limits {
        /// Bytes of a core dump; nil is without end.
        let core: UInt64?
        /// Bytes that may be locked into memory; nil is without end.
        let lockedMemory: UInt64?
    }

    /// Below it, an operator should make room.
    private static let littleRoom: Int64 = 2 << 30
    /// A page for each key, and some more.
    private static let lockedMemory: UInt64 = 64 << 10

    private let configuration: Configuration
    private let limits: Limits

    init(_ configuration: Configuration, _ limits: Limits) {
        self.configuration = configuration
        self.limits = limits
    }

    static func limits() -> Limits {
        func limit(_ resource: UInt32) -> UInt64? {
            var limit = rlimit()
            guard unsafe getrlimit(__rlimit_resource_t(resource), &limit) == 0 else { return 0 }
            return limit.rlim_cur == .max ? nil : UInt64(limit.rlim_cur)
        }
        return Limits(core: limit(RLIMIT_CORE.rawValue), lockedMemory: limit(lockedMemoryLimit))
    }

    /// RLIMIT_MEMLOCK, which is an alias that Swift does not import.
    private static let lockedMemoryLimit: UInt32 = 8

    func observations() -> [Observation] {
        files + [room, agent] + processLimits + switches
    }

    // Who can write these decides what is approved, or can forge what was.
    private var files: [Observation] {
        var found = [file(configuration.path, "configuration", mask: 0o022)]
        found.append(folder(configuration.policyDirectory, "policy directory"))
        for name in policyFiles { found.append(file(name, "policy file", mask: 0o022)) }
        let keys =
            [configuration.platform.apiKeyFile] + configuration.approvers.map(\.keyFile)
            + [configuration.ledger.logKeyFile]
        for key in keys {
            found.append(file(key, "key", mask: 0o077))
            found.append(folder(Self.folder(of: key), "folder of the key"))
        }
        found.append(file(configuration.ledger.file, "ledger", mask: 0o077))
        found.append(folder(Self.folder(of: configuration.ledger.file), "folder of the ledger"))
        found.append(folder(configuration.ledger.auditDirectory, "audit directory"))
        if let program = configuration.notify.command?.words.first {
            found.append(
                FileTrust.problem(ofProgram: program).map {
                    Observation("notify.command", $0, remedy: "mend it, or write null")
                } ?? Observation("notify.command", program))
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0.subject + $0.message).inserted }
    }

    private var policyFiles: [String] {
        let root = configuration.policyDirectory
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        return names.sorted().map { root + "/" + $0 }.filter { FileTrust($0)?.isRegular == true }
    }

    private static func folder(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }

    private func file(_ path: String, _ what: String, mask: mode_t) -> Observation {
        guard let file = FileTrust(path) else {
            return Observation(what, "\(path) cannot be found", remedy: "put it there")
        }
        return judge(file, what, mask: mask, fix: mask == 0o077 ? "chmod 600" : "chmod go-w")
    }

    private func folder(_ path: String, _ what: String) -> Observation {
        guard let folder = FileTrust(path), folder.isFolder else {
            return Observation(
                what, "\(path) is no folder", remedy: "make it: mkdir -m 700 \(path)")
        }
        return judge(folder, what, mask: 0o022, fix: "chmod go-w")
    }

    private func judge(
        _ file: FileTrust, _ what: String, mask: mode_t, fix: String
    ) -> Observation {
        let message = "\(file.path), mode \(file.octal), owner \(file.owner)"
        if !file.isOwn {
            return Observation(
                what, message, remedy: "it belongs to another user: chown it to the agent's or root"
            )
        }
        guard file.mode & mask == 0 else {
            return Observation(what, message, remedy: "\(fix) \(file.path)")
        }
        return Observation(what, message)
    }

    private var room: Observation {
        var status = statvfs()
        let path = Self.folder(of: configuration.ledger.file)
        guard unsafe statvfs(path, &status) == 0 else {
            return Observation(
                "disk", "what is free where the ledger is cannot be told",
                remedy: "look at \(path): \(HaltFile.systemError())")
        }
        let free = Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
        return Observation(
            "disk", "\(free >> 20) MiB are free where the ledger is",
            remedy: free < Self.littleRoom
                ? "make room: what cannot be recorded is not signed" : nil)
    }

    private var agent: Observation {
        Observation(
            "agent",
            SQLiteLedger.isInUse(at: configuration.ledger.file) ? "running" : "not running")
    }

    private var processLimits: [Observation] {
        let locked = limits.lockedMemory.map { "\($0 >> 10) KiB" } ?? "without end"
        let isEnough = limits.lockedMemory.map { $0 >= Self.lockedMemory } ?? true
        return [
            Observation(
                "core dumps",
                limits.core == 0
                    ? "none are written" : "the shell allows them; each command forbids its own"),
            Observation(
                "locked memory", "\(locked) may be locked for keys",
                remedy: isEnough
                    ? nil
                    : "raise the limit (LimitMEMLOCK=16M, or ulimit -l): keys could be swapped"
            ),
        ]
    }

    private var switches: [Observation] {
        [
            configuration.haltFile.current().map {
                Observation(
                    "halt", "halted by \($0.by): \($0.why)",
                    remedy: "countersign resume, once the cause is known")
            } ?? Observation("halt", "not halted"),
            configuration.groupHaltFile.current().map {
                Observation(
                    "groups", "not asked: \($0.why)",
                    remedy: "countersign resume, once the cause is known")
            } ?? Observation("groups", "may be asked"),
        ]
    }
}
