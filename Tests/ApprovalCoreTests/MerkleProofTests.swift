import AgentTestKit
import ApprovalCore
import Testing

/// A hash that is good enough to tell the nodes of a test's tree apart, and quick.
enum QuickHash {
    static let hash: SHA256 = { message in
        var lanes: (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15, 0x94D0_49BB_1331_11EB)
        for byte in message {
            lanes.0 = (lanes.0 ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            lanes.1 = (lanes.1 &+ UInt64(byte)) &* 0xBF58_476D_1CE4_E5B9
            lanes.1 ^= lanes.1 >> 29
        }
        var bytes: [UInt8] = []
        for lane in [lanes.0, lanes.1, lanes.0 ^ lanes.1 >> 7, lanes.1 &+ lanes.0 << 9] {
            for shift in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: lane >> UInt64(shift * 8)))
            }
        }
        return Digest(bytes) ?? TestSHA256.hash(message)
    }
}

/// The tree as RFC 6962 defines it, by recursion over all leaves.
struct NaiveTree {
    let leaves: [Digest]
    let sha256: SHA256

    init(_ entries: [[UInt8]], _ sha256: @escaping SHA256 = TestSHA256.hash) {
        leaves = entries.map { sha256([0] + $0) }
        self.sha256 = sha256
    }

    /// Some entries, each another, hashed quickly.
    init(count: Int) {
        self.init((0..<count).map { Array("entry \($0)".utf8) }, QuickHash.hash)
    }

    private static func split(_ count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }

    /// MTH of section 2.1.
    func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard leaves.count > 1 else { return leaves.first ?? sha256([]) }
        let half = leaves.startIndex + Self.split(leaves.count)
        let (left, right) = (root(leaves[..<half]), root(leaves[half...]))
        return sha256([1] + left.bytes + right.bytes)
    }

    /// PATH of section 2.1.1.
    func path(_ index: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let half = Self.split(leaves.count)
        let (left, right) = (leaves.prefix(half), leaves.dropFirst(half))
        return index < half
            ? path(index, left) + [root(right)] : path(index - half, right) + [root(left)]
    }

    /// SUBPROOF of section 2.1.2.
    func proof(_ old: Int, _ leaves: ArraySlice<Digest>, _ isWhole: Bool) -> [Digest] {
        if old == leaves.count { return isWhole ? [] : [root(leaves)] }
        let half = Self.split(leaves.count)
        let (left, right) = (leaves.prefix(half), leaves.dropFirst(half))
        return old <= half
            ? proof(old, left, isWhole) + [root(right)]
            : proof(old - half, right, false) + [root(left)]
    }

    /// All complete subtrees, by level and index.
    var rows: [[Digest]] {
        var rows = [leaves]
        while let row = rows.last, row.count > 1 {
            rows.append(
                stride(from: 0, to: row.count - 1, by: 2).map {
                    MerkleTree.node(row[$0], row[$0 + 1], sha256)
                })
        }
        return rows
    }
}

struct MerkleProofTests {
    private let sha256 = QuickHash.hash

    /// The inputs and roots that Certificate Transparency's reference code tests with.
    private static let known: [(entry: String, root: String)] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (
            "5051525354555657",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
        ),
        (
            "606162636465666768696a6b6c6d6e6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        ),
    ]

