extension Platform {
    static func savedRequest(_ request: (id: String, row: ApprovalRequestRecord)) -> JSON {
        let row = request.row
        return [
            "id": .string(row.id), "type": .string(row.type.rawValue),
            "entity_id": .string(row.entityID),
            "approval_method_id": .string(row.approvalMethodID),
            "resource_type": .string(row.resourceType.rawValue),
            "resource_id": .string(row.resourceID),
            "transaction_id": .string(row.transactionID),
            "approval_group_id": .optional(row.groupID), "state": .string(row.state),
            "attrs": .texts(row.attrs), "sms_code": .optional(row.smsCode),
            "creating_reads": .integer(row.creatingReads),
            "expires_at": row.expiresAt.map(JSON.integer) ?? .null,
            "of_partner": .bool(row.isOfPartner), "created_at": .string(row.createdAt),
            "updated_at": .string(row.updatedAt),
        ]
    }

    /// Reads what `savedRequest` wrote; what an older file lacks is as it was then.
    mutating func restoreRequest(_ json: JSON) throws(ControlError) {
        func text(_ name: String) -> String { json[name]?.text ?? "" }
        let type = ApprovalType(rawValue: json["type"]?.text ?? "DSA_ED25519")
        let resource = ResourceType(rawValue: json["resource_type"]?.text ?? "TRANSACTION")
        guard let type, let resource else {
            throw ControlError("state.approval_requests: an unknown type or resource_type")
        }
        let record = ApprovalRequestRecord(
            id: text("id"), type: type, entityID: text("entity_id"),
            approvalMethodID: text("approval_method_id"), resourceType: resource,
            resourceID: text("resource_id"),
            transactionID: json["transaction_id"]?.text ?? text("resource_id"),
            groupID: json["approval_group_id"]?.text, state: text("state"),
            attrs: try texts(json["attrs"] ?? [], at: "state.attrs"),
            smsCode: json["sms_code"]?.text,
            creatingReads: json["creating_reads"]?.integer ?? 0,
            expiresAt: json["expires_at"]?.integer,
            isOfPartner: json["of_partner"]?.truth ?? true, createdAt: text("created_at"),
            updatedAt: text("updated_at"))
        requests[record.id] = record
        if let seconds = record.expiresAt, record.isOpen {
            deadlines.insert(record.id, at: seconds)
        }
    }
}
