package import ApprovalAgent
package import ApprovalCore
internal import Synchronization

/// A key in guarded memory that signs: approvals with the approval key, HTTP requests with the API
/// key, checkpoints with the log key.
///
/// INVARIANT: I11. Printing it or reflecting on it shows the public key alone.
package final class SodiumSigner: Signer {
    /// Derived from the secret; a valid point.
    package let publicKey: PublicKey
    private let registered: PublicKey
    private let key: Mutex<SecretKey>

    /// Takes the key over. Each signature is verified with `registered`, the public key that the
    /// other side holds; the key's own where nil.
    package init(_ key: consuming sending SecretKey, registered: PublicKey? = nil) {
        let own = key.publicKey
        self.publicKey = own
        self.registered = registered ?? own
        self.key = Mutex(key)
    }

    /// Opens a key file with every check of ``KeyFile/open(_:purpose:environment:)``.
    package convenience init(
        opening path: String, purpose: KeyPurpose, environment: String? = nil
    ) throws(KeyFileError) {
        self.init(try KeyFile.open(path, purpose: purpose, environment: environment))
    }

    /// Pure Ed25519 over the message itself, verified with the registered key before it is returned.
    package func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        let signature: Signature
        do throws(SodiumError) {
            signature = try key.withLock { key throws(SodiumError) in try key.sign(message) }
        } catch {
            throw .unusable(error.description)
        }
        guard Sodium.verify(signature, of: message, by: registered) else { throw .didNotVerify }
        return signature
    }
}

extension SodiumSigner: CustomStringConvertible, CustomReflectable {
    /// The public key.
    package var description: String { "SodiumSigner(\(publicKey))" }
    /// The public key and nothing else.
    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
