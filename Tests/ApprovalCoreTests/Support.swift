import ApprovalCore
import Foundation

/// SplitMix64: the same cases on every machine and day.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}

/// Where the vectors are: the project's own, and the large third-party suites beside the project.
enum Vectors {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func own(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: repository.appending(path: "Tests/Vectors/\(name)")))
    }

    /// Nil, said loudly, where the suite is not there.
    static func shared(_ name: String) -> URL? {
        let root =
            ProcessInfo.processInfo.environment["SHARED_VECTORS"].map { URL(filePath: $0) }
            ?? repository.appending(path: "../shared/vectors").standardizedFileURL
        let place = root.appending(path: name)
        if FileManager.default.fileExists(atPath: place.path) { return place }
        print("*** SKIPPED: \(place.path) is not there, so its vectors were NOT run ***")
        return nil
    }
}

extension JSONValue {
    /// Plain JSON with every number as it was written; not canonical, so a second writer.
    var written: [UInt8] { Array(text(of: self).utf8) }

    private func text(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(text).joined(separator: " , ") + "]"
        case .object(let members):
            "{"
                + members.map { Self.quoted($0.name) + ": " + text(of: $0.value) }
                .joined(separator: ", ") + "}"
        }
    }

    /// Every character but letters and digits as `\uXXXX`.
    private static func quoted(_ text: String) -> String {
        let units = text.utf16.map { unit in
            let scalar = Unicode.Scalar(unit)
            if let scalar, scalar.isASCII, scalar.properties.isAlphabetic { return String(scalar) }
            let hex = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
        return "\"" + units.joined() + "\""
    }
}
