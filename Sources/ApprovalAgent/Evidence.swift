import ApprovalCore

/// The two bodies on which a step was made after a request existed. Their hashes stand in the
/// step's entry and they are kept beside it, so that the step can be made again.
struct Evidence: Sendable {
    /// As it was read last.
    let request: ApprovalRequest
    /// The transaction as it was read after the request existed.
    let current: Transaction

    var bodies: [[UInt8]] { [request.bytes, current.bytes] }
}

/// What is to be signed, and what it was bound to.
struct Bound: Sendable {
    let challenge: Challenge
    let evidence: Evidence
}
