package import ApprovalCore

/// The custody platform, seen from one partner. Every call is one signed HTTP exchange; nothing
/// is repeated behind the caller's back.
package protocol Custody: Sendable {
    /// One page of the PENDING `WITHDRAWAL` and `TRANSFER_OUTGOING` of an account; `page` counts
    /// from 1. The platform may ignore the filter: each item must be checked.
    func transactions(
        of account: PolicyAccount, page: Int, size: Int
    ) async throws(CustodyError) -> TransactionPage

    /// The transaction by its id: the only source of values.
    func transaction(
        _ id: TransactionID, of account: PolicyAccount
    ) async throws(CustodyError) -> Transaction

    /// The account by its id.
    func account(_ account: PolicyAccount) async throws(CustodyError) -> Account

    /// An asset by its id.
    func asset(_ id: AssetID) async throws(CustodyError) -> Asset

    /// An approval method of an entity.
    func approvalMethod(
        _ id: ApprovalMethodID, of entity: EntityID
    ) async throws(CustodyError) -> ApprovalMethod

    /// Every approval method of an entity, of whatever type and state.
    func approvalMethods(of entity: EntityID) async throws(CustodyError) -> [ApprovalMethod]

    /// An entity by its id: what it is, and whether it may act.
    func entity(_ id: EntityID) async throws(CustodyError) -> Entity

    /// The tier that an entity is in.
    func tier(of entity: EntityID) async throws(CustodyError) -> Tier

    /// Asks the platform for an approval request. Not idempotent: call it once per intent.
    /// `entity` is who is to approve: the account's owner, or a member of a group.
    ///
    /// `mayStill` is asked at the last moment before it is sent, after every wait; where it says
    /// no, nothing is sent and ``CustodyError/notSent(_:)`` is thrown.
    func createApprovalRequest(
        for resource: ApprovedResource, entity: EntityID, method: ApprovalMethodID,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError) -> ApprovalRequest

    /// An approval request by its id.
    func approvalRequest(
        _ id: ApprovalRequestID
    ) async throws(CustodyError) -> ApprovalRequest

    /// Posts the signature. Returning says only that the platform accepted the post.
    ///
    /// `mayStill` is asked at the last moment before it is sent, after every wait; where it says
    /// no, nothing is sent and ``CustodyError/notSent(_:)`` is thrown.
    func approve(
        _ id: ApprovalRequestID, challenge: Digest, response: Signature,
        mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError)

    /// Asks the platform to cancel a transaction, which it does while that is PENDING and never
    /// undoes (guide, "Canceling a Transaction"). Returning says only that it accepted the post:
    /// what became of the transaction, after an ``CustodyError/ambiguous(_:)`` end too, is read
    /// with ``transaction(_:of:)`` and never found out by posting again.
    ///
    /// `mayStill` is asked at the last moment before it is sent, after every wait; where it says
    /// no, nothing is sent and ``CustodyError/notSent(_:)`` is thrown.
    func cancel(
        _ id: TransactionID, of account: PolicyAccount, mayStill: @escaping @Sendable () -> Bool
    ) async throws(CustodyError)
}

/// How an exchange with the platform ended when it did not end well.
package enum CustodyError: Error, Hashable, Sendable {
    /// Nothing left this host: name, connection, TLS or pin.
    case notSent(String)
    /// It may or may not have had its effect: time-out after send, reset, 5xx, truncated reply.
    case ambiguous(String)
    /// 429 or 503, with the wait that the platform asked for in milliseconds.
    case throttled(status: Int, retryAfter: Int64?)
    /// Any other 4xx.
    case refused(status: Int)
    /// A reply of 2xx that is not what was asked for.
    case malformed(MalformedBody)
}

/// The approval key of one entity.
package protocol Signer: Sendable {
    /// The public part, a valid point.
    var publicKey: PublicKey { get }

    /// Ed25519 over the message itself, verified with the public key before it is returned.
    func sign(_ message: [UInt8]) throws(SignerError) -> Signature
}

/// Why a key did not sign.
package enum SignerError: Error, Hashable, Sendable {
    case unusable(String)
    /// The own signature did not verify.
    case didNotVerify
}

/// The time of this host, and waiting.
package protocol WallClock: Sendable {
    /// Now, in UTC.
    func now() -> UnixTime
    /// Waits; ends early, with the error, when the task is cancelled.
    func wait(milliseconds: Int64) async throws(CancellationError)
}

/// The switch by which a person stops approvals at once.
package protocol HaltSwitch: Sendable {
    /// The halt that is in force; nil where approvals may go on. What cannot be read is in force.
    func current() -> Halt?
}

/// The switch that keeps groups from being asked, thrown by the agent itself when the platform
/// calls something approved that the people whom it asked did not approve.
package protocol GroupSwitch: Sendable {
    /// Why no group is asked; nil where groups may be. What cannot be read is in force.
    func current() -> Halt?

    /// Throws it, durably, until a person resumes; leaves one that is in force as it is.
    func engage(_ halt: Halt) throws(GroupSwitchError)
}

/// The switch could not be thrown.
package struct GroupSwitchError: Error, Hashable, Sendable {
    package let why: String

    package init(_ why: String) { self.why = why }
}

/// A halt: since when, by whom and why.
package struct Halt: Hashable, Sendable {
    package let since: UnixTime?
    package let by: String
    package let why: String

    package init(since: UnixTime?, by: String, why: String) {
        self.since = since
        self.by = by
        self.why = why
    }
}

extension Halt {
    /// `since`, `by` and `why`, as the file, the ledger and `status` have them.
    package var members: [JSONMember] {
        [
            JSONMember("since", .optional(since?.description)), JSONMember("by", .string(by)),
            JSONMember("why", .string(why)),
        ]
    }

    /// The members as an object.
    package var json: JSONValue { .object(members) }
}

/// Where the policy comes from.
package protocol PolicySource: Sendable {
    /// Reads, checks and resolves the policy; every finding is told, not only the first.
    func load() throws(PolicyRejected) -> LoadedPolicy
}

/// A policy that was not accepted.
package struct PolicyRejected: Error, Sendable {
    /// One line each: file, line, column, code, message.
    package let findings: [String]

    package init(findings: [String]) { self.findings = findings }
}

/// A policy with the bytes that it was read from.
package struct LoadedPolicy: Sendable {
    package let policy: Policy
    /// SHA-256 over the manifest of the directory (docs/policy.md, "Digest").
    package let digest: Digest
    /// Every file that the digest covers, with its bytes, kept for replay: `policy.yaml`,
    /// `address_book.yaml` and the tests.
    package let files: [PolicyFile]
    /// Warnings that a reader should see.
    package let warnings: [String]
    /// Which policy it is, as entries name it.
    package let json: JSONValue

    package init(policy: Policy, digest: Digest, files: [PolicyFile], warnings: [String] = []) {
        self.policy = policy
        self.digest = digest
        self.files = files
        self.warnings = warnings
        json = .object([
            "id": .string(policy.metadata.id), "revision": .integer(policy.metadata.revision),
            "address_book_revision": .integer(policy.addressBook.revision),
            "digest": .string(digest.description),
        ])
    }
}

/// One file of a policy.
package struct PolicyFile: Hashable, Sendable {
    /// Relative to the policy's directory.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}
