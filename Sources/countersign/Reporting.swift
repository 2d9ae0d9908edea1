import ArgumentParser
import Foundation
import SodiumKeys

/// Refuses an environment that sets what it may not, hardens the process (no core dumps, no
/// tracing), runs a command's body, and turns its failure into messages on stderr and an exit code.
func reporting(_ body: () async throws -> Void) async throws {
    Environment.drop()
    _ = signal(SIGPIPE, SIG_IGN)
    do {
        do throws(ProcessHardening.Failure) { try ProcessHardening.apply() } catch {
            throw Failure.failed("this process cannot be hardened: \(error)")
        }
        try Environment.check()
        try await body()
        if Console.lostOutput { throw Failure.failed("the results could not be written") }
    } catch let failure as Failure {
        for line in failure.lines { Console.note("countersign: " + line) }
        throw ExitCode(failure.exitCode)
    }
}
