internal import ApprovalAgent
internal import ApprovalCore

/// What a policy's digest is taken over: for each file its path, a line feed, the lower-case
/// hexadecimal SHA-256 of its bytes and a line feed, in the order of the paths' bytes.
enum Manifest {
    static func text(of files: [PolicyFile], sha256: SHA256) -> String {
        files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
            .map { "\($0.path)\n\(sha256($0.bytes))\n" }
            .joined()
    }

    static func digest(of files: [PolicyFile], sha256: SHA256) -> Digest {
        sha256(Array(text(of: files, sha256: sha256).utf8))
    }
}
