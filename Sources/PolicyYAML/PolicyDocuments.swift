internal import ApprovalAgent
internal import ApprovalCore

/// The documents of a policy, from their bytes to a policy.
struct PolicyDocuments {
    private let files: PolicyFiles
    private let shownAs: String

    init(_ files: PolicyFiles, shownAs: String) {
        self.files = files
        self.shownAs = shownAs
    }

    func check(
        sha256: @escaping SHA256, now: UnixTime?
    ) -> (loaded: LoadedPolicy?, findings: [Finding]) {
        let (policy, found) = decode(sha256, now)
        let findings = (files.findings + found).sorted()
        guard let policy, let policyFile = files.policy, let bookFile = files.addressBook,
            !findings.contains(where: { $0.severity == .error })
        else { return (nil, findings) }
        let all = [policyFile, bookFile] + files.tests
        let loaded = LoadedPolicy(
            policy: policy, digest: Manifest.digest(of: all, sha256: sha256), files: all,
            warnings: findings.map(\.description))
        return (loaded, findings)
    }

    private func decode(
        _ sha256: @escaping SHA256, _ now: UnixTime?
    ) -> (policy: Policy?, findings: [Finding]) {
        let policyFindings = findings(of: "policy.yaml")
        let bookFindings = findings(of: "address_book.yaml")
        let bookTop = files.addressBook.flatMap {
            YAMLDocument.open(bytes: $0.bytes, limits: .addressBook, findings: bookFindings)
        }
        let policyTop = files.policy.flatMap {
            YAMLDocument.open(bytes: $0.bytes, findings: policyFindings)?.fields()
        }
        let head = policyTop.map { PolicyHead($0, now: now) }
        let review = BookReview(lookalike: head?.guards?.lookalike, now: now, sha256: sha256)
        let book = bookTop.flatMap {
            AddressBookDecoder(assets: head?.names, review: review).decode($0)
        }
        var policy: Policy?
        if let policyTop, let head {
            policy = head.finish(policyTop, book: book)
            warnOfTests(policyFindings)
        }
        if let bookTop, let book { TagReview(book, policy).report(in: bookTop) }
        let tests = files.tests.flatMap { PolicyTestFile.check($0, policy, findings(of: $0.path)) }
        return (policy, policyFindings.sorted + bookFindings.sorted + tests)
    }

    private func findings(of file: String) -> Findings {
        Findings(file: "\(shownAs)/\(file)")
    }

    private func warnOfTests(_ findings: Findings) {
        if files.tests.isEmpty {
            findings.report(
                .noTests, at: .start, "the policy has no tests",
                fix: "write tests/NAME_test.yaml with the cases that must hold")
        }
    }
}
