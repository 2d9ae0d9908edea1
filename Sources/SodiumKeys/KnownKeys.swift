package import ApprovalCore

/// Keys whose secret half the whole world can read.
package enum KnownKeys {
    /// The example keys of the platform's guide and of its client's documentation. Whoever reads
    /// those pages signs as well as their owner: never to be used but against a loopback address.
    package static let published: Set<PublicKey> = Set(
        [
            "d7be9b9a905185869bf063d36587722646b44e15d6c577e7523187614f79cca9",
            "2fe1750318f4506827ab3e329d58bf644ede1705850110fe085dddf4e578889f",
            "7ccd8e2d736d401954d956b97db8c16a35c9dba1e26ca51bb7cb294ea05dc5c5",
        ].compactMap { PublicKey(hex: $0) })
}
