import ApprovalCore
import ArgumentParser
import Foundation
import SQLiteLedger
import SodiumKeys

/// `countersign init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract:
            "Write a commented configuration, a policy that allows nothing, keys and a ledger.",
        discussion: """
            DIR must be missing or empty; otherwise nothing is changed. Nothing is activated and
            nothing is bound to a platform.

            Example:
              countersign init /etc/countersign
            """)

    @Argument(help: "A folder that is missing or empty.")
    var directory: String

    func run() async throws {
        try await reporting {
            let files = FileManager.default
            if let content = try? files.contentsOfDirectory(atPath: directory), !content.isEmpty {
                throw Failure.failed(
                    "\(directory) is not empty; name a folder that is missing or empty")
            }
            var isDirectory: ObjCBool = false
            if unsafe files.fileExists(atPath: directory, isDirectory: &isDirectory),
                !isDirectory.boolValue
            {
                throw Failure.failed("\(directory) is a file; name a folder that does not exist")
            }
            try await write(files)
            Console.note(
                """
                countersign: wrote \(directory)
                next:
                  1. register the public keys: countersign keys show \(directory)/keys/approval.json
                  2. edit \(directory)/countersign.yaml: platform, api_key_id, approvers
                  3. write \(directory)/policies/policy.yaml (docs/policy.md)
                  4. countersign check --config \(directory)/countersign.yaml
                  5. countersign run --once --dry-run --config \(directory)/countersign.yaml
                """)
        }
    }

    private func write(_ files: FileManager) async throws {
        do {
            for folder in ["policies", "keys", "state/audit"] {
                try files.createDirectory(
                    atPath: directory + "/" + folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            }
            for (name, text) in StarterFiles.all {
                try Data(text.utf8).write(
                    to: URL(fileURLWithPath: directory + "/" + name), options: .withoutOverwriting)
                // Whoever can write these decides what is approved.
                try files.setAttributes(
                    [.posixPermissions: 0o600], ofItemAtPath: directory + "/" + name)
            }
        } catch {
            throw Failure.failed("\(directory) cannot be written: \(error.localizedDescription)")
        }
        do throws(KeyFileError) {
            for purpose in KeyPurpose.allCases {
                _ = try KeyFile.create(
                    "\(directory)/keys/\(purpose.rawValue).json", purpose: purpose)
            }
        } catch { throw Failure.failed(error.description) }
        do throws(SQLiteLedgerError) {
            try SQLiteLedger.create(at: directory + "/state/ledger.sqlite")
        } catch { throw Failure.failed("\(error)") }
    }
}
