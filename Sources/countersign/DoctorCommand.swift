import ApprovalAgent
import ApprovalCore
import ArgumentParser
import SodiumKeys

/// `countersign doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at host, files and platform for what a running agent would suffer from.",
        discussion: """
            Shows the entity's type, state and tier, its other ACTIVATED approval methods, the
            clock against the platform's, modes and owners of every file, free disk, limits of the
            process, and the configuration in effect, without secrets. Nothing is changed, no lock
            is taken, and the platform is only read.

            Exits 0 where all is well, 2 where something is found, with what to do, and 1 where
            the platform cannot be reached.

            Examples:
              countersign doctor
              countersign doctor --format json
            """)

    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var output: FormatOption

    func run() async throws {
        // Before this process forbids itself what it looks at.
        let limits = HostExamination.limits()
        try await reporting {
            let format = try output.chosen()
            let configuration = try self.configuration.load()
            let wiring = try Wiring(self.configuration)
            var observations = HostExamination(configuration, limits).observations()
            var unreachable: Failure?
            do throws(Failure) {
                observations += try await Self.platform(wiring)
            } catch { unreachable = error }
            Self.show(observations, configuration, format)
            if let unreachable { throw unreachable }
            let found = observations.count { $0.remedy != nil }
            guard found == 0 else {
                throw Failure.refused(["\(found) found; each line says what to do"])
            }
            Console.note("countersign: all is well")
        }
    }

    /// What the platform says; where a key cannot be used it is not asked.
    private static func platform(_ wiring: Wiring) async throws(Failure) -> [Observation] {
        let keys: Keys
        do throws(Failure) {
            keys = try Wiring.keys(wiring.configuration, for: .approving)
        } catch {
            return error.lines.map {
                Observation("keys", $0, remedy: "mend it; until then the platform is not asked")
            }
        }
        do {
            return try await wiring.withCustody(keys) {
                try await PlatformExamination(wiring, keys, $0).observations()
            }
        } catch let failure as Failure { throw failure } catch {
            throw .failed("the platform cannot be asked: \(error)")
        }
    }

    private static func show(
        _ observations: [Observation], _ configuration: Configuration, _ format: OutputFormat
    ) {
        switch format {
        case .json:
            observations.forEach { Console.print($0.json) }
            Console.print(.object(["configuration": configuration.effective]))
        case .table:
            for observation in observations {
                Console.print(observation.line)
                if let remedy = observation.remedy { Console.print("          do: \(remedy)") }
            }
            Console.print("configuration in effect: countersign doctor --format json")
        }
    }
}

/// One thing that the doctor looked at.
struct Observation {
    /// What was looked at, such as `ledger` or `clock`.
    let subject: String
    let message: String
    /// What to do; nil where it is well.
    let remedy: String?

    init(_ subject: String, _ message: String, remedy: String? = nil) {
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }

    var line: String {
        "\(remedy == nil ? "well " : "FOUND")  \(subject): \(Console.safe(message))"
    }

    var json: JSONValue {
        .object([
            "subject": .string(subject), "ok": .bool(remedy == nil), "message": .string(message),
            "remedy": .optional(remedy),
        ])
    }
}
