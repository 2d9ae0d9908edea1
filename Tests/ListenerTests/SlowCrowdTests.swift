import ApprovalCore
import Foundation
import Listener
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SlowCrowdTests {
    /// Measured in a process of its own, where nothing else takes or returns memory.
    @Test func `1,000 slow connections keep nobody out and cost less than 50 MB`() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try SlowCrowd.allowManyDescriptors()
            try await SlowCrowd.besiege()
        }
        print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self))
    }
}

/// Many who connect, send half a request and wait.
private enum SlowCrowd {
    /// Nothing is closed because of time here: only the bounds of connections make room.
    private static var patient: ListenerBounds {
        var bounds = ListenerBounds()
        bounds.headersWithin = .seconds(600)
        bounds.requestWithin = .seconds(600)
        return bounds
    }

    static func besiege() async throws {
        try await Listening.operations(patient) { operations in
            try await Listening.callbacks(patient) { address, rung in
                try await served(address, operations, rung, round: 1)
                let before = try residentKiB()
                let crowds = [try await crowd(address), try await crowd(operations)]
                try await served(address, operations, rung, round: 20)
                let growth = try residentKiB() - before
                print("2 x 1,000 slow connections: \(growth) KiB more, clients included")
                #expect(growth < 50 * 1_000)
                for crowd in crowds { try await thinned(crowd, to: patient.connections) }
            }
        }
    }

    /// Both listeners answer, on new connections and each time.
    private static func served(
        _ callbacks: ListenAddress, _ operations: ListenAddress, _ rung: Rung, round count: Int
    ) async throws {
        for _ in 0..<count {
            let before = rung.bells.count
            let client = try await WireClient(callbacks)
            await client.send(CallbackPost().bytes)
            #expect(await client.reply()?.status == 200)
            #expect(rung.bells.count == before + 1)
            await client.close()
            let ready = try await WireClient(operations)
            await ready.send("GET /readyz HTTP/1.1\r\n\r\n")
            #expect(await ready.reply()?.status == 200)
            await ready.close()
        }
    }

    /// Half of them come from where the honest client comes from.
    private static func crowd(_ address: ListenAddress) async throws -> [WireClient] {
        try await withThrowingTaskGroup(of: WireClient.self) { group in
            var crowd: [WireClient] = []
            for number in 0..<1_000 {
                let isNear = number.isMultiple(of: 2)
                let source = isNear ? "127.0.0.1" : "127.0.\(1 + number % 40).\(1 + number / 40)"
                let half = number.isMultiple(of: 3) ? "" : "Content-Length: 9\r\n\r\n{"
                group.addTask {
                    let client = try await WireClient(address, from: source)
                    await client.send("POST /callbacks HTTP/1.1\r\nX-Slow: \(number)\r\n\(half)")
                    return client
                }
                if number >= 50, let client = try await group.next() { crowd.append(client) }
            }
            while let client = try await group.next() { crowd.append(client) }
            return crowd
        }
    }

    /// Returns when no more than that many are left open.
    private static func thinned(_ crowd: [WireClient], to count: Int) async throws {
        await withTaskGroup(of: Void.self) { group in
            for client in crowd { group.addTask { _ = await client.untilClosed() } }
            for _ in 0..<(crowd.count - count) { await group.next() }
            group.cancelAll()
        }
        for client in crowd { await client.close() }
    }

    /// Resident memory of this process in KiB.
    private static func residentKiB() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]))
    }

    /// As many as the system allows this user.
    static func allowManyDescriptors() throws {
        var limit = rlimit()
        try #require(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        limit.rlim_cur = limit.rlim_max
        try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    }
}