    @Test func `the roots of the published trees are known`() throws {
        let entries = try Self.known.map { try #require([UInt8](hex: $0.entry)) }
        #expect(
            MerkleTree.empty(TestSHA256.hash).description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for size in 1...entries.count {
            let rows = NaiveTree(Array(entries.prefix(size))).rows
            let root = MerkleTree.root(size: Int64(size), TestSHA256.hash) { rows[$0][Int($1)] }
            #expect(root.description == Self.known[size - 1].root)
        }
    }

    @Test func `the published inclusion proof of the sixth of eight entries is known`() throws {
        let entries = try Self.known.map { try #require([UInt8](hex: $0.entry)) }
        let rows = NaiveTree(entries).rows
        let proof = MerkleTree.inclusion(of: 5, size: 8, TestSHA256.hash) { rows[$0][Int($1)] }
        #expect(
            proof?.map(\.description) == [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
    }

    @Test func `each inclusion proof of every tree up to 300 entries is that of the definition`()
        throws
    {
        let tree = NaiveTree(count: 300)
        let rows = tree.rows
        for size in 0...300 {
            let leaves = tree.leaves[..<size]
            let root = MerkleTree.root(size: Int64(size), sha256) { rows[$0][Int($1)] }
            #expect(root == tree.root(leaves))
            for index in 0..<size {
                let proof = try #require(
                    MerkleTree.inclusion(of: Int64(index), size: Int64(size), sha256) {
                        rows[$0][Int($1)]
                    })
                if size <= 40 || size % 43 == 0 {
                    #expect(proof == tree.path(index, leaves))
                }
                let holds = verify(leaves[index], index, size, root, proof)
                #expect(holds, "\(index) of \(size)")
            }
            let none = MerkleTree.inclusion(of: Int64(size), size: Int64(size), sha256) {
                rows[$0][Int($1)]
            }
            #expect(none == nil)
        }
    }

    private func verify(
        _ leaf: Digest, _ index: Int, _ size: Int, _ root: Digest, _ proof: [Digest]
    ) -> Bool {
        MerkleTree.verifyInclusion(
            of: leaf, at: Int64(index), size: Int64(size), root: root, proof, sha256)
    }

    @Test func `no inclusion proof holds for another place, leaf, size or length`() throws {
        let tree = NaiveTree(count: 33)
        let rows = tree.rows
        for size in 1...33 {
            let root = MerkleTree.root(size: Int64(size), sha256) { rows[$0][Int($1)] }
            for index in 0..<size {
                let proof = try #require(
                    MerkleTree.inclusion(of: Int64(index), size: Int64(size), sha256) {
                        rows[$0][Int($1)]
                    })
                let leaf = tree.leaves[index]
                let places = (-1...34).filter { verify(leaf, $0, size, root, proof) }
                #expect(places == [index])
                let leaves = tree.leaves.filter { verify($0, index, size, root, proof) }
                #expect(leaves == [leaf])
                #expect(!verify(leaf, index, size, root, proof + [leaf]))
                #expect(!verify(leaf, index, size, root, [leaf] + proof))
                for cut in proof.indices {
                    var other = proof
                    other.remove(at: cut)
                    #expect(!verify(leaf, index, size, root, other))
                    other = proof
                    other[cut] = root
                    #expect(!verify(leaf, index, size, root, other))
                }
            }
        }
    }

    @Test func `a frontier out of tiles is that which grew, and tiles give every subtree`() throws {
        let tree = NaiveTree(count: 600)
        let rows = tree.rows
        let levelOne = rows[8]
        var grown = Frontier()
        for size in 0...600 {
            let hashes = TileHashes(size: Int64(size), sha256) { path throws(LogDamage) in
                guard case .tile(let level, let index, let width) = path, level < 2 else {
                    return nil
                }
                let row = level == 0 ? tree.leaves : levelOne
                return MerkleTree.tile(row.dropFirst(Int(index) * 256).prefix(width))
            }
            if size % 37 == 0 || (254...258).contains(size) || (510...514).contains(size) {
                #expect(try Frontier(size: Int64(size), hashes.hash) == grown)
                let root = try MerkleTree.root(size: Int64(size), sha256, hashes.hash)
                #expect(root == grown.root(sha256))
                #expect(throws: LogDamage.self) {
                    try hashes.hash(level: 0, index: Int64(size))
                }
            }
            if size < 600 { grown.append(leaf: tree.leaves[size], sha256) }
        }
    }
}
