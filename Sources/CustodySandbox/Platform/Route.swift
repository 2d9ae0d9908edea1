/// The platform's endpoints, by the names that faults, hostile rules and the report use.
enum Endpoint: String, Sendable, CaseIterable {
    case entities
    case entity
    case accounts
    case account
    case assets
    case asset
    case list
    case transaction
    case createWithdrawal = "create_withdrawal"
    case createTransfer = "create_transfer"
    case cancel
    case createApprovalMethod = "create_approval_method"
    case approvalMethods = "approval_methods"
    case approvalMethod = "approval_method"
    case createRequest = "create_request"
    case getRequest = "get_request"
    case approve
    case tiers
    case tier
    case entityTier = "entity_tier"

    /// Whether it answers with items, page by page.
    var isList: Bool {
        switch self {
        case .entities, .accounts, .assets, .list, .approvalMethods, .tiers: true
        case .entity, .account, .asset, .transaction, .createWithdrawal, .createTransfer, .cancel,
            .createApprovalMethod, .approvalMethod, .createRequest, .getRequest, .approve, .tier,
            .entityTier:
            false
        }
    }
}

/// An endpoint and the ids of its path.
struct Route: Sendable {
    let endpoint: Endpoint
    var entity = ""
    var account = ""
    /// The last resource of the path: asset, transaction, method or request.
    var id = ""

    /// The endpoint of a method and path below `/v1`; nil where there is none.
    init?(method: String, path: Substring) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.first == "v1" else { return nil }
        let names = parts.dropFirst().map(String.init)
        guard let kind = names.first else { return nil }
        switch (kind, names.count) {
        case ("assets", 1) where method == "GET": endpoint = .assets
        case ("assets", 2) where method == "GET":
            endpoint = .asset
            id = names[1]
        case ("tiers", 1) where method == "GET": endpoint = .tiers
        case ("tiers", 2) where method == "GET":
            endpoint = .tier
            id = names[1]
        case ("approval_requests", _):
            guard let found = Self.approvals(method, names) else { return nil }
            endpoint = found
            id = names.count > 1 ? names[1] : ""
        case ("entities", 1) where method == "GET": endpoint = .entities
        case ("entities", 2) where method == "GET":
            endpoint = .entity
            entity = names[1]
        case ("entities", 3...):
            guard let found = Self.inEntity(method, Array(names.dropFirst(2))) else { return nil }
            endpoint = found
            entity = names[1]
            account = names[2] == "accounts" && names.count > 3 ? names[3] : ""
            id =
                names[2] == "accounts"
                ? (names.count > 5 ? names[5] : "") : (names.dropFirst(3).first ?? "")
        default: return nil
        }
    }

    private static func approvals(_ method: String, _ names: [String]) -> Endpoint? {
        switch (method, names.count) {
        case ("POST", 1): .createRequest
        case ("GET", 2): .getRequest
        case ("POST", 3) where names[2] == "approve": .approve
        default: nil
        }
    }

    private static func inEntity(_ method: String, _ names: [String]) -> Endpoint? {
        switch (method, names[0], names.count) {
        case ("GET", "accounts", 1): .accounts
        case ("GET", "accounts", 2): .account
        case ("GET", "accounts", 3) where names[2] == "transactions": .list
        case ("GET", "accounts", 4) where names[2] == "transactions": .transaction
        case ("POST", "accounts", 4) where names[2] == "transactions":
            switch names[3] {
            case "withdrawal": .createWithdrawal
            case "transfer": .createTransfer
            default: nil
            }
        case ("POST", "accounts", 5) where names[2] == "transactions" && names[4] == "cancel":
            .cancel
        case ("GET", "approval_methods", 1): .approvalMethods
        case ("POST", "approval_methods", 1): .createApprovalMethod
        case ("GET", "approval_methods", 2): .approvalMethod
        case ("GET", "tier", 1): .entityTier
        default: nil
        }
    }
}
