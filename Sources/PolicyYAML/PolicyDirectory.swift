package import ApprovalAgent
package import ApprovalCore

/// A policy as files in a directory: `policy.yaml`, `address_book.yaml` and `tests/*_test.yaml`.
/// Each file is read once; nothing else may stand there.
package struct PolicyDirectory: PolicySource {
    private let path: String
    private let shownAs: String
    private let sha256: SHA256
    private let now: @Sendable () -> UnixTime?

    /// The directory at `path`. Findings name its files as they stand under `shownAs`, which is
    /// the path as the operator wrote it. `now` is asked at each reading for the moment for which
    /// dates are judged (W106, W116); where it gives nil they are not.
    package init(
        path: String, shownAs: String, sha256: @escaping SHA256,
        now: @escaping @Sendable () -> UnixTime? = { nil }
    ) {
        self.path = path
        self.shownAs = shownAs
        self.sha256 = sha256
        self.now = now
    }

    /// The policy with its digest and warnings; otherwise every finding, one line each, and the
    /// errors first.
    package func load() throws(PolicyRejected) -> LoadedPolicy {
        let (loaded, findings) = check()
        guard let loaded else {
            let errors = findings.filter { $0.severity == .error }
            let warnings = findings.filter { $0.severity == .warning }
            throw PolicyRejected(findings: (errors + warnings).map(\.description))
        }
        return loaded
    }

    /// Reads and checks all files: every finding, errors and warnings, in the order of files and
    /// lines; the policy where there are no errors. What is loaded holds all files of the digest,
    /// the tests too.
    package func check() -> (loaded: LoadedPolicy?, findings: [Finding]) {
        check(PolicyFiles.read(path, shownAs: shownAs))
    }

    /// The same of files that were read already, each under its path in the directory: nothing on
    /// disk is touched. Files of other names are reported.
    package func check(files: [PolicyFile]) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        check(PolicyFiles.given(files, shownAs: shownAs))
    }

    private func check(_ files: PolicyFiles) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        PolicyDocuments(files, shownAs: shownAs).check(sha256: sha256, now: now())
    }
}
