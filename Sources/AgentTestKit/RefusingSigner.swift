package import ApprovalAgent
package import ApprovalCore
import Synchronization

/// A key that never signs, and counts how often it was asked.
package final class RefusingSigner: Signer {
    package let publicKey: PublicKey
    private let error: SignerError
    private let asked = Mutex(0)

    package init(publicKey: PublicKey, error: SignerError = .unusable("it is locked")) {
        self.publicKey = publicKey
        self.error = error
    }

    package func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        asked.withLock { $0 += 1 }
        throw error
    }

    /// How often a signature was asked for.
    package var timesAsked: Int { asked.withLock { $0 } }
}

/// A key whose signatures are hashes: a pure function of seed and message, like Ed25519.
package final class HashingSigner: Signer {
    package let publicKey: PublicKey
    private let seed: [UInt8]
    private let messages = Mutex<[[UInt8]]>([])

    /// Nil never happens: a digest has as many bytes as a key.
    package init?(seed: String) {
        self.seed = Array(seed.utf8)
        guard let key = PublicKey(TestSHA256.hash(self.seed).bytes) else { return nil }
        publicKey = key
    }

    package func sign(_ message: [UInt8]) throws(SignerError) -> Signature {
        messages.withLock { $0.append(message) }
        guard let signature = signature(of: message) else { throw .didNotVerify }
        return signature
    }

    /// The one signature of a message, without counting it as signed.
    package func signature(of message: [UInt8]) -> Signature? {
        Signature(TestSHA256.hash(seed + message).bytes + TestSHA256.hash(message + seed).bytes)
    }

    /// Every message that was signed, in order.
    package var signed: [[UInt8]] { messages.withLock { $0 } }
}
