/// One notice to the partner's endpoint, as the guide shows it.
struct Callback: Sendable, Equatable {
    var resourceType: String
    /// The path from which the partner reads the resource.
    var location: String
    var body: JSON

    init(resourceType: String, location: String, body: JSON) {
        self.resourceType = resourceType
        self.location = location
        self.body = body
    }

    init(_ json: JSON) {
        resourceType = json["resource_type"]?.text ?? ""
        location = json["location"]?.text ?? ""
        body = json["body"] ?? [:]
    }

    var json: JSON {
        [
            "resource_type": .string(resourceType), "location": .string(location), "body": body,
        ]
    }
}

/// Where callbacks go and how often; an endpoint that does not answer 2xx is tried again.
struct CallbackTarget: Sendable, Equatable {
    var url: CallbackURL
    /// Real time before the second attempt; it doubles with each, to a minute at most.
    var firstRetryMilliseconds = 200
    var maxAttempts = 12
    var timeoutMilliseconds = 2000

    /// The real time before another attempt.
    var intervals: RetryIntervals { RetryIntervals(firstMilliseconds: firstRetryMilliseconds) }
}

/// What the platform has to say to the partner, and how badly it is passed on.
struct Callbacks: Sendable {
    var target: CallbackTarget?
    /// How many copies follow each callback.
    private(set) var duplicates = 0
    /// So many are held back until one more comes; then all go, the newest first.
    private(set) var reorder = 0
    /// Each n-th is lost; 1: all, 0: none.
    private(set) var loseEvery = 0
    private(set) var noticed = 0
    private(set) var lost = 0
    private(set) var held: [Callback] = []
    private var ready: [Callback] = []

    /// What was noticed since the last call and is to be sent now.
    mutating func takeReady() -> [Callback] {
        if ready.isEmpty { return [] }
        defer { ready = [] }
        return ready
    }

    /// Notes that a resource was created or updated; without a target nothing is kept.
    mutating func notice(_ callback: Callback) {
        if target == nil { return }
        noticed += 1
        if loseEvery > 0 && noticed % loseEvery == 0 {
            lost += 1
            return
        }
        held.append(callback)
        if held.count > reorder { release() }
    }

    /// Lets go what is held back.
    mutating func release() {
        for callback in held.reversed() {
            ready.append(contentsOf: repeatElement(callback, count: 1 + duplicates))
        }
        held = []
    }

    static let names = [
        "url", "duplicates", "reorder", "lose_every", "first_retry_milliseconds", "max_attempts",
        "timeout_milliseconds",
    ]

    /// Changes what the document names; `url: null` ends all callbacks.
    mutating func merge(_ json: JSON, at place: String) throws(ControlError) {
        let fields = try Fields(json, at: place, accepts: Self.names)
        if fields.members.value("url") != nil { try setURL(fields.text("url"), at: place) }
        duplicates = min(100, try fields.count("duplicates") ?? duplicates)
        reorder = try fields.count("reorder") ?? reorder
        loseEvery = try fields.count("lose_every") ?? loseEvery
        if held.count > reorder || reorder == 0 { release() }
        guard var target else { return }
        target.firstRetryMilliseconds =
            try fields.count("first_retry_milliseconds") ?? target.firstRetryMilliseconds
        target.maxAttempts = try fields.count("max_attempts") ?? target.maxAttempts
        target.timeoutMilliseconds =
            try fields.count("timeout_milliseconds") ?? target.timeoutMilliseconds
        self.target = target
    }

    private mutating func setURL(_ text: String?, at place: String) throws(ControlError) {
        guard let text else {
            target = nil
            held = []
            return
        }
        guard let url = CallbackURL(text) else {
            throw ControlError(
                "\(place).url: expected a loopback address as in http://127.0.0.1:8480/callbacks")
        }
        if target == nil { target = CallbackTarget(url: url) }
        target?.url = url
    }

    var json: JSON {
        [
            "url": .optional(target?.url.text), "duplicates": .integer(duplicates),
            "reorder": .integer(reorder), "lose_every": .integer(loseEvery),
            "first_retry_milliseconds": target.map { .integer($0.firstRetryMilliseconds) } ?? .null,
            "max_attempts": target.map { .integer($0.maxAttempts) } ?? .null,
            "timeout_milliseconds": target.map { .integer($0.timeoutMilliseconds) } ?? .null,
        ]
    }

    /// For a state file; what is ready has been taken before.
    var saved: JSON {
        [
            "settings": json, "noticed": .integer(noticed), "lost": .integer(lost),
            "held": .array(held.map(\.json)),
        ]
    }

    /// Reads what `saved` wrote.
    mutating func restore(_ json: JSON) throws(ControlError) {
        try merge(json["settings"] ?? [:], at: "state.callbacks")
        noticed = json["noticed"]?.integer ?? 0
        lost = json["lost"]?.integer ?? 0
        held = (json["held"]?.elements ?? []).map(Callback.init)
    }
}
