/// `guards`: watches that hold whatever the rules say; they only restrain.
package struct Guards: Hashable, Sendable {
    /// An address that is on no entry, but looks like one that is.
    package struct Lookalike: Hashable, Sendable {
        /// How many of the first and of the last characters must be equal.
        package let prefix: Int
        package let suffix: Int
        package let action: Restraint

        package init(prefix: Int, suffix: Int, action: Restraint) {
            self.prefix = prefix
            self.suffix = suffix
            self.action = action
        }
    }

    /// An address that came to the book a short while ago.
    package struct NewDestination: Hashable, Sendable {
        package let coolOffMilliseconds: Int64
        package let action: Restraint

        package init(coolOffMilliseconds: Int64, action: Restraint) {
            self.coolOffMilliseconds = coolOffMilliseconds
            self.action = action
        }
    }

    /// A reference under which another transaction was approved.
    package struct DuplicateReference: Hashable, Sendable {
        package let action: Restraint

        package init(action: Restraint) { self.action = action }
    }

    /// The guards by the names that a policy gives them.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case lookalike
        case newDestination = "new_destination"
        case duplicateReference = "duplicate_reference"
    }

    package let lookalike: Lookalike?
    package let newDestination: NewDestination?
    package let duplicateReference: DuplicateReference?

    package init(
        lookalike: Lookalike? = nil, newDestination: NewDestination? = nil,
        duplicateReference: DuplicateReference? = nil
    ) {
        self.lookalike = lookalike
        self.newDestination = newDestination
        self.duplicateReference = duplicateReference
    }

    /// The transaction's fields that the guards read.
    func fields(_ type: TransactionType) -> Set<String> {
        var fields: Set<String> = []
        if lookalike != nil || newDestination != nil { fields.insert(type.destinationField) }
        if duplicateReference != nil { fields.insert("reference") }
        return fields
    }
}

/// What a limit, pattern or guard makes of what it catches.
package enum Restraint: String, Hashable, Sendable, CaseIterable {
    case escalate, block

    /// The action of a decision that is restrained so.
    var action: Decision.Action {
        switch self {
        case .escalate: .escalate
        case .block: .block
        }
    }
}

/// The entries of an address book by their skeletons: what a look-alike is found with.
struct LookalikeIndex: Sendable {
    private struct Key: Hashable {
        let asset: String
        let skeleton: AddressSkeleton
    }

    private let guarding: Guards.Lookalike
    private let labels: [Key: String]

    init(_ guarding: Guards.Lookalike, _ book: AddressBook) {
        self.guarding = guarding
        var labels: [Key: String] = [:]
        for entry in book.entries {
            guard
                let skeleton = AddressSkeleton(
                    of: entry.address, prefix: guarding.prefix, suffix: guarding.suffix)
            else { continue }
            for asset in entry.assets {
                let key = Key(asset: asset, skeleton: skeleton)
                if labels[key].map({ entry.label < $0 }) ?? true { labels[key] = entry.label }
            }
        }
        self.labels = labels
    }

    /// The label of an entry that an address, which is on none, looks like; of several the first
    /// in the alphabet.
    func label(likeness address: String, asset: String) -> String? {
        guard
            let skeleton = AddressSkeleton(
                of: address, prefix: guarding.prefix, suffix: guarding.suffix)
        else { return nil }
        return labels[Key(asset: asset, skeleton: skeleton)]
    }
}
