package import ApprovalCore

/// Whether the agent approves what it should: six checks, each true or false with a sentence.
package struct Readiness: Hashable, Sendable {
    /// The names that `/readyz` and the metrics have.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case policyActive = "policy_active"
        case approvalKeyRegistered = "approval_key_registered"
        case ledgerWritable = "ledger_writable"
        case clockWithinBounds = "clock_within_bounds"
        case pollRecent = "poll_recent"
        case notHalted = "not_halted"
    }

    /// One of them.
    package struct Check: Hashable, Sendable {
        package let name: Name
        package let isOK: Bool
        /// One sentence: how it is, or what is wrong.
        package let message: String
    }

    /// Everything that is judged, at one moment.
    package struct Findings: Sendable {
        package let now: UnixTime
        package let policy: LoadedPolicy
        /// Why the policy decides nothing yet.
        package let policyDoubt: Reason?
        /// Why an approval key is not the registered one, or its method cannot be used.
        package let keyDoubt: Reason?
        package let ledger: Result<LedgerCondition, LedgerError>
        package let clockDoubt: Reason?
        /// This host's clock minus the platform's, in milliseconds.
        package let skew: Int64?
        /// When the last pass over every account ended that missed nothing.
        package let lastCompletePass: UnixTime?
        /// Milliseconds between passes.
        package let pollInterval: Int64
        package let halt: Halt?
        /// When the first pass began, as long as none has ended. A pass that begins with much
        /// unfinished work takes its time, and the agent approves meanwhile.
        package var firstPassSince: UnixTime?

        package init(
            now: UnixTime, policy: LoadedPolicy, policyDoubt: Reason?, keyDoubt: Reason?,
            ledger: Result<LedgerCondition, LedgerError>, clockDoubt: Reason?, skew: Int64?,
            lastCompletePass: UnixTime?, pollInterval: Int64, halt: Halt?
        ) {
            self.now = now
            self.policy = policy
            self.policyDoubt = policyDoubt
            self.keyDoubt = keyDoubt
            self.ledger = ledger
            self.clockDoubt = clockDoubt
            self.skew = skew
            self.lastCompletePass = lastCompletePass
            self.pollInterval = pollInterval
            self.halt = halt
        }
    }

    /// In the order of their names' declaration.
    package let checks: [Check]

    /// Judges; pure.
    package init(_ findings: Findings) {
        checks = Name.allCases.map { name in
            let (isOK, message) = findings.judge(name)
            return Check(name: name, isOK: isOK, message: message)
        }
    }

    /// Whether every check is true.
    package var isReady: Bool { checks.allSatisfy(\.isOK) }

    /// `{"ready":…,"checks":{"policy_active":{"ok":…,"message":…},…}}`.
    package var json: JSONValue {
        .object([
            "ready": .bool(isReady),
            "checks": .object(
                checks.map { check in
                    JSONMember(
                        check.name.rawValue,
                        .object(["ok": .bool(check.isOK), "message": .string(check.message)]))
                }),
        ])
    }
}

extension Readiness.Findings {
    /// Looks at the parts of a running agent. It writes nothing, and waits for no write.
    package init(
        policies: ActivePolicy, clockWatch: ClockWatch, ledger: any Ledger,
        haltSwitch: any HaltSwitch, lastCompletePass: UnixTime?, pollInterval: Int64,
        now: UnixTime, keyDoubt: Reason?, firstPassSince: UnixTime? = nil
    ) async {
        let condition: Result<LedgerCondition, LedgerError>
        do throws(LedgerError) { condition = .success(try await ledger.condition()) } catch {
            condition = .failure(error)
        }
        let policy = policies.current
        self.init(
            now: now, policy: policy, policyDoubt: policies.doubt, keyDoubt: keyDoubt,
            ledger: condition, clockDoubt: clockWatch.doubt(policy.policy.settings.maxClockSkew),
            skew: clockWatch.skew, lastCompletePass: lastCompletePass, pollInterval: pollInterval,
            halt: haltSwitch.current())
        self.firstPassSince = firstPassSince
    }

    /// Milliseconds within which a pass must have ended.
    private var longestSilence: Int64 { max(3 * pollInterval, 60_000) }

    fileprivate func judge(_ name: Readiness.Name) -> (isOK: Bool, message: String) {
        switch name {
        case .policyActive: policyActive
        case .approvalKeyRegistered:
            keyDoubt.map { (false, $0.message) }
                ?? (true, "the approval keys are those that the platform has")
        case .ledgerWritable: ledgerWritable
        case .clockWithinBounds:
            clockDoubt.map { (false, $0.message) }
                ?? (true, skew.map { "the clocks differ by about \($0) ms" } ?? "no doubt so far")
        case .pollRecent: pollRecent
        case .notHalted:
            halt.map { (false, "halted by \($0.by): \($0.why)") } ?? (true, "not halted")
        }
    }

    private var policyActive: (Bool, String) {
        let metadata = policy.policy.metadata
        if let policyDoubt { return (false, policyDoubt.message) }
        if let end = metadata.reviewBy, end <= now {
            return (false, Reason.policyExpired(since: end).message)
        }
        return (true, "policy \(metadata.id), revision \(metadata.revision), decides")
    }

    private var ledgerWritable: (Bool, String) {
        switch ledger {
        case .success(let condition):
            (true, "it records" + (condition.freeBytes.map { "; \($0) bytes are free" } ?? ""))
        case .failure(let error): (false, Stop(error).why)
        }
    }

    private var pollRecent: (Bool, String) {
        guard let lastCompletePass else {
            let age = firstPassSince.map { max(0, now.milliseconds - $0.milliseconds) }
            if let age, age <= longestSilence, skew != nil {
                return (true, "the first pass began \(age / 1_000) s ago and goes on")
            }
            return (false, "no pass over every account was completed yet")
        }
        let age = max(0, now.milliseconds - lastCompletePass.milliseconds)
        return age <= longestSilence
            ? (true, "the last complete pass ended \(age / 1_000) s ago")
            : (
                false,
                "the last complete pass ended \(age / 1_000) s ago, longer than "
                    + "\(longestSilence / 1_000) s; the log says why"
            )
    }
}
