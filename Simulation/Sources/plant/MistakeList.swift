import Foundation

/// A mistake does not fit the sources, or the list cannot be read.
struct Misfit: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// One text in place of another.
struct Change {
    let file: String
    var old = ""
    var new = ""
}

/// A mistake: a name, what it does, and the changes that make it.
struct Mistake {
    let name: String
    let what: String
    var changes: [Change] = []
}

/// The list of mistakes (`Mistakes.txt`).
struct MistakeList {
    private(set) var mistakes: [Mistake] = []

    /// `mistake NAME: WHAT`, then for each change `file PATH`, the old text between `<<<` and `===`,
    /// the new one up to `>>>`. Other lines between them are comments.
    init(_ text: String) throws {
        enum Part { case between, old, new }
        var part = Part.between
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            switch (part, line) {
            case (.between, "<<<"):
                part = .old
                try begin()
            case (.old, "==="): part = .new
            case (.new, ">>>"): part = .between
            case (.between, _): try head(line)
            case (.old, _): try change { $0.old += line + "\n" }
            case (.new, _): try change { $0.new += line + "\n" }
            }
        }
        guard part == .between else { throw Misfit("the last change has no end") }
        let names = Set(mistakes.map(\.name))
        guard names.count == mistakes.count else { throw Misfit("a name is used twice") }
        if let empty = mistakes.first(where: \.changes.isEmpty) {
            throw Misfit("\(empty.name) changes nothing")
        }
    }

    private mutating func head(_ line: String) throws {
        if line.hasPrefix("mistake ") {
            let words = line.dropFirst(8).split(separator: ":", maxSplits: 1)
            guard words.count == 2 else {
                throw Misfit("\(line): `mistake NAME: WHAT` is expected")
            }
            mistakes.append(
                Mistake(
                    name: String(words[0]), what: words[1].trimmingCharacters(in: .whitespaces)))
        } else if line.hasPrefix("file ") {
            guard !mistakes.isEmpty else { throw Misfit("\(line): it belongs to no mistake") }
            mistakes[mistakes.count - 1].changes.append(Change(file: String(line.dropFirst(5))))
        }
    }

    /// Another change of the file that was named last.
    private mutating func begin() throws {
        guard let mistake = mistakes.indices.last, let last = mistakes[mistake].changes.last else {
            throw Misfit("a text belongs to no file")
        }
        if !last.old.isEmpty { mistakes[mistake].changes.append(Change(file: last.file)) }
    }

    private mutating func change(_ edit: (inout Change) -> Void) throws {
        guard let mistake = mistakes.indices.last,
            let place = mistakes[mistake].changes.indices.last
        else { throw Misfit("a text belongs to no file") }
        edit(&mistakes[mistake].changes[place])
    }

    /// Copies what is built into the folder, with every mistake in it; gives the number of changes.
    func plant(root: URL, folder: URL) throws -> Int {
        let files = FileManager.default
        try? files.removeItem(at: folder.appending(path: "Sources"))
        let sources = folder.appending(path: "Sources")
        try files.createDirectory(at: sources, withIntermediateDirectories: true)
        for name in ["ApprovalCore", "ApprovalAgent", "AgentTestKit"] {
            try files.copyItem(
                at: root.appending(path: "Sources/\(name)"), to: sources.appending(path: name))
        }
        for name in ["Simulation", "simulate", "plant"] {
            try files.copyItem(
                at: root.appending(path: "Simulation/Sources/\(name)"),
                to: sources.appending(path: name))
        }
        try? files.removeItem(at: folder.appending(path: "Package.swift"))
        try files.copyItem(
            at: root.appending(path: "Simulation/Package.swift"),
            to: folder.appending(path: "Package.swift"))
        for (number, mistake) in mistakes.enumerated() {
            for change in mistake.changes { try make(change, of: mistake, number, in: sources) }
        }
        try switches.write(
            to: sources.appending(path: "ApprovalCore/Planted.swift"), atomically: true,
            encoding: .utf8)
        return mistakes.reduce(0) { $0 + $1.changes.count }
    }

    private func make(
        _ change: Change, of mistake: Mistake, _ number: Int, in sources: URL
    ) throws {
        let file = sources.appending(path: change.file)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw Misfit("\(mistake.name): there is no \(change.file)")
        }
        let old = String(change.old.dropLast())
        let pieces = text.components(separatedBy: old)
        guard pieces.count == 2 else {
            throw Misfit(
                "\(mistake.name): its old text is \(pieces.count - 1) times in \(change.file):\n"
                    + change.old)
        }
        let new = change.new.dropLast().replacingOccurrences(
            of: "PLANTED", with: "Planted.isMade(\(number))")
        // The switches are in ApprovalCore.
        let isBlind =
            !change.file.hasPrefix("ApprovalCore/") && !text.contains("import ApprovalCore")
        let head = isBlind ? "import ApprovalCore\n" : ""
        try (head + pieces.joined(separator: new)).write(
            to: file, atomically: true, encoding: .utf8)
    }

    /// The source of the switches.
    private var switches: String {
        """
        import Synchronization

        /// Which mistake is made.
        package enum Planted {
            package static let names = [
        \(mistakes.map { "        \"\($0.name)\"," }.joined(separator: "\n"))
            ]

            private static let made = Atomic<Int>(-1)

            package static func choose(_ name: String) {
                made.store(names.firstIndex(of: name) ?? -1, ordering: .relaxed)
            }

            package static func isMade(_ number: Int) -> Bool {
                made.load(ordering: .relaxed) == number
            }
        }

        """
    }
}
