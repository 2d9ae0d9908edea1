package import Foundation

/// Runs one of the built programs as a user would.
package struct Program: Sendable {
    /// What a finished program left behind.
    package struct Result: Sendable {
        /// The exit code, or minus the signal that ended it.
        package let code: Int32
        package let output: String
        package let errors: String

        /// The lines of stdout.
        package var lines: [String] {
            output.split(separator: "\n").map(String.init)
        }

        /// Each line of stdout read as one JSON object; lines that are none are left out.
        package var objects: [[String: Any]] {
            lines.compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }

    /// The folder of the built programs: that of the running test bundle.
    package static var folder: URL {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: path ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }

    /// The name of a built program, or the whole path of one of the system's.
    package let name: String
    var path: String {
        name.hasPrefix("/") ? name : Self.folder.appendingPathComponent(name).path
    }
    /// Added to the environment; `COUNTERSIGN_…` of the caller is never passed on.
    package var environment: [String: String]

    package init(_ name: String, environment: [String: String] = [:]) {
        self.name = name
        self.environment = environment
    }

    /// Runs it to its end; one that takes longer than `seconds` is killed and gives code −9.
    package func run(_ arguments: [String], seconds: Int = 60) async throws -> Result {
        await (try start(arguments, seconds: seconds)).end()
    }

    /// Starts it and goes on; the caller owes it an ``RunningProgram/end()``. One that is still
    /// there after `seconds` is killed.
    package func start(_ arguments: [String], seconds: Int = 600) throws -> RunningProgram {
        let running = try RunningProgram(self, arguments)
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
            [weak running] in running?.kill()
        }
        return running
    }
}
