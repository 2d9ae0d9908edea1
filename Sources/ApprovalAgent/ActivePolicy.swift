import ApprovalCore
import Synchronization

/// The policy that decides now. It changes between two decisions, never within one.
package final class ActivePolicy: Sendable {
    private struct State {
        var policy: LoadedPolicy
        var isInForce = true
    }

    private let state: Mutex<State>

    /// The policy is taken to be in force, as a dry run takes it: an ``Agent`` that writes finds
    /// out first.
    package init(_ policy: LoadedPolicy) { state = Mutex(State(policy: policy)) }

    /// The policy that decides now.
    package var current: LoadedPolicy { state.withLock { $0.policy } }

    /// Lets another policy, which the ledger counts under now, decide from now on.
    func replace(with next: LoadedPolicy) {
        state.withLock { $0 = State(policy: next) }
    }

    /// Nothing is decided until the ledger counts under the policy.
    func suspend() { state.withLock { $0.isInForce = false } }

    /// Whether the ledger counts under the policy.
    var isInForce: Bool { state.withLock { $0.isInForce } }

    /// Why nothing may be decided under the policy yet; nil where it may.
    var doubt: Reason? {
        state.withLock { state in
            guard !state.isInForce else { return nil }
            let from = state.policy.policy.metadata.effectiveFrom
            return .policyNotActive(from.waiting)
        }
    }
}

extension UnixTime? {
    /// What a policy waits for that takes effect then.
    fileprivate var waiting: String {
        map { "it takes effect at \($0.nextMinute) UTC" } ?? "it was not activated yet"
    }
}
