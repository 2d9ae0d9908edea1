import Synchronization

/// The custody platform of the guide in memory, for demos, benchmarks and hostile tests.
/// Every request below `/v1` is authenticated; `/sandbox` is the control surface.
package final class Sandbox: Sendable {
    private let platform: Mutex<Platform>

    /// An empty platform. The same seed gives the same ids and chances.
    package init(seed: UInt64) {
        platform = Mutex(Platform(seed: seed))
    }

    /// A platform as a state file has it.
    package init(state: [UInt8]) throws(ControlError) {
        platform = Mutex(try Platform(saved: Self.parsed(state, "state")))
    }

    /// Merges a scenario document; nothing changes where it is refused.
    package func merge(scenario: [UInt8]) throws(ControlError) {
        let json = try Self.parsed(scenario, "scenario")
        let result: Result<Void, ControlError> = platform.withLock { platform in
            var next = platform
            do throws(ControlError) {
                try next.merge(scenario: json)
            } catch {
                return .failure(error)
            }
            platform = next
            return .success(())
        }
        try result.get()
    }

    /// The whole state as JSON text, for a state file.
    package var state: [UInt8] { platform.withLock { $0 }.saved.bytes }

    /// The `Date` header to send, in the sandbox's time; nil where it is switched off.
    package var dateHeader: String? {
        platform.withLock { $0.settings.dateHeader ? $0.now.httpDate : nil }
    }

    private static func parsed(_ bytes: [UInt8], _ what: String) throws(ControlError) -> JSON {
        do throws(JSONSyntaxError) {
            return try JSON(parsing: bytes)
        } catch {
            throw ControlError(
                "\(what): no JSON at byte \(error.offset): expected \(error.expected)")
        }
    }

    /// Answers one request.
    package func respond(to request: ReceivedRequest) -> Reply {
        if request.path == "/sandbox" || request.path.hasPrefix("/sandbox/") {
            return platform.withLock { $0.control(request) }
        }
        let signature: Result<RequestSignature, SignatureFailure>
        do throws(SignatureFailure) {
            signature = .success(try verified(request))
        } catch {
            signature = .failure(error)
        }
        return platform.withLock { $0.respond(to: request, signature: signature) }
    }

    /// Everything but the nonce, outside the lock: the curve arithmetic takes the longest.
    private func verified(
        _ request: ReceivedRequest
    ) throws(SignatureFailure) -> RequestSignature {
        let signature = try RequestSignature(request)
        let (key, now, settings) = platform.withLock {
            ($0.keys[signature.keyID]?.publicKey, $0.now, $0.settings)
        }
        try signature.verify(
            request, publicKey: key, now: now, maxAge: settings.createdMaxAge,
            maxAhead: settings.createdMaxAhead)
        return signature
    }
}

extension Platform {
    mutating func respond(
        to request: ReceivedRequest, signature: Result<RequestSignature, SignatureFailure>
    ) -> Reply {
        let route = Route(method: request.method, path: request.path)
        var failure: SignatureFailure?
        var parsed: RequestSignature?
        switch signature {
        case .failure(let why): failure = why
        case .success(let signature):
            parsed = signature
            if !nonces[signature.keyID, default: []].insert(signature.nonce).inserted {
                failure = .nonceReused
            }
        }
        let reply: Reply
        if let failure {
            reply = .message(401, "Unauthorized: \(failure.message)")
        } else {
            reply = struck(request, route)
        }
        recording.record(
            RecordedRequest(
                sequence: 0, method: request.method, target: request.target,
                keyID: parsed?.keyID, nonce: parsed?.nonce ?? request.header("x-nonce"),
                status: reply.delivery == .dropped ? 0 : reply.status, verified: failure == nil,
                error: failure?.message), endpoint: route?.endpoint)
        return reply
    }

    /// The answer with the faults that strike; a fault `before` leaves the state alone.
    private mutating func struck(_ request: ReceivedRequest, _ route: Route?) -> Reply {
        var delay = 0
        var fault: FaultRule.Fault?
        for index in faults.indices where fault == nil {
            guard faults[index].strikes(request, route?.endpoint, chances: &chances) else {
                continue
            }
            recording.faultsStruck += 1
            switch faults[index].fault {
            case .latency(let milliseconds): delay += milliseconds
            case .status, .drop, .truncate: fault = faults[index].fault
            }
        }
        var reply = faulty(fault, request, route)
        reply.delayMilliseconds = delay
        return reply
    }

    private mutating func faulty(
        _ fault: FaultRule.Fault?, _ request: ReceivedRequest, _ route: Route?
    ) -> Reply {
        let moment: FaultRule.Moment =
            switch fault {
            case .status(_, _, _, let moment), .drop(let moment), .truncate(let moment): moment
            case .latency, nil: .after
            }
        var reply = Reply.message(200, "nothing was done")
        if moment == .after { reply = route.map { answer($0, request) } ?? .notFound }
        switch fault {
        case .status(let status, let retryAfter, let body, _):
            reply = Reply(status, body ?? ["message": "The sandbox was told to fail"])
            if let retryAfter { reply.headers = [("Retry-After", String(retryAfter))] }
        case .drop: reply.delivery = .dropped
        case .truncate: reply.delivery = .truncated
        case .latency, nil: break
        }
        return reply
    }
}
