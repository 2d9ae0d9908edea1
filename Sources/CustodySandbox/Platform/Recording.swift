/// One request as it was received and answered.
struct RecordedRequest: Sendable {
    var sequence: Int
    var method: String
    var target: String
    var keyID: String?
    var nonce: String?
    var status: Int
    var verified: Bool
    var error: String?

    var json: JSON {
        [
            "seq": .integer(sequence), "method": .string(method), "target": .string(target),
            "key_id": .optional(keyID), "nonce": .optional(nonce), "status": .integer(status),
            "verified": .bool(verified), "error": .optional(error),
        ]
    }
}

/// The last requests, and exact counts of all.
struct Recording: Sendable {
    static let capacity = 200_000
    private var ring: [RecordedRequest] = []
    private var oldest = 0
    var last = 0
    var counts: [String: Int] = [:]
    var statuses: [String: Int] = [:]
    var total = 0
    var noncesReused = 0
    var signatureFailures = 0
    var faultsStruck = 0

    mutating func record(_ request: RecordedRequest, endpoint: Endpoint?) {
        last += 1
        total += 1
        var request = request
        request.sequence = last
        counts["\(request.method) \(endpoint?.rawValue ?? "unknown")", default: 0] += 1
        statuses[String(request.status), default: 0] += 1
        if !request.verified { signatureFailures += 1 }
        if request.error == SignatureFailure.nonceReused.message { noncesReused += 1 }
        if ring.count < Self.capacity {
            ring.append(request)
        } else {
            ring[oldest] = request
            oldest = (oldest + 1) % Self.capacity
        }
    }

    /// The kept requests after that sequence number, in order.
    func requests(since sequence: Int) -> [RecordedRequest] {
        (ring[oldest...] + ring[..<oldest]).filter { $0.sequence > sequence }
    }

    /// Forgets requests and counts; sequence numbers go on.
    mutating func clear() {
        let sequence = last
        self = Recording()
        last = sequence
    }
}
