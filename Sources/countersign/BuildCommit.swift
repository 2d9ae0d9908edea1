/// The commit that this program was built from, where the build said so.
enum BuildCommit {
    static let text = "unknown"
}
