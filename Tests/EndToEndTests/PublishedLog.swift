import AgentTestKit
import ApprovalCore
import Foundation
import ProgramTestKit

/// What stands in an audit directory, read without the agent's own code for trees.
struct PublishedLog {
    let folder: String
    /// The lines of `checkpoint`.
    let lines: [String]
    let entries: [[UInt8]]

    init(_ agent: AgentFolder, at folder: String = "state/audit") throws {
        self.folder = agent.path + "/" + folder
        lines = try agent.read(folder + "/checkpoint").components(separatedBy: "\n")
        let size = Int(lines.dropFirst().first ?? "") ?? -1
        var entries: [[UInt8]] = []
        for start in stride(from: 0, to: size, by: 256) {
            let index = String(start / 256)
            let name = String(repeating: "0", count: 3 - index.count) + index
            let path = "/tile/entries/\(name)" + (size - start < 256 ? ".p/\(size - start)" : "")
            entries += try Self.bundle(
                Array(Data(contentsOf: URL(fileURLWithPath: self.folder + path))))
        }
        self.entries = entries
    }

    var size: Int { Int(lines[1]) ?? -1 }

    /// Whether the checkpoint's root is the one over these entries.
    var isWhole: Bool {
        entries.count == size && lines[2] == Data(Self.root(entries)).base64EncodedString()
    }

    /// The kinds of the entries.
    var kinds: [String] {
        entries.compactMap {
            let body = try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
            return body?["kind"] as? String
        }
    }

    /// Every file below the folder with its bytes.
    func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            files[name] = FileManager.default.contents(atPath: folder + "/" + name)
        }
        return files
    }

    /// RFC 6962, section 2.1, as it stands there.
    static func root(_ entries: [[UInt8]]) -> [UInt8] {
        guard entries.count > 1 else {
            return TestSHA256.hash(entries.first.map { [0] + $0 } ?? []).bytes
        }
        var half = 1
        while half * 2 < entries.count { half *= 2 }
        let (left, right) = (Array(entries[..<half]), Array(entries[half...]))
        return TestSHA256.hash([1] + root(left) + root(right)).bytes
    }

    private static func bundle(_ bytes: [UInt8]) -> [[UInt8]] {
        var (entries, rest) = ([[UInt8]](), bytes[...])
        while rest.count >= 2 {
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            entries.append(Array(rest.dropFirst(2).prefix(length)))
            rest = rest.dropFirst(2 + length)
        }
        return entries
    }
}
