import ApprovalCore
import Listener
import PolicyYAML

// The sections that may be off: `listen`, `notify`, `brake`; and an approver's `entity_states`.
extension Configuration.Reader {
    func listenSection(_ fields: YAMLFields) -> Configuration.Doors? {
        let callbacks = fields.nullable("callbacks")
        let operations = fields.nullable("operations")
        let doors = Configuration.Doors(
            callbacks: callbacks.flatMap(address), operations: operations.flatMap(address))
        if let both = doors.callbacks, both == doors.operations, both.port != 0 {
            operations?.report(
                .wrongType, "callbacks are taken at \(both) already",
                fix: "write another port: what strangers may call shows nothing")
        }
        return doors
    }

    /// What cannot be read is reported, and nil.
    private func address(_ field: YAMLField) -> ListenAddress? {
        guard let text = field.quotedString("an address") else { return nil }
        do throws(ListenAddressError) { return try ListenAddress(text) } catch {
            field.report(.wrongType, "\(error)")
            return nil
        }
    }

    func notifySection(_ fields: YAMLFields) -> Configuration.Notify? {
        let command = fields.nullable("command")
        let words = command.map { command in command.list { word($0) } }
        let timeout =
            fields.nullable("timeout").map { $0.durationMilliseconds(in: 1_000...60_000) }
            ?? 10_000
        guard let timeout else { return nil }
        guard let command, let words else { return Configuration.Notify(timeout: timeout) }
        guard let words, let program = words.first else { return nil }
        guard program.utf8.first == UInt8(ascii: "/") else {
            command.report(
                .wrongType,
                "the command is no absolute path: it is not looked for, and no shell "
                    + "reads it",
                fix: "write [\"/usr/local/bin/page-compliance\"], with arguments after it")
            return nil
        }
        let place = "\(path):\(command.position.line):\(command.position.column)"
        return Configuration.Notify(
            command: Configuration.NotifyCommand(place: place, words: words), timeout: timeout)
    }

    private func word(_ field: YAMLField) -> String? {
        guard let text = field.string() else { return nil }
        guard text.utf8.count <= 4_096, !text.utf8.contains(0) else {
            field.report(.wrongType, "the word cannot be an argument", fix: "shorten it")
            return nil
        }
        return text
    }

    func brakeSection(_ fields: YAMLFields) -> Configuration.BrakeBounds? {
        func bound(_ key: String) -> Int? {
            fields.nullable(key)?.integer(in: 1...1_000_000).map(Int.init)
        }
        return Configuration.BrakeBounds(
            perMinute: bound("max_signatures_per_minute"),
            perPass: bound("max_signatures_per_pass"))
    }

    /// A state as the platform writes it, or `absent`. What cannot be read is reported, and nil.
    func entityState(_ field: YAMLField) -> String? {
        guard let text = field.string() else { return nil }
        if text.isVerbatim("absent") { return text }
        let isState =
            text.utf8.count <= 64
            && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
        guard isState else {
            field.report(
                .wrongType, "not a state of an entity",
                fix: "write it as the platform does, such as ACTIVE, or absent where it shows none")
            return nil
        }
        return text
    }
}

extension Configuration {
    /// What is allowed and should be meant: one line each.
    var warnings: [String] {
        var lines: [String] = []
        if let callbacks = listen.callbacks, !callbacks.isLoopback {
            lines.append(
                "\(path): listen.callbacks: \(callbacks) can be called from other hosts; put a "
                    + "proxy with TLS before it and let it call 127.0.0.1")
        }
        if let operations = listen.operations, !operations.isLoopback {
            lines.append(
                "\(path): listen.operations: \(operations) shows other hosts what the agent does; "
                    + "let nobody but your monitoring reach it, or write 127.0.0.1")
        }
        return lines
    }

    /// Refuses a command that cannot be run, or that others could exchange.
    func checkCommand() throws(Failure) {
        guard let command = notify.command, let program = command.words.first,
            let problem = FileTrust.problem(ofProgram: program)
        else { return }
        throw .invalid("\(command.place): error E003: notify.command: \(problem)")
    }
}

extension ListenAddress {
    /// Whether only this host can call it.
    var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }
}
