import ApprovalCore
import CustodyClient
import Foundation

/// The openssl command, an implementation that is not ours.
enum OpenSSL {
    private static let path = "/usr/bin/openssl"

    /// False, said loudly, where the command is missing.
    static let isPresent: Bool = {
        let isPresent = FileManager.default.isExecutableFile(atPath: path)
        if !isPresent { print("!!! \(path) is missing: NO TEST OF TLS OR ED25519 IS RUN !!!") }
        return isPresent
    }()

    /// A new directory that the caller removes.
    static func temporaryDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "custody-client-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Runs to the end; the exit status and what it wrote to its standard output.
    static func run(_ arguments: [String], in directory: URL) throws -> (Int32, [UInt8]) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, Array(bytes))
    }

    /// Pure Ed25519 over the message itself.
    static func verifies(
        _ signature: [UInt8], message: [UInt8], publicKey: [UInt8], in directory: URL
    ) throws -> Bool {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]
        let pem = """
            -----BEGIN PUBLIC KEY-----
            \((prefix + publicKey).base64)
            -----END PUBLIC KEY-----

            """
        try Data(pem.utf8).write(to: directory.appending(path: "key.pem"))
        try Data(message).write(to: directory.appending(path: "message"))
        try Data(signature).write(to: directory.appending(path: "signature"))
        let (status, _) = try run(
            [
                "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-in", "message",
                "-sigfile", "signature",
            ], in: directory)
        return status == 0
    }
}
