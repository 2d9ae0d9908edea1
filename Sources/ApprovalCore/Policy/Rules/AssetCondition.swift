/// `asset: [BTC]`: any of the names.
package struct AssetCondition: Hashable, Sendable {
    package let names: Set<String>

    package init(_ names: Set<String>) { self.names = names }

    func matches(_ facts: Facts) -> Match { Match(names.holds(facts.source.asset.name)) }
}
