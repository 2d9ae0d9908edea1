import ApprovalAgent
import ApprovalCore

extension LedgerContract {
    private typealias Fix = LedgerFixture

    /// The tree over the first entries, from their bytes.
    private static func tree(over entries: some Sequence<[UInt8]>) -> Frontier {
        entries.reduce(into: Frontier()) {
            $0.append(leaf: MerkleTree.leaf($1, TestSHA256.hash), TestSHA256.hash)
        }
    }

    /// A ledger with so many entries, and their bytes.
    private static func filled(_ make: Make, _ count: Int) async throws -> (Subject, [[UInt8]]) {
        let subject = try await make()
        for number in 1...count {
            try await subject.ledger.append(
                .halted, about: nil, entry: [JSONMember("number", .integer(number))],
                now: Fix.start)
        }
        let entries = try await subject.entries()
        try same(entries.count, count, "entries")
        return (subject, entries)
    }

    private static func checkpoint(_ entries: some Sequence<[UInt8]>) -> SignedCheckpoint {
        let tree = tree(over: entries)
        return SignedCheckpoint(frontier: tree, note: Array("note \(tree.size)".utf8))
    }

    private static func keep(_ checkpoint: SignedCheckpoint, in subject: Subject) async throws {
        try await subject.log.keep(checkpoint)
        try same(try await subject.log.lastCheckpoint(), checkpoint, "last checkpoint")
    }

    static let log: [Check] = [
        Check("every entry is a leaf, and the tree is that over all of them") { subject in
            try same(try await subject.log.frontier(), Frontier(), "the tree of no entry")
            try await subject.ledger.append(.started, about: nil, entry: [], now: Fix.start)
            try await subject.ledger.take(
                1, 100, [.requested(Fix.request(1)), .signed(Fix.challenge(1))])
            for number in 2...9 { try await subject.ledger.take(number) }
            let entries = try await subject.entries()
            try same(entries.count, 12, "entries")
            try same(try await subject.log.frontier(), tree(over: entries), "frontier")
            let leaves = try await subject.log.leaves(from: 0, count: 100)
            try same(leaves.map(\.entry), entries, "leaves")
            try same(
                leaves.map(\.hash), entries.map { MerkleTree.leaf($0, TestSHA256.hash) }, "hashes")
            try same(leaves.map(\.index), Array(0..<12), "indexes")
            try same(leaves.prefix(2).map(\.kind), [.started, .decided], "kinds")
            try same(
                leaves.prefix(2).map(\.transactionID), [nil, try Fix.transaction(1)], "ids")
        },
        Check(
            "leaves are given from any place on",
            each: { make in
                let (subject, entries) = try await filled(make, 6)
                for (from, count, expected) in [
                    (0, 2, 0..<2), (1, 3, 1..<4), (5, 9, 5..<6), (6, 5, 6..<6), (9, 5, 6..<6),
                    (0, 0, 0..<0),
                ] as [(Int64, Int, Range<Int>)] {
                    let leaves = try await subject.log.leaves(from: from, count: count)
                    try same(leaves.map(\.entry), Array(entries[expected]), "from \(from)")
                }
            }),
        Check(
            "checkpoints of the ledger's own tree are kept, and their sizes never fall",
            each: { make in
                let (subject, entries) = try await filled(make, 6)
                try same(try await subject.log.lastCheckpoint(), nil, "before the first")
                for size in [0, 1, 1, 4, 6, 6] {
                    try await keep(checkpoint(entries.prefix(size)), in: subject)
                }
            }),
        Check(
            "a checkpoint that is not of this ledger, or not after the last one, is refused",
            each: { make in
                let (_, entries) = try await filled(make, 6)
                var forged = entries
                forged[1] = Array("{}".utf8)
                let second = SignedCheckpoint(
                    frontier: tree(over: entries.prefix(4)), note: Array("another".utf8))
                for wrong in [
                    checkpoint(entries.prefix(3)), second, checkpoint(forged),
                    checkpoint(entries + [Array("{}".utf8)]), checkpoint(entries.reversed()),
                ] {
                    let (subject, _) = try await filled(make, 6)
                    try await keep(checkpoint(entries.prefix(4)), in: subject)
                    try await fails("\(wrong.frontier.size)", \.isCorrupt) {
                        () throws(LedgerError) in
                        try await subject.log.keep(wrong)
                    }
                }
            }),
        Check("what was refused is no leaf") { subject in
            let ledger = subject.ledger
            try await ledger.take(1, 100, [.requested(Fix.request(1))])
            try await ledger.take(2)
            let before = try await subject.log.frontier()
            let (id, request) = (try Fix.transaction(2), try Fix.request(1))
            try await fails("a foreign request", { $0 == .requestTaken }) {
                () throws(LedgerError) in
                try await ledger.advance(id, .requested(request), entry: [], now: Fix.start)
            }
            try same(try await subject.log.frontier(), before, "frontier")
            try await ledger.take(3)
            try same(
                try await subject.log.frontier(), tree(over: try await subject.entries()),
                "frontier")
        },
        Check("an entry of a signature says how many transactions were signed") { subject in
            for number in 1...3 {
                try await subject.ledger.take(
                    number, 1,
                    [.requested(Fix.request(number)), .signed(Fix.challenge(UInt8(number)))])
            }
            try await subject.ledger.advance(
                Fix.transaction(1), .signed(Fix.challenge(1)), entry: [], now: Fix.start)
            let numbers = try await subject.entries().map { entry in
                try JSONValue(parsing: entry)["signature_number"]?.integer
            }
            try same(numbers, [nil, nil, 1, nil, nil, 2, nil, nil, 3, 3], "numbers")
            try await fails("a number of the caller's own", \.isCorrupt) {
                () throws(LedgerError) in
                try await subject.ledger.append(
                    .halted, about: nil,
                    entry: [JSONMember("signature_number", .integer(7))], now: Fix.start)
            }
        },
    ]
}
