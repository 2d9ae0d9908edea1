import Foundation

/// Lets this process, and what it starts from now on, run on that core only.
func run(on core: Int) throws {
    let taskset = Process()
    taskset.executableURL = URL(filePath: "/usr/bin/taskset")
    taskset.arguments = ["-a", "-c", "-p", String(core), String(getpid())]
    taskset.standardOutput = FileHandle.nullDevice
    try taskset.run()
    taskset.waitUntilExit()
}

/// What a process that listens on a port has used, as the system knows it.
struct SandboxUsage {
    let port: UInt16
    private let id: String

    init(origin: String) throws {
        guard let port = origin.split(separator: ":").last.flatMap({ UInt16($0) }),
            let id = try FileManager.default.contentsOfDirectory(atPath: "/proc").first(where: {
                let line = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
                let status = try? String(contentsOfFile: "/proc/\($0)/status", encoding: .utf8)
                return String(decoding: line, as: UTF8.self).contains("custody-sandbox\0--listen")
                    && status?.contains("PPid:\t\(getpid())\n") == true
            })
        else { throw Wire.Failure(text: "no process at \(origin)") }
        self.port = port
        self.id = id
    }

    var cpuSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func megabytes(_ name: String) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return
            (line?.split(whereSeparator: \.isWhitespace).dropFirst().first
            .flatMap { Double($0) } ?? 0) / 1024
    }

    var residentMegabytes: Double { megabytes("VmRSS:") }

    var peakMegabytes: Double { megabytes("VmHWM:") }
}
