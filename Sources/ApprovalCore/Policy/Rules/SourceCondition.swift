/// `source: {accounts, entities}`: each key any of, both keys together.
package struct SourceCondition: Hashable, Sendable {
    /// nil where the key is not written.
    package let accounts: Set<AccountID>?
    /// nil where the key is not written.
    package let entities: Set<EntityID>?

    package init(accounts: Set<AccountID>? = nil, entities: Set<EntityID>? = nil) {
        self.accounts = accounts
        self.entities = entities
    }

    func matches(_ facts: Facts) -> Match {
        Match(covers(facts.source))
    }

    func covers(_ account: PolicyAccount) -> Bool {
        accounts?.holds(account.id) != false && entities?.holds(account.entityID) != false
    }
}
