internal import ApprovalAgent

/// The files of a policy's directory, each read once, and what is wrong with the directory.
struct PolicyFiles {
    /// The most names that are read of one directory.
    private static let mostEntries = 1_000

    private(set) var policy: PolicyFile?
    private(set) var addressBook: PolicyFile?
    private(set) var tests: [PolicyFile] = []
    private(set) var findings: [Finding] = []

    private let path: String
    private let shownAs: String

    private init(path: String, shownAs: String) {
        self.path = path
        self.shownAs = shownAs
    }

    static func read(_ path: String, shownAs: String) -> PolicyFiles {
        var files = PolicyFiles(path: path, shownAs: shownAs)
        files.readAll()
        return files
    }

    /// Files that were read already, by their paths in the directory. Those of other names are
    /// reported, and so is a path that is there twice.
    static func given(_ files: [PolicyFile], shownAs: String) -> PolicyFiles {
        var given = PolicyFiles(path: "", shownAs: shownAs)
        for file in files { given.take(file) }
        given.reportMissing { name in files.contains { $0.path == name } }
        return given
    }

    private mutating func take(_ file: PolicyFile) {
        switch file.path {
        case "policy.yaml" where policy == nil: policy = file
        case "address_book.yaml" where addressBook == nil: addressBook = file
        case _
        where file.path.hasPrefix("tests/") && Self.isTestName(String(file.path.dropFirst(6)))
            && !tests.contains(where: { $0.path == file.path }):
            tests.append(file)
        case _:
            stranger(
                file.path, allowed: "policy.yaml, address_book.yaml and tests/NAME_test.yaml, once")
        }
    }

    private mutating func readAll() {
        let entries: [DirectoryEntry]
        do throws(FileProblem) {
            entries = try DirectoryEntry.list(path, limit: Self.mostEntries)
        } catch {
            let fix = "create it with policy.yaml and address_book.yaml"
            findings.append(
                Finding(
                    .wrongType, file: shownAs, at: .start, error.sentence("directory"), fix: fix))
            return
        }
        for entry in entries { take(entry) }
        reportMissing { name in entries.contains { $0.name == name } }
    }

    private mutating func reportMissing(unless stands: (String) -> Bool) {
        for name in ["policy.yaml", "address_book.yaml"] where !stands(name) {
            report(.wrongType, name, "there is no such file", fix: "write it: \(kind(of: name))")
        }
    }

    private func kind(of name: String) -> String {
        name == "policy.yaml"
            ? "`kind: Policy`"
            : "`kind: AddressBook`, with `entries: []` where no address is known"
    }

    private mutating func take(_ entry: DirectoryEntry) {
        switch (entry.name, entry.kind) {
        case ("policy.yaml", .file):
            policy = file("policy.yaml", limit: YAMLLimits().bytes)
        case ("address_book.yaml", .file):
            addressBook = file("address_book.yaml", limit: YAMLLimits.addressBook.bytes)
        case ("tests", .directory): takeTests()
        case ("policy.yaml", _), ("address_book.yaml", _):
            report(.wrongType, entry.name, "is not a regular file", fix: "put the file here")
        case ("tests", _):
            report(
                .wrongType, entry.name, "is not a directory of its own",
                fix: "links to directories are refused; put the files here, or remove it")
        case ("signatures", _):
            report(.unknownKey, entry.name, "is not supported yet", fix: "remove it")
        case (_, _): stranger(entry.name, allowed: "policy.yaml, address_book.yaml and tests/")
        }
    }

    private mutating func takeTests() {
        let entries: [DirectoryEntry]
        do throws(FileProblem) {
            entries = try DirectoryEntry.list("\(path)/tests", limit: Self.mostEntries)
        } catch {
            report(.wrongType, "tests", error.sentence("directory"))
            return
        }
        for entry in entries {
            guard entry.kind == .file, Self.isTestName(entry.name) else {
                stranger("tests/\(entry.name)", allowed: "files named NAME_test.yaml")
                continue
            }
            if let file = file("tests/\(entry.name)", limit: YAMLLimits().bytes) {
                tests.append(file)
            }
        }
    }

    /// Letters, digits, `.`, `-` and `_` alone: no name can look like two lines of a manifest.
    private static func isTestName(_ name: String) -> Bool {
        name.hasSuffix("_test.yaml")
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0) || [0x2D, 0x2E, 0x5F].contains($0)
            }
    }

    private mutating func stranger(_ name: String, allowed: String) {
        report(
            .unknownKey, name, "does not belong here",
            fix: "remove it; here may stand only \(allowed)")
    }

    private mutating func file(_ name: String, limit: Int) -> PolicyFile? {
        do throws(FileProblem) {
            return PolicyFile(
                path: name, bytes: try FileBytes.read("\(path)/\(name)", limit: limit))
        } catch {
            report(.wrongType, name, error.sentence("file"))
            return nil
        }
    }

    private mutating func report(
        _ code: FindingCode, _ name: String, _ message: String, fix: String? = nil
    ) {
        let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let shown = isPlain ? name : Shown.quoted(name)
        findings.append(
            Finding(code, file: "\(shownAs)/\(shown)", at: .start, message, fix: fix))
    }
}

extension FileProblem {
    /// What is wrong, without the path.
    fileprivate func sentence(_ what: String) -> String {
        switch self {
        case .missing: "there is no such \(what)"
        case .notRegular: "is not a regular file"
        case .tooLarge(_, let limit): "has more than the \(limit) bytes allowed"
        case .unreadable(_, let reason): "cannot be read: \(reason)"
        }
    }
}
