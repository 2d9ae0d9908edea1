import ApprovalAgent
import ApprovalCore
import SodiumKeys

/// What the platform says of the entities that this agent approves for. It is only read.
struct PlatformExamination {
    private let wiring: Wiring
    private let keys: Keys
    private let custody: any Custody

    init(_ wiring: Wiring, _ keys: Keys, _ custody: any Custody) {
        self.wiring = wiring
        self.keys = keys
        self.custody = custody
    }

    /// Throws where the platform does not answer; what it says is an observation.
    func observations() async throws(Failure) -> [Observation] {
        var found: [Observation] = []
        let approvers = wiring.configuration.approvers
        let owners = wiring.policy.policy.accounts.values.map(\.entityID)
        for entity in Set(owners + approvers.map(\.entityID)).sorted() {
            let approver = approvers.first { $0.entityID == entity }
            found += try await asked { () async throws(CustodyError) in
                if let approver { [try await method(approver)] } else { [] }
            } or: {
                Observation("approval method of \(entity)", $0, remedy: $1)
            }
            found += try await asked { () async throws(CustodyError) in
                [try await standing(of: entity, approver)] + (try await others(entity, approver))
            } or: {
                Observation("entity \(entity)", $0, remedy: $1)
            }
            found.append(await tier(entity))
        }
        found += try await asked { () async throws(CustodyError) in
            try await Preflight(custody: custody).check(wiring.policy.policy).map {
                Observation(
                    "policy", $0.description, remedy: "correct the policy, or ask the platform")
            }
        } or: {
            Observation("policy", $0, remedy: $1)
        }
        return found + [clock]
    }

    /// An answer that refuses is an observation; none at all ends the examination.
    private func asked(
        _ question: () async throws(CustodyError) -> [Observation],
        or refusal: (_ message: String, _ remedy: String) -> Observation
    ) async throws(Failure) -> [Observation] {
        do throws(CustodyError) { return try await question() } catch {
            switch error {
            case .refused(401), .notSent, .ambiguous, .throttled: throw Wiring.failure(error)
            case .refused(404):
                return [
                    refusal(
                        "the platform does not know it (404)",
                        "correct the ids in the configuration and the policy")
                ]
            case .refused(let status):
                return [refusal("refused with status \(status)", "ask the platform's operator")]
            case .malformed(let body):
                return [refusal("cannot be read: \(body)", "ask the platform's operator")]
            }
        }
    }

    private func method(
        _ approver: Configuration.ApproverIdentity
    ) async throws(CustodyError) -> Observation {
        let findings = try await Preflight(custody: custody).check(
            method: approver.methodID, of: approver.entityID,
            key: keys.signers[approver.entityID]?.publicKey)
        let subject = "approval method \(approver.methodID)"
        guard !findings.isEmpty else {
            return Observation(
                subject, "DSA_ED25519, ACTIVATED, with the key of \(approver.keyFile)")
        }
        return Observation(
            subject, findings.map(\.description).joined(separator: "; "),
            remedy: "register the key (`countersign keys show \(approver.keyFile)`) and have the "
                + "method activated")
    }

    private func standing(
        of id: EntityID, _ approver: Configuration.ApproverIdentity?
    ) async throws(CustodyError) -> Observation {
        let subject = "entity \(id)"
        let accepted = approver?.entityStates ?? Approver.Identity.defaultEntityStates
        let (message, state): (String, String)
        do throws(CustodyError) {
            let entity = try await custody.entity(id)
            guard entity.id == id else {
                return Observation(
                    subject, "another came back", remedy: "ask the platform's operator")
            }
            state = entity.state ?? "absent"
            message = "type \(entity.type), state \(entity.state ?? "not shown")"
        } catch .refused(404) {
            // As the agent takes it: its accounts are there, and no state is shown.
            (message, state) = ("the platform does not show it", "absent")
        }
        return Observation(
            subject, message,
            remedy: accepted.contains(where: state.isVerbatim)
                ? nil
                : "nothing is approved in this state; ask the platform's operator, or accept "
                    + "it with approvers[].entity_states")
    }

    /// Other ways to approve for the entity: whoever has one of them needs no policy.
    private func others(
        _ entity: EntityID, _ approver: Configuration.ApproverIdentity?
    ) async throws(CustodyError) -> [Observation] {
        let pinned = Set(
            wiring.policy.policy.groups.values.map(\.methodID)
                + [approver?.methodID].compactMap(\.self))
        return try await custody.approvalMethods(of: entity)
            .filter { $0.state.isVerbatim("ACTIVATED") && !pinned.contains($0.id) }
            .map { method in
                Observation(
                    "approval method \(method.id)",
                    "another ACTIVATED method of entity \(entity), of type \(method.type)",
                    remedy: "who holds it approves without this agent and its policy: have it "
                        + "deactivated, or know why it is there")
            }
    }

    private func tier(_ entity: EntityID) async -> Observation {
        let subject = "tier of entity \(entity)"
        do throws(CustodyError) {
            let tier = try await custody.tier(of: entity)
            return Observation(
                subject, tier.sendLimit.map { "may send \($0) EUR" } ?? "shows no send limit")
        } catch {
            return Observation(
                subject, "not shown",
                remedy: isTierNeeded
                    ? "rules with `tier` hold for nothing until it is: ask the platform's operator"
                    : nil)
        }
    }

    /// Whether a rule asks for the room that a tier leaves.
    private var isTierNeeded: Bool {
        wiring.policy.policy.rules.contains { rule in
            rule.conditions.contains { condition in
                if case .tier = condition { true } else { false }
            }
        }
    }

    private var clock: Observation {
        let maximum = wiring.policy.policy.settings.maxClockSkew
        if let doubt = wiring.clockWatch.doubt(maximum) {
            return Observation("clock", doubt.message, remedy: "set the clock (NTP)")
        }
        guard let skew = wiring.clockWatch.skew else {
            return Observation(
                "clock", "the platform did not tell its time",
                remedy: "ask the platform's operator for Date headers")
        }
        return Observation(
            "clock", "about \(skew) ms from the platform's",
            remedy: abs(skew) > maximum / 3 ? "set the clock (NTP) before it is out of bounds" : nil
        )
    }
}
