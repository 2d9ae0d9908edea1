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
        "created_max_ahead_seconds", "max_page_size", "attrs",
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
        guard let lists = fields["attrs"] else { return }
        guard let members = lists.members else {
            throw ControlError("\(place).attrs: expected an object of lists by type")
        }
        for member in members {
            attrs[member.name] = try texts(member.value, at: "\(place).attrs.\(member.name)")
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
            "attrs": .object(
                attrs.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .texts($0.value)) }),
        ]
    }
}
