import Foundation
import ProgramTestKit

/// A page of the documentation whose commands can be run: each block of `sh`, and what the block
/// of `text` after it says that it prints.
struct Page {
    /// Commands, and the output that the page shows for them.
    struct Step {
        let line: Int
        let commands: String
        /// nil where the page shows none.
        var shown: String?
    }

    let steps: [Step]

    /// Reads the fenced blocks of a page.
    init(_ markdown: String) {
        var steps: [Step] = []
        var fence: (language: String, line: Int, lines: [String])?
        for (index, line) in markdown.components(separatedBy: "\n").enumerated() {
            guard line.hasPrefix("```") else {
                fence?.lines.append(line)
                continue
            }
            guard let (language, start, lines) = fence else {
                fence = (String(line.dropFirst(3)), index + 1, [])
                continue
            }
            fence = nil
            let text = lines.joined(separator: "\n")
            if language == "sh" { steps.append(Step(line: start, commands: text)) }
            if language == "text", !steps.isEmpty { steps[steps.count - 1].shown = text }
        }
        self.steps = steps
    }

    /// What stands between the output of one step and that of the next.
    private static let mark = "@@ the end of step"

    /// Everything in one process of bash: as it stands there, and a mark after each step.
    var script: String {
        "set -euo pipefail\n"
            + steps.enumerated().map { index, step in
                step.commands + "\necho; echo '\(Self.mark) \(index)'\n"
            }.joined()
    }

    /// The output of each step that came to its end.
    static func outputs(_ output: String) -> [String] {
        var outputs: [String] = []
        var lines: [String] = []
        for line in output.components(separatedBy: "\n") {
            guard line.hasPrefix(mark) else {
                lines.append(line)
                continue
            }
            outputs.append(lines.joined(separator: "\n"))
            lines = []
        }
        return outputs
    }

    /// The lines without what differs in each run: times, how far clocks differ, digests and keys,
    /// the ids of requests for approval, and ports.
    static func masked(_ text: String) -> [String] {
        text.replacing(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/, with: "(time)")
            .replacing(/[0-9a-f]{64}/, with: "(digest)")
            .replacing(/policy [0-9a-f]{16}\b/, with: "policy (digest)")
            .replacing(/[0-9a-f]{32}aprq/, with: "(request)")
            .replacing(/about -?\d+ ms/, with: "about (time)")
            .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:(port)")
            .components(separatedBy: "\n")
            .map { $0.replacing(/\s+$/, with: "") }
            .filter { !$0.isEmpty }
    }
}
