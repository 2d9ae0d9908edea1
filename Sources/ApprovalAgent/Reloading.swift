/// How another policy comes in while the agent runs.
package struct Reloading: Sendable {
    /// Rung where the policy is to be loaded again. Rings during a reload add up to one more.
    package let bell: Bell
    /// Reads and checks the policy and runs its tests; any error and any failing test refuses it.
    let load: @Sendable () async throws(PolicyRejected) -> LoadedPolicy

    package init(
        bell: Bell, load: @escaping @Sendable () async throws(PolicyRejected) -> LoadedPolicy
    ) {
        self.bell = bell
        self.load = load
    }

    /// The policy stays as it is.
    package static var never: Reloading {
        Reloading(bell: Bell()) { () async throws(PolicyRejected) in
            throw PolicyRejected(findings: ["the policy is not reloaded here"])
        }
    }
}
