package import ApprovalCore

/// What the platform says of the configuration before anything is decided.
package struct Preflight: Sendable {
    /// A difference that a person must mend; it invalidates the configuration or the policy.
    package struct Finding: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    private let custody: any Custody

    package init(custody: any Custody) { self.custody = custody }

    /// The approval method must be ours: DSA_ED25519, ACTIVATED, of this entity, with this key
    /// (nil in a dry run, which does not open it).
    package func check(
        method id: ApprovalMethodID, of entity: EntityID, key: PublicKey?
    ) async throws(CustodyError) -> [Finding] {
        let method = try await custody.approvalMethod(id, of: entity)
        var findings: [Finding] = []
        if method.id != id { findings.append(Finding("approval method \(id): another came back")) }
        if method.entityID != entity {
            findings.append(Finding("approval method \(id): it belongs to \(method.entityID)"))
        }
        if !method.type.isVerbatim("DSA_ED25519") {
            findings.append(Finding("approval method \(id): its type is not DSA_ED25519"))
        }
        if !method.state.isVerbatim("ACTIVATED") {
            findings.append(
                Finding(
                    "approval method \(id): it is not ACTIVATED; "
                        + "the platform's operator activates it"))
        }
        if let key, method.publicKey != key {
            findings.append(
                Finding("approval method \(id): its pub_key is not that of the approval key"))
        }
        return findings
    }

    /// Precision of every asset, entity and asset of every account, as the policy has them; of
    /// what another policy has just so, nothing is asked.
    package func check(
        _ policy: Policy, besides known: Policy? = nil
    ) async throws(CustodyError) -> [Finding] {
        var findings: [Finding] = []
        for asset in policy.assets.values.sorted(by: { $0.name < $1.name })
        where known?.assets[asset.name] != asset {
            let shown = try await custody.asset(asset.id)
            if shown.id != asset.id || shown.precision != asset.precision {
                findings.append(
                    Finding(
                        "asset \(asset.name): the policy says precision \(asset.precision), "
                            + "the platform \(shown.precision)"))
            }
        }
        for account in policy.accounts.values.sorted(by: { $0.name < $1.name })
        where known?.accounts[account.name] != account {
            let shown = try await custody.account(account)
            if shown.id != account.id || shown.entityID != account.entityID {
                findings.append(Finding("account \(account.name): it belongs to another entity"))
            }
            if shown.assetID != account.asset.id {
                findings.append(Finding("account \(account.name): it holds another asset"))
            }
        }
        return findings
    }
}
