package import ApprovalCore

/// What a key may be used for; one key never serves two purposes.
package enum KeyPurpose: String, Hashable, Sendable, CaseIterable {
    /// Signs HTTP requests to the platform.
    case api
    /// Signs approvals.
    case approval
    /// Signs the checkpoints of the audit log.
    case log
}

/// What a key file says in the open: everything but `prv_key`.
package struct PublicPart: Hashable, Sendable {
    /// `pub_key`, a valid point of large order.
    package let publicKey: PublicKey
    /// `purpose`, where the file has one.
    package let purpose: KeyPurpose?
    /// `environment`, where the file has one.
    package let environment: String?
    /// `key_id`, where the file has one.
    package let keyID: String?
}

/// A key file in the form of the platform's guide: `type`, `prv_key`, `pub_key`, and the optional
/// `purpose`, `environment` and `key_id`.
///
/// All calls block for one small file; they belong to start-up and to commands.
package enum KeyFile {
    /// The largest file that is read, in bytes.
    package static let maximumBytes = 65_536

    /// The key, after every check: the file's kind, owner, mode and size, its text, that the public
    /// part is a usable point and belongs to the private one, and that the file does not name
    /// another purpose or environment. The text is read straight into guarded memory, taken apart
    /// there, and wiped.
    package static func open(
        _ path: String, purpose: KeyPurpose, environment: String? = nil
    ) throws(KeyFileError) -> sending SecretKey {
        var file = try KeyFileText(path, for: purpose)
        try file.checkUse(purpose: purpose, environment: environment)
        return try file.secretKey()
    }

    /// What the file says in the open, for showing, checking and dry runs.
    ///
    /// The same checks as ``open(_:purpose:environment:)`` but for the one that needs the secret:
    /// that both halves belong together. The file's bytes pass through guarded memory that is wiped
    /// before this returns; `prv_key` is only seen to be 64 hexadecimal digits, never decoded, and
    /// no key is made of it.
    package static func publicPart(
        _ path: String, purpose: KeyPurpose? = nil, environment: String? = nil
    ) throws(KeyFileError) -> PublicPart {
        let file = try KeyFileText(path, for: purpose)
        try file.checkUse(purpose: purpose, environment: environment)
        return file.part
    }
}
