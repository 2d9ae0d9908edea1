import Foundation
import ProgramTestKit
import Synchronization

// Approvals per second end to end, resident memory, and how long a callback takes to a confirmed
// approval, with the built programs: a sandbox and an agent share this machine; the ledger is on
// disk with full sync. Prints one JSON object a line.
// Usage: PassBenchmark COUNT CONCURRENCY…   (the programs stand in the same folder as this one)

struct Measurement {
    let seconds: Double
    let peakMegabytes: Double
    let confirmed: Int
}

func peakMegabytes(of id: Int32) -> Double {
    guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
        let kilobytes = line.split(separator: " ").dropFirst().compactMap({ Double($0) }).first
    else { return 0 }
    return kilobytes / 1_024
}

func measure(count: Int, concurrency: Int, allowed: Bool) async throws -> Measurement {
    let sandbox = try await SandboxProcess()
    let folder = try await AgentFolder()
    defer { folder.remove() }
    try folder.connect(to: sandbox.origin)
    try folder.replace(
        in: "countersign.yaml", "max_concurrency: 16", "max_concurrency: \(concurrency)")
    try folder.replace(
        in: "policies/policy.yaml", "max_amount: \"1.00000000\"", "max_amount: \"99999.00000000\"")
    try folder.replace(in: "policies/policy.yaml", "max_count: 40", "max_count: 1000000")
    try await sandbox.control("POST", "scenario", folder.scenario)
    let address = allowed ? AgentFolder.ID.exchange : AgentFolder.ID.blocked
    try await sandbox.control(
        "POST", "transactions/generate",
        [
            "account_id": AgentFolder.ID.payouts, "count": count,
            "template": AgentFolder.withdrawal("-0.00100000", to: address),
        ] as [String: Any])
    let begin = ContinuousClock.now
    let agent = try folder.start("run", "--once", "--format", "json")
    var peak = 0.0
    let sampler = DispatchSource.makeTimerSource()
    let samples = Samples()
    sampler.schedule(deadline: .now(), repeating: .milliseconds(20))
    sampler.setEventHandler { [id = agent.id] in samples.add(peakMegabytes(of: id)) }
    sampler.resume()
    let result = await agent.end()
    sampler.cancel()
    peak = samples.peak
    let elapsed = ContinuousClock.now - begin
    await sandbox.stop()
    guard let summary = result.objects.last?["summary"] as? [String: Any] else {
        throw SandboxProcess.Failure(description: "no summary: \(result.errors)")
    }
    return Measurement(
        seconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18,
        peakMegabytes: peak, confirmed: summary["confirmed"] as? Int ?? 0)
}

final class Samples: Sendable {
    private let value = Mutex(0.0)
    func add(_ sample: Double) { value.withLock { $0 = max($0, sample) } }
    var peak: Double { value.withLock { $0 } }
}

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let count = arguments.first ?? 2_000
for concurrency in arguments.dropFirst().isEmpty ? [1, 16] : Array(arguments.dropFirst()) {
    let result = try await measure(count: count, concurrency: concurrency, allowed: true)
    let rate = (Double(result.confirmed) / result.seconds * 10).rounded() / 10
    print(
        "{\"benchmark\":\"approvals\",\"concurrency\":\(concurrency),\"count\":\(result.confirmed),"
            + "\"per_second\":\(rate),\"seconds\":\((result.seconds * 100).rounded() / 100)}")
}
let pending = try await measure(count: 10_000, concurrency: 16, allowed: false)
print(
    "{\"benchmark\":\"memory\",\"pending\":10000,"
        + "\"peak_megabytes\":\((pending.peakMegabytes * 10).rounded() / 10),"
        + "\"seconds\":\((pending.seconds * 100).rounded() / 100)}")
let delays = try await callbackDelays(count: 300)
print(
    "{\"benchmark\":\"callback\",\"count\":\(delays.count),"
        + "\"median_ms\":\((delays[delays.count / 2] * 10).rounded() / 10),"
        + "\"p99_ms\":\((delays[delays.count * 99 / 100] * 10).rounded() / 10)}")
