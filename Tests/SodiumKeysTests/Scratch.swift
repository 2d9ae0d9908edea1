import Foundation
import Glibc
import SodiumKeys

/// A directory of its own for one test, removed with the value.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "countersign-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file with exactly this mode and gives its path.
    func file(_ text: String, mode: mode_t = 0o600, name: String = "key.json") throws -> String {
        try file(Array(text.utf8), mode: mode, name: name)
    }

    func file(_ bytes: [UInt8], mode: mode_t = 0o600, name: String = "key.json") throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: file))
        guard unsafe chmod(file, mode) == 0 else { throw POSIXError(.EPERM) }
        return file
    }

    /// A path in the directory where nothing is.
    func nothing(_ name: String = "new.json") -> String { "\(path)/\(name)" }
}

/// The published example pair of the platform's guide.
let guideSeed = "9d7d82e1a21d87abc328630f7844d8a7054edad004210043e6f2aa7674dbd93c"
let guidePublicKey = "d7be9b9a905185869bf063d36587722646b44e15d6c577e7523187614f79cca9"

/// A key file's text; `extra` follows the three mandatory members.
func keyText(
    seed: String = guideSeed, publicKey: String = guidePublicKey, extra: String = ""
) -> String {
    #"{"type":"ed25519","prv_key":"\#(seed)","pub_key":"\#(publicKey)"\#(extra)}"#
}

/// The problem that opening reports; nil where the file is accepted.
func problem(
    _ path: String, purpose: KeyPurpose = .approval, environment: String? = nil
) -> KeyFileError.Problem? {
    do throws(KeyFileError) {
        _ = try KeyFile.open(path, purpose: purpose, environment: environment)
        return nil
    } catch {
        return error.problem
    }
}

/// The problem that reading the public part alone reports; nil where the file is accepted.
func publicProblem(
    _ path: String, purpose: KeyPurpose? = .approval, environment: String? = nil
) -> KeyFileError.Problem? {
    do throws(KeyFileError) {
        _ = try KeyFile.publicPart(path, purpose: purpose, environment: environment)
        return nil
    } catch {
        return error.problem
    }
}
