/// A value of `X-Resource-Location` that must ring nothing.
package struct HostileLocation: CustomStringConvertible, Hashable, Sendable {
    package let description: String
    package let bytes: [UInt8]

    init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

    init(_ name: String, _ bytes: [UInt8]) {
        description = name
        self.bytes = bytes
    }
}

/// Every kind of lie about a location that we could think of, next to the one true form.
package struct HostileLocations: Sendable {
    private let e: String
    private let a: String
    private let t: String
    private let unknown = "0000000000000000000000000000000000ff"
    private let otherEntity = "20ef67dc895d6c19c273b1ffba0c1692enty"
    private let otherAccount = "7c41ec8a82fb99b57cb5078ae0a8b569acct"
    private let trade = "10ef67dc895d6c19c273b1ffba0c1692trad"
    private let closure = "3038143133c91f3235a108d31dc00211creq"

    /// Around the ids of a watched transaction.
    package init(entity: String, account: String, transaction: String) {
        (e, a, t) = (entity, account, transaction)
    }

    private var good: String { "/v1/entities/\(e)/accounts/\(a)/transactions/\(t)" }

    package var all: [HostileLocation] {
        elsewhere + dots + slashes + escapes + identities + shapes + bytes + wire
    }

    /// Other hosts and schemes.
    private var elsewhere: [HostileLocation] {
        elsewhereTexts.map {
            HostileLocation("before: \($0)", $0 + good)
        }
    }

    private var elsewhereTexts: [String] {
        [
            "http://evil.example", "https://evil.example", "HTTP://evil.example", "http:",
            "http:/", "http:///", "//evil.example", "///evil.example", #"\\evil.example"#,
            #"/\evil.example"#, "http://169.254.169.254", "http://127.0.0.1:8470",
            "http://localhost", "http://[::1]", "http://0x7f000001", "http://2130706433",
            "http://user:password@evil.example", "http://platform.example@evil.example",
            "http://evil.example#platform.example", "http://evil.example?", "//evil.example@",
            "ftp://evil.example", "file://", "file:///etc/passwd#", "gopher://evil.example:70",
            "javascript:", "data:,", "jar:http://evil.example!", "unix:", "evil.example",
            "https://platform.example", ":80", "@evil.example", "?", "#", ";",
        ]
    }

    /// Relative steps.
    private var dots: [HostileLocation] {
        dotsTexts.map {
            HostileLocation("dots: \($0)", $0)
        }
    }

    private var dotsTexts: [String] {
        [
            "/v1/../v1/entities/\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/./entities/\(e)/accounts/\(a)/transactions/\(t)",
            "/./v1/entities/\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities/\(e)/../\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities/\(e)/accounts/\(a)/transactions/../../../../sandbox/\(t)",
            good + "/..", good + "/.", good + ".", good + "..", good + "/../" + t,
            good + "/%2e%2e", "../" + good.dropFirst(4), "." + good, ".." + good,
            "/v1/..;/entities/\(e)/accounts/\(a)/transactions/\(t)",
        ]
    }

    /// Slashes too many, too few and turned.
    private var slashes: [HostileLocation] {
        slashesTexts.map {
            HostileLocation("slashes: \($0)", $0)
        }
    }

    private var slashesTexts: [String] {
        [
            "/" + good, good + "/", good + "//", String(good.dropFirst()),
            "/v1//entities/\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities//\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities/\(e)//accounts/\(a)/transactions/\(t)",
            "/v1/entities/\(e)/accounts/\(a)/transactions//\(t)",
            #"\v1\entities\\#(e)\accounts\\#(a)\transactions\\#(t)"#,
            #"/v1/entities/\#(e)\accounts/\#(a)/transactions/\#(t)"#,
            #"/v1/entities/\#(e)/accounts/\#(a)/transactions\\#(t)"#, good + #"\"#, "/", "//",
        ]
    }

    /// Escapes, queries, fragments, parameters.
    private var escapes: [HostileLocation] {
        escapesTexts.map {
            HostileLocation("escapes: \($0)", $0)
        }
    }

    private var escapesTexts: [String] {
        [
            "/v1%2fentities/\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities%2F\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities/\(e)/accounts/\(a)/transactions%2f\(t)",
            "/v1/entities/\(e)/accounts/\(a)/transactions/%62" + t.dropFirst(),
            "/%76%31/entities/\(e)/accounts/\(a)/transactions/\(t)", "%2f" + good.dropFirst(),
            "/v1/entities/\(e)/accounts/\(a)/%74ransactions/\(t)",
            "/v1/entities/\(e)/accounts/\(a)/transactions/%252e%252e/\(t)",
            good + "%00", good + "%20", good + "%0d%0a", good + "%", good + "%2f", good + "?",
            good + "?id=\(t)", good + "#", good + "#\(t)", good + ";", good + ";v=1",
            good + "&", good + "=", good + "+", good + "?url=http://evil.example",
            good + "@evil.example", good + ":80", good + "|id", good + "$(id)", good + "`id`",
            good + "'", good + "\"", "\"\(good)\"", "'\(good)'", "<\(good)>", "{\(good)}",
            good + ",", good + "," + good, good + "*", good + "{}", "/v1/*",
        ]
    }

    /// Ids that are not watched, of others, or of the wrong form.
    private var identities: [HostileLocation] {
        ids.map {
            let text = "/v1/entities/\($0.0)/accounts/\($0.1)/transactions/\($0.2)"
            return HostileLocation("ids: \(text)", text)
        }
    }

    private var ids: [(String, String, String)] {
        [
            (unknown, a, t), (e, unknown, t), (e, a, unknown), (otherEntity, a, t),
            (e, otherAccount, t), (otherEntity, otherAccount, unknown),
            (a, e, t), (e, t, a), (t, a, e), (t, t, t), (e, e, e), (a, a, a), ("", a, t),
            (e, "", t), (e, a, ""), (e.uppercased(), a, t), (e, a.uppercased(), t),
            (e, a, t.uppercased()), (e + "0", a, t), (e, a + "0", t), (e, a, t + "0"),
            (String(e.dropLast()), a, t), (e, String(a.dropLast()), t),
            (e, a, String(t.dropLast())), (e, a, "." + t.dropFirst()),
            (e, a, "-" + t.dropFirst()), (e, a, "_" + t.dropFirst()),
            (e, a, "B" + t.dropFirst()), ("*", a, t), (e, "*", t), ("..", a, t), (e, "..", t),
            (e, a, ".."), ("me", a, t), (e, a, "latest"), (e, a, "0"), (e, a, "null"),
        ]
    }

    /// Other paths, cases and bases.
    private var shapes: [HostileLocation] {
        shapesTexts.map {
            HostileLocation("shape: \($0)", $0)
        }
    }

    private var shapesTexts: [String] {
        [
            "", " ", "v1", "/v1", "/v1/", good.uppercased(), "/V1" + good.dropFirst(3),
            "/v2" + good.dropFirst(3), String(good.dropFirst(3)), "/v1" + good, "/api" + good,
            "/v1/Entities/\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entity/\(e)/accounts/\(a)/transactions/\(t)",
            "/v1/entities/\(e)/accounts/\(a)/Transactions/\(t)",
            "/v1/entities/\(e)/accounts/\(a)/transactions", "/v1/entities/\(e)/accounts/\(a)",
            "/v1/entities/\(e)", "/v1/accounts/\(a)/transactions/\(t)",
            "/v1/transactions/\(t)", "/v1/accounts/\(a)/entities/\(e)/transactions/\(t)",
            "/v1/approval_requests/\(t)/approve", good + "/approve", good + "/" + t,
            "/v1/trading/trades/\(trade)", "/sandbox/" + t, t, "\(e)/\(a)/\(t)",
            "/v1/entities/\(e)/closure_requests/\(closure)",
        ]
    }

    /// Letters that look alike, invisible ones, and bytes that are no text.
    private var bytes: [HostileLocation] {
        letters.map { HostileLocation("bytes: \($0.0)", $0.1) }
            + rawBytes.map { HostileLocation("bytes: \($0.0)", Array(good.utf8) + $0.1) }
    }

    private var letters: [(String, String)] {
        [
            ("full-width slash", "/v1\u{FF0F}entities/\(e)/accounts/\(a)/transactions/\(t)"),
            ("division slash", "/v1\u{2215}entities/\(e)/accounts/\(a)/transactions/\(t)"),
            ("Cyrillic a", "/v1/entities/\(e)/\u{430}ccounts/\(a)/transactions/\(t)"),
            ("full-width digit", "/v\u{FF11}/entities/\(e)/accounts/\(a)/transactions/\(t)"),
            ("zero-width space", good + "\u{200B}"), ("no-break space", good + "\u{A0}"),
            ("right-to-left", "\u{202E}" + good), ("byte order mark", "\u{FEFF}" + good),
            ("combining accent", good + "\u{301}"), ("soft hyphen", good + "\u{AD}"),
            ("Cyrillic e in an id", good.replacing("enty", with: "\u{435}nty")),
            ("Arabic digit in an id", String(good.dropLast(5)) + "\u{661}atrx"),
            ("line separator", good + "\u{2028}"), ("ideographic full stop", good + "\u{3002}"),
            ("Kelvin sign", good + "\u{212A}"), ("tag letter", good + "\u{E0061}"),
        ]
    }

    private var rawBytes: [(String, [UInt8])] {
        [
            ("overlong slash", [0xC0, 0xAF]), ("lone continuation", [0x80]),
            ("surrogate", [0xED, 0xA0, 0x80]), ("no UTF-8", [0xFF, 0xFE]), ("NUL", [0]),
            ("escape", [0x1B]), ("delete", [0x7F]), ("backspace", [8]), ("bell", [7]),
        ]
    }

    /// What breaks out of the header, repeats it or floods it.
    private var wire: [HostileLocation] {
        breakouts.map { HostileLocation("wire: \($0.0)", $0.1) }
    }

    private var breakouts: [(String, String)] {
        [
            ("repeated", good + "\r\nX-Resource-Location: " + good),
            ("repeated in another case", good + "\r\nx-resource-location: /v1"),
            ("repeated and empty", good + "\r\nX-Resource-Location:"),
            ("type repeated", good + "\r\nX-Resource-Type: TRANSACTION"),
            ("folded", good + "\r\n /more"), ("folded by a tab", good + "\r\n\t/more"),
            ("headers ended early", good + "\r\n\r\n"),
            ("a second request", good + "\r\n\r\nPOST /callbacks HTTP/1.1"),
            ("bare CR", good + "\r/more"), ("bare LF", good + "\n/more"),
            ("two lengths", good + "\r\nContent-Length: 1"),
            ("length and chunks", good + "\r\nTransfer-Encoding: chunked"),
            ("space inside", good.replacing("/accounts", with: " /accounts")),
            ("tab inside", good.replacing("/accounts", with: "\t/accounts")),
            ("over-long id", good + String(repeating: "0", count: 4_000)),
            ("over-long path", String(repeating: "/v1", count: 2_000) + good),
            ("over all bounds", good + String(repeating: "a", count: 9_000)),
            ("many steps", String(repeating: "/..", count: 500) + good),
        ]
    }
}
