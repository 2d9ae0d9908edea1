import Synchronization

/// The custody platform of the guide in memory, for demos, benchmarks and hostile tests.
/// Every request below `/v1` is authenticated; `/sandbox` is the control surface.
package final class Sandbox: Sendable {
    private let platform: Mutex<Platform>
    let callbacks = CallbackQueue()

    /// An empty platform. The same seed gives the same ids and chances.
    package init(seed: UInt64) {
        platform = Mutex(Platform(seed: seed))
    }

    /// A platform as a state file has it.
    package init(state: [UInt8]) throws(ControlError) {
        let saved = try Self.parsed(state, "state")
        platform = Mutex(try Platform(saved: saved))
        let undelivered = (saved["undelivered_callbacks"]?.elements ?? []).map(Callback.init)
        callbacks.add(undelivered, target: platform.withLock { $0.callbacks.target })
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
            pass(&platform)
            return .success(())
        }
        try result.get()
    }

    /// The whole state as JSON text, for a state file.
    package var state: [UInt8] {
        var members = platform.withLock { $0 }.saved.members ?? []
        let undelivered = callbacks.undelivered.map(\.json)
        members.append(.init("undelivered_callbacks", .array(undelivered)))
        return JSON.object(members).bytes
    }

    /// Sends callbacks there; only loopback addresses are accepted.
    package func sendCallbacks(to url: String) throws(ControlError) {
        try merge(scenario: JSON.object([.init("callbacks", ["url": .string(url)])]).bytes)
    }

    /// Lets go what the platform has to say, in the order of its changes.
    private func pass(_ platform: inout Platform) {
        callbacks.add(platform.callbacks.takeReady(), target: platform.callbacks.target)
    }

    /// Fails what has expired by now.
    func passTime() {
        platform.withLock { platform in
            platform.expire()
            pass(&platform)
        }
    }

    /// The `Date` header to send, in the sandbox's time; nil where it is switched off.
    package var dateHeader: String? {
        platform.withLock { $0.date() }
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
            let reply = platform.withLock { platform in
                defer { pass(&platform) }
                return platform.control(request)
            }
            let isOfCallbacks = reply.status == 200 && request.path == "/sandbox/callbacks"
            return isOfCallbacks ? counted() : reply
        }
        let signature: Result<RequestSignature, SignatureFailure>
        do throws(SignatureFailure) {
            signature = .success(try verified(request))
        } catch {
            signature = .failure(error)
        }
        return platform.withLock { platform in
            defer { pass(&platform) }
            return platform.respond(to: request, signature: signature)
        }
    }

    /// The settings of callbacks with the counts of both sides.
    private func counted() -> Reply {
        let callbacks = platform.withLock { $0.callbacks }
        var members = callbacks.json.members ?? []
        var counts: [JSON.Member] = [
            .init("noticed", .integer(callbacks.noticed)),
            .init("lost", .integer(callbacks.lost)),
            .init("held", .integer(callbacks.held.count)),
        ]
        counts += self.callbacks.json.members ?? []
        members.append(.init("counts", .object(counts)))
        return Reply(200, .object(members))
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
    /// The `Date` header, written once a second.
    mutating func date() -> String? {
        guard settings.dateHeader else { return nil }
        let time = now
        if let last = lastDate, last.seconds == time.seconds { return last.text }
        let text = time.httpDate
        lastDate = (time.seconds, text)
        return text
    }

    mutating func respond(
        to request: ReceivedRequest, signature: Result<RequestSignature, SignatureFailure>
    ) -> Reply {
        expire()
        let route = Route(method: request.method, path: request.path)
        var failure: SignatureFailure?
        var parsed: RequestSignature?
        switch signature {
        case .failure(let why): failure = why
        case .success(let signature):
            parsed = signature
            if !nonces[signature.keyID, default: UsedNonces()].insert(signature.nonce) {
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
