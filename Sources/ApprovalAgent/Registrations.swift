package import ApprovalCore
import Synchronization

/// What the platform says of those for whom this agent approves: whether the approval key is the
/// registered one, and whether the entity may act. Looked at again and again.
final class Registrations: Sendable {
    private struct Shown {
        var method: Reason?
        var entity: Reason?
        var tier: Tier?
        let at: UnixTime
    }

    /// A look that is older than this is none, nor is one that lies so far ahead: the clock was
    /// set back since.
    private static let mostAge: Int64 = 300_000

    private let shown = Mutex<[EntityID: Shown]>([:])

    /// Takes what was just read.
    fileprivate func note(
        _ entity: EntityID, method: Reason?, standing: Reason?, tier: Tier?, at time: UnixTime
    ) {
        shown.withLock {
            $0[entity] = Shown(method: method, entity: standing, tier: tier, at: time)
        }
    }

    /// When an entity was last looked at; nil where it never was.
    func lookedAt(_ entity: EntityID) -> UnixTime? { shown.withLock { $0[entity]?.at } }

    /// Why nothing may be approved for it; `signing` where this agent's own key would be used.
    func doubt(_ entity: EntityID, signing: Bool, at now: UnixTime) -> Reason? {
        guard let shown = shown.withLock({ $0[entity] }),
            abs(now.milliseconds - shown.at.milliseconds) < Self.mostAge
        else {
            return .platformUnavailable("the entity and its approval method could not be read")
        }
        return shown.entity ?? (signing ? shown.method : nil)
    }

    func tier(_ entity: EntityID) -> Tier? { shown.withLock { $0[entity]?.tier } }
}

extension Approver {
    /// Entities of this type hold accounts for which this agent may approve.
    private static let types: Set<String> = ["PARTNER", "BUSINESS"]

    /// Looks at every entity of the policy that was not looked at within `age` milliseconds. What
    /// cannot be read stays as it was known, for a while.
    func lookAtEntities(notWithin age: Int64) async {
        let policy = policies.current.policy
        for entity in Set(policy.accounts.values.map(\.entityID)).sorted() {
            let now = clock.now()
            if let last = registrations.lookedAt(entity),
                (0..<age).contains(now.milliseconds - last.milliseconds)
            {
                continue
            }
            do throws(CustodyError) {
                registrations.note(
                    entity, method: try await methodDoubt(entity),
                    standing: try await standing(of: entity),
                    tier: policy.readsTier ? try? await custody.tier(of: entity) : nil,
                    at: clock.now())
            } catch { continue }
        }
    }

    /// How the approval method differs from what is configured; nil where it is the same.
    private func methodDoubt(_ entity: EntityID) async throws(CustodyError) -> Reason? {
        guard let identity = identities[entity] else {
            return .policyNotActive("no approver is configured for the account's entity")
        }
        do throws(CustodyError) {
            let findings = try await Preflight(custody: custody).check(
                method: identity.methodID, of: entity, key: identity.signer?.publicKey)
            return findings.first.map { .keyUnusable($0.description) }
        } catch .refused(404) {
            return .keyUnusable("the platform has no approval method \(identity.methodID)")
        }
    }

    /// Why the entity may not act; nil where it may.
    private func standing(of id: EntityID) async throws(CustodyError) -> Reason? {
        let accepted = identities[id]?.entityStates ?? Identity.defaultEntityStates
        let entity: Entity
        do throws(CustodyError) { entity = try await custody.entity(id) } catch .refused(404) {
            // Its accounts were just read, so it exists: its state is not shown.
            return accepted.contains("absent")
                ? nil : .entityNotActive("the platform does not show entity \(id)")
        }
        guard entity.id == id else { return .entityNotActive("another entity came back") }
        guard Self.types.contains(where: entity.type.isVerbatim) else {
            return .entityNotActive("it is neither a PARTNER nor a BUSINESS")
        }
        guard accepted.contains(where: (entity.state ?? "absent").isVerbatim) else {
            return .entityNotActive(
                entity.state == nil ? "the platform does not show its state" : "it is not ACTIVE")
        }
        return nil
    }

    /// Why the key is not the registered one, or its entity may not act; nil where all is well.
    package func registrationDoubt(_ entity: EntityID) -> Reason? {
        registrations.doubt(entity, signing: identities[entity] != nil, at: clock.now())
    }
}
