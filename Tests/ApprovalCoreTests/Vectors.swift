import Foundation

/// Where the vectors are: the project's own, and the large third-party suites beside the project.
enum Vectors {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func own(_ name: String) throws -> [UInt8] {
        try bytes(of: repository.appending(path: "Tests/Vectors/\(name)"))
    }

    static func bytes(of place: URL) throws -> [UInt8] { Array(try Data(contentsOf: place)) }

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
