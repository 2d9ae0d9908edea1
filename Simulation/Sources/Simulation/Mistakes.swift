#if PLANTED
internal import ApprovalCore
#endif

/// The mistakes that are planted in this build: none in a clean one.
package enum Mistakes {
    #if PLANTED
    /// Their names, in the order of the list.
    package static let names = Planted.names

    /// From now on this one is made, and no other.
    package static func choose(_ name: String) { Planted.choose(name) }
    #else
    /// Their names, in the order of the list.
    package static let names: [String] = []

    /// From now on this one is made, and no other.
    package static func choose(_ name: String) {}
    #endif
}
