import Foundation
import ProgramTestKit

// Mixed signed requests per second of the sandbox on one core, with so many PENDING transactions:
// for each transaction one page of the list, the transaction, a request for approval, that request
// again, and the approval. The sandbox has core 0, this program the other. Where other programs
// use core 0 too, the rate of CPU time says what the core would do alone. One JSON object a line.
// Usage: SandboxBenchmark [REQUESTS [TRANSACTIONS [CONNECTIONS]]]

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let load = try Load(
    requests: arguments.first ?? 100_000,
    transactions: arguments.dropFirst().first ?? 100_000,
    connections: arguments.dropFirst(2).first ?? 16)
try run(on: 0)
let sandbox = try await SandboxProcess(["--seed", "1"])
try run(on: 1)
let process = try SandboxUsage(origin: sandbox.origin)
try await load.prepare(sandbox)
let prepared = process.residentMegabytes
let before = process.cpuSeconds
let begin = ContinuousClock.now
let latencies = try load.run(port: process.port)
let elapsed = ContinuousClock.now - begin
let cpu = process.cpuSeconds - before
let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
let report = try await sandbox.report()
let callbacks = try CallbackDelay()
try await sandbox.control("POST", "callbacks", ["url": callbacks.url])
let delays = try callbacks.measure(1_000, account: Load.account, port: process.port)
let (grown, peak) = (process.residentMegabytes, process.peakMegabytes)
await sandbox.stop()

func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

let count = latencies.values.reduce(0) { $0 + $1.count }
let byEndpoint = latencies.sorted { $0.key < $1.key }.map { name, values in
    "\"\(name)\":\(values.sorted()[values.count / 2])"
}
print(
    "{\"benchmark\":\"sandbox\",\"transactions\":\(load.transactions),\"requests\":\(count),"
        + "\"connections\":\(load.connections),\"per_second\":\(rounded(Double(count) / seconds)),"
        + "\"per_cpu_second\":\(rounded(Double(count) / cpu)),"
        + "\"cpu_share\":\(rounded(cpu / seconds * 100)),"
        + "\"approved\":\(report["approvals_accepted"] ?? 0),"
        + "\"prepared_megabytes\":\(rounded(prepared)),\"megabytes\":\(rounded(grown)),"
        + "\"peak_megabytes\":\(rounded(peak)),\"median_us\":{\(byEndpoint.joined(separator: ","))}}"
)
print(
    "{\"benchmark\":\"sandbox_callbacks\",\"count\":\(delays.count),"
        + "\"median_us\":\(delays[delays.count / 2]),\"p99_us\":\(delays[delays.count * 99 / 100])}"
)
