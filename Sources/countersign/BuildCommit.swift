import CBuild

/// The commit that this program was built from, where the build said so.
enum BuildCommit {
    static var text: String { unsafe String(cString: countersign_commit()) }
}
