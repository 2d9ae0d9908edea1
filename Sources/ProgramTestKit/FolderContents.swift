package import Foundation

/// All that stands in a folder at one moment: kinds, modes and bytes. Two of them tell whether
/// a command changed anything.
package struct FolderContents: Equatable, Sendable {
    /// One file, folder, link or other thing.
    package struct Entry: Equatable, Sendable {
        /// Permission bits, such as 0o600.
        package let mode: Int
        /// A word of the system for what it is, such as `NSFileTypeRegular`.
        package let kind: String
        /// The bytes of a regular file; empty for all else.
        package let bytes: Data
    }

    /// By path, relative to the folder.
    package let entries: [String: Entry]

    /// Reads the folder; links are not followed, pipes are not opened.
    package init(of folder: String) throws {
        let files = FileManager.default
        var entries: [String: Entry] = [:]
        for path in try files.subpathsOfDirectory(atPath: folder) {
            let full = folder + "/" + path
            let attributes = try files.attributesOfItem(atPath: full)
            let kind = attributes[.type] as? FileAttributeType ?? .typeUnknown
            let isRegular = kind == .typeRegular
            entries[path] = Entry(
                mode: (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0,
                kind: kind.rawValue,
                bytes: isRegular ? try Data(contentsOf: URL(fileURLWithPath: full)) : Data())
        }
        self.entries = entries
    }

    /// What is different later, in words and in the order of the paths; empty where nothing is.
    package func changes(to later: FolderContents) -> [String] {
        Set(entries.keys).union(later.entries.keys).sorted().compactMap { path in
            switch (entries[path], later.entries[path]) {
            case (nil, nil): nil
            case (nil, .some): "new: \(path)"
            case (.some, nil): "gone: \(path)"
            case (.some(let old), .some(let new)): old == new ? nil : "changed: \(path)"
            }
        }
    }
}

extension AgentFolder {
    /// All that stands in it now.
    package func contents() throws -> FolderContents { try FolderContents(of: path) }

    /// Fills in `{folder}` with its path.
    package func filled(_ text: String) -> String {
        text.replacingOccurrences(of: "{folder}", with: path)
    }

    /// Removes each line of a file whose first word is `key:`; throws where there is none.
    package func drop(_ key: String, from file: String) throws {
        let lines = try read(file).split(separator: "\n", omittingEmptySubsequences: false)
        let kept = lines.filter { !$0.drop { $0 == " " }.hasPrefix(key + ":") }
        guard kept.count < lines.count else {
            throw SandboxProcess.Failure(description: "\(file) does not hold \(key)")
        }
        try write(file, kept.joined(separator: "\n"))
    }

    /// Sets the permission bits of one of its files.
    package func setMode(_ mode: Int, of file: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: path + "/" + file)
    }

    /// Removes one of its files.
    package func delete(_ file: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + file)
    }
}
