/// How much of a file is read. Beyond a limit the file is refused.
package struct YAMLLimits: Equatable, Sendable {
    /// The size of the file in bytes.
    package var bytes: Int
    /// How many lists and mappings may stand inside one another.
    package var depth: Int
    /// How many values, lists, mappings and keys there may be.
    package var nodes: Int

    /// By default 1 MiB, 16 levels, 100,000 nodes: a policy. An address book may be 64 MiB.
    package init(bytes: Int = 1 << 20, depth: Int = 16, nodes: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }

    /// An address book: 64 MiB and 8 million nodes.
    package static let addressBook = YAMLLimits(bytes: 64 << 20, nodes: 8_000_000)
}
