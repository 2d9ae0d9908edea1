package import ApprovalCore

/// What the platform says has changed (guide, "Callbacks"). Only a bell: nothing of it is a value
/// that anything is decided on, and its ids are ones that the agent watches already.
package enum Callback: Hashable, Sendable {
    /// A transaction of a watched account.
    case transaction(TransactionID, of: AccountID)
    /// A trade. Never signed.
    case trade
    /// A request to close an account or entity. Never signed.
    case closureRequest
}

/// What the listener asks of the agent.
package struct CallbackDoor: Sendable {
    let basePath: String
    let account: @Sendable (AccountID) -> EntityID?
    let ring: @Sendable (Callback) async -> Bool

    /// `basePath` is the path of the platform's base URL, such as `/v1`, without a slash at its
    /// end. `account` gives the entity of a watched account, nil where it is not watched.
    ///
    /// `ring` is true once the bell is recorded; false is answered with 503, so that the platform
    /// tries again. It may run in a cancelled task: a request that came before the listener was
    /// stopped is still answered.
    package init(
        basePath: String,
        account: @escaping @Sendable (AccountID) -> EntityID?,
        ring: @escaping @Sendable (Callback) async -> Bool
    ) {
        self.basePath = basePath
        self.account = account
        self.ring = ring
    }
}

/// Why a request to the callbacks' address rang nothing. For logs and metrics: the peer gets the
/// same bytes for each of them.
package enum CallbackRefusal: Error, Hashable, Sendable {
    /// It was not even a request within bounds.
    case connection(ConnectionRefusal)
    /// Not POST.
    case method
    /// Not exactly `/callbacks`.
    case target
    /// `X-Resource-Type` is missing, repeated or unknown.
    case resourceType
    /// `X-Resource-Location` is missing, repeated or not the one form of its type.
    case location
    /// The account is not watched, or not of that entity.
    case account
    /// The body is not strict JSON, no object, or has no text `id`.
    case body
    /// The body's id is not the location's last.
    case id
    /// The bell could not be recorded; answered with 503.
    case notRecorded

    /// A word for a metric's label.
    package var label: String {
        switch self {
        case .connection(let refusal): refusal.rawValue
        case .method: "method"
        case .target: "target"
        case .resourceType: "resource_type"
        case .location: "location"
        case .account: "account"
        case .body: "body"
        case .id: "id"
        case .notRecorded: "not_recorded"
        }
    }

    /// Every value that ``label`` has.
    package static var labels: [String] {
        let own: [Self] = [
            .method, .target, .resourceType, .location, .account, .body, .id, .notRecorded,
        ]
        return ConnectionRefusal.allCases.map(\.rawValue) + own.map(\.label)
    }
}
