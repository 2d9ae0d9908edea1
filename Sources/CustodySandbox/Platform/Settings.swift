/// What a member's denial, wrong code or expiry takes along.
enum RefusedChildEnds: String, Sendable, CaseIterable {
    /// The member's own request only: another member may still complete the quorum.
    case itself
    /// The GROUP request too.
    case request
    /// The transaction, as the guide says of a request that is directly for it.
    case transaction
}

/// What a scenario can choose about the platform.
struct Settings: Sendable {
    var completeImmediately = false
    var creatingReads = 0
    var eventualReads = 0
    var acceptRepeatedApprovals = false
    var emptyApproveReply = false
    var dateHeader = true
    var createdMaxAge = 300
    var createdMaxAhead = 1
    var maxPageSize = 1000
    var refusedChildEnds = RefusedChildEnds.itself
    /// The code of every SMS; nil: another one each time.
    var smsCode: String?
    /// How long a request stays open; a type that is not named stays open for ever.
    var expirySeconds: [ApprovalType: Int] = [.authyPush: 86_400]
    var attrs: [String: [String]] = [
        "WITHDRAWAL": [
            "id", "account_id", "type", "amount", "fee_amount", "address", "reference",
        ],
        "TRANSFER_OUTGOING": [
            "id", "account_id", "type", "amount", "fee_amount", "receiver_account_id",
            "reference",
        ],
    ]

    static let names = [
        "complete_immediately", "creating_reads", "eventual_reads", "accept_repeated_approvals",
        "empty_approve_reply", "date_header", "created_max_age_seconds",
        "created_max_ahead_seconds", "max_page_size", "refused_child_ends", "sms_code",
        "expiry_seconds", "attrs",
    ]

    /// Changes what the document names.
    mutating func merge(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(json, at: place, accepts: Self.names)
        completeImmediately = try fields.truth("complete_immediately") ?? completeImmediately
        creatingReads = try fields.count("creating_reads") ?? creatingReads
        eventualReads = try fields.count("eventual_reads") ?? eventualReads
        acceptRepeatedApprovals =
            try fields.truth("accept_repeated_approvals") ?? acceptRepeatedApprovals
        emptyApproveReply = try fields.truth("empty_approve_reply") ?? emptyApproveReply
        dateHeader = try fields.truth("date_header") ?? dateHeader
        createdMaxAge = try fields.count("created_max_age_seconds") ?? createdMaxAge
        createdMaxAhead = try fields.count("created_max_ahead_seconds") ?? createdMaxAhead
        maxPageSize = try fields.count("max_page_size") ?? maxPageSize
        refusedChildEnds =
            try fields.choice("refused_child_ends", RefusedChildEnds.self) ?? refusedChildEnds
        if fields.members.value("sms_code") != nil { smsCode = try fields.text("sms_code") }
        if let periods = fields["expiry_seconds"] {
            try merge(expiry: periods, at: "\(place).expiry_seconds")
        }
        guard let lists = fields["attrs"] else { return }
        guard let members = lists.members else {
            throw ControlError("\(place).attrs: expected an object of lists by type")
        }
        for member in members {
            attrs[member.name] = try texts(member.value, at: "\(place).attrs.\(member.name)")
        }
    }

    private mutating func merge(expiry json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(json, at: place, accepts: ApprovalType.allCases.map(\.rawValue))
        for type in ApprovalType.allCases where fields.members.value(type.rawValue) != nil {
            expirySeconds[type] = try fields.count(type.rawValue)
        }
    }

    var json: JSON {
        [
            "complete_immediately": .bool(completeImmediately),
            "creating_reads": .integer(creatingReads), "eventual_reads": .integer(eventualReads),
            "accept_repeated_approvals": .bool(acceptRepeatedApprovals),
            "empty_approve_reply": .bool(emptyApproveReply), "date_header": .bool(dateHeader),
            "created_max_age_seconds": .integer(createdMaxAge),
            "created_max_ahead_seconds": .integer(createdMaxAhead),
            "max_page_size": .integer(maxPageSize),
            "refused_child_ends": .string(refusedChildEnds.rawValue),
            "sms_code": .optional(smsCode),
            "expiry_seconds": .object(
                ApprovalType.allCases.map {
                    .init($0.rawValue, expirySeconds[$0].map(JSON.integer) ?? .null)
                }),
            "attrs": .object(
                attrs.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .texts($0.value)) }),
        ]
    }
}
