package import ApprovalAgent
package import ApprovalCore

/// A policy as files in a directory: `policy.yaml`, `address_book.yaml` and `tests/*_test.yaml`.
/// Each file is read once; nothing else may stand there.
package struct PolicyDirectory: PolicySource {
    private let path: String
    private let shownAs: String
    private let sha256: SHA256

    /// The directory at `path`. Findings name its files as they stand under `shownAs`, which is
    /// the path as the operator wrote it.
    package init(path: String, shownAs: String, sha256: @escaping SHA256) {
        self.path = path
        self.shownAs = shownAs
        self.sha256 = sha256
    }

    /// The policy with its digest and warnings; otherwise every finding, one line each.
    package func load() throws(PolicyRejected) -> LoadedPolicy {
        let (loaded, findings) = check()
        guard let loaded else { throw PolicyRejected(findings: findings.map(\.description)) }
        return loaded
    }

    /// Reads and checks all files: every finding, errors and warnings, in the order of files and
    /// lines; the policy where there are no errors.
    package func check() -> (loaded: LoadedPolicy?, findings: [Finding]) {
        check(PolicyFiles.read(path, shownAs: shownAs))
    }

    /// The same of files that were read already, each under its path in the directory: nothing on
    /// disk is touched. What is neither `policy.yaml` nor `address_book.yaml` is a file of tests.
    package func check(files: [PolicyFile]) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        check(PolicyFiles.given(files, shownAs: shownAs))
    }

    private func check(_ files: PolicyFiles) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        let (policy, found) = decode(files)
        let findings = (files.findings + found).sorted()
        guard let policy, let policyFile = files.policy, let bookFile = files.addressBook,
            !findings.contains(where: { $0.severity == .error })
        else { return (nil, findings) }
        let all = [policyFile, bookFile] + files.tests
        let loaded = LoadedPolicy(
            policy: policy, digest: Manifest.digest(of: all, sha256: sha256),
            files: [policyFile, bookFile], warnings: findings.map(\.description))
        return (loaded, findings)
    }

    private func decode(_ files: PolicyFiles) -> (policy: Policy?, findings: [Finding]) {
        let policyFindings = findings(of: "policy.yaml")
        let bookFindings = findings(of: "address_book.yaml")
        let bookTop = files.addressBook.flatMap {
            YAMLDocument.open(bytes: $0.bytes, limits: .addressBook, findings: bookFindings)
        }
        let policyTop = files.policy.flatMap {
            YAMLDocument.open(bytes: $0.bytes, findings: policyFindings)?.fields()
        }
        var policy: Policy?
        if let policyTop {
            let head = PolicyHead(policyTop)
            let book = bookTop.flatMap { AddressBookDecoder(assets: head.names).decode($0) }
            policy = head.finish(policyTop, book: book)
            warnOfTests(files.tests.count, policyFindings)
        } else {
            _ = bookTop.flatMap { AddressBookDecoder(assets: nil).decode($0) }
        }
        let tests = files.tests.flatMap { PolicyTestFile.check($0, findings(of: $0.path)) }
        return (policy, policyFindings.sorted + bookFindings.sorted + tests)
    }

    private func findings(of file: String) -> Findings {
        Findings(file: "\(shownAs)/\(file)")
    }

    private func warnOfTests(_ count: Int, _ findings: Findings) {
        switch count {
        case 0:
            findings.report(
                .noTests, at: .start, "the policy has no tests",
                fix: "write tests/NAME_test.yaml with the cases that must hold")
        default:
            findings.report(
                .noTests, at: .start,
                "what stands in tests/ belongs to the digest, but is not run yet")
        }
    }
}

/// A file of tests. Its cases are not read yet; what it is must be right.
enum PolicyTestFile {
    static func check(_ file: PolicyFile, _ findings: Findings) -> [Finding] {
        let top = YAMLDocument.open(bytes: file.bytes, findings: findings)?.fields()
        _ = top?.required("apiVersion")?.choice(["countersign/v1": true])
        _ = top?.required("kind")?.choice(["PolicyTest": true])
        return findings.sorted
    }
}
