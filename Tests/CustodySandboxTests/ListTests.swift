import CustodySandbox
import Testing

struct ListTests {
    private func partner(count: Int) throws -> Partner {
        let partner = try Partner.ofFixture()
        partner.control("POST", "transactions/\(Fixture.transaction)/cancel")
        let list = (0..<count).map { number -> JSON in
            let second = number / 3 < 10 ? "0\(number / 3)" : "\(number / 3)"
            return [
                "id": .string("\(number)".paddedID), "account_id": .string(Fixture.account),
                "type": number % 2 == 0 ? "WITHDRAWAL" : "TRANSFER_OUTGOING",
                "amount": "-0.00010000", "created_at": .string("2026-01-01T00:00:\(second)Z"),
            ]
        }
        let reply = partner.control("POST", "transactions", .array(list))
        try #require(reply.status == 201)
        return partner
    }

    private func ids(_ list: JSON) -> [String] {
        list["items"]?.elements?.compactMap { $0["id"]?.text } ?? []
    }

    private func expected(_ numbers: some Sequence<Int>) -> [String] {
        numbers.map { "\($0)".paddedID }
    }

    @Test func `pages of a filtered list cover it once, in order`() throws {
        let partner = try partner(count: 25)
        var seen: [String] = []
        var page: Int? = 1
        while let number = page {
            let list = try partner.get(
                "\(Fixture.list)?filter%5Bstate%5D=PENDING&filter[type][]=WITHDRAWAL"
                    + "&sort%5B%5D=created_at%20asc&pagination[page]=\(number)"
                    + "&pagination%5Bsize%5D=4")
            seen += ids(list)
            #expect(list["pagination"]?["prev"]?.integer == (number > 1 ? number - 1 : nil))
            page = list["pagination"]?["next"]?.integer
        }
        #expect(seen == expected(stride(from: 0, to: 25, by: 2)))
    }

    @Test func `the default order is newest first, then by id`() throws {
        let partner = try partner(count: 7)
        let list = try partner.get("\(Fixture.list)?filter[state]=PENDING")
        #expect(ids(list) == expected([6, 3, 4, 5, 0, 1, 2]))
        let all = try partner.get("\(Fixture.list)?pagination[size]=3&pagination[page]=2")
        #expect(ids(all) == expected([4, 5, 0]))
    }

    @Test func `sets, ranges and several orders combine`() throws {
        let partner = try partner(count: 9)
        let set = try partner.get(
            "\(Fixture.list)?filter[state][]=PENDING&filter[state][]=CANCELLED"
                + "&filter[type]=WITHDRAWAL&sort[]=type+desc&sort[]=id%20asc")
        #expect(ids(set) == expected([0, 2, 4, 6, 8]) + [Fixture.transaction])
        let range = try partner.get(
            "\(Fixture.list)?filter[created_at][gte]=2026-01-01T00:00:01Z"
                + "&filter[created_at][lt]=2026-01-01T00:00:02Z&filter[state]=PENDING")
        #expect(ids(range) == expected([3, 4, 5]))
        let outside = try partner.get(
            "\(Fixture.list)?filter[created_at][gt]=2026-01-01T00:00:01Z"
                + "&filter[created_at][lte]=2026-01-01T00:00:02Z")
        #expect(ids(outside) == expected([6, 7, 8]))
    }

    @Test func `an approved transaction leaves the list of PENDING ones`() throws {
        let partner = try partner(count: 6)
        let third = "2".paddedID
        #expect(try partner.approve(third).status == 201)
        let target = "\(Fixture.list)?filter[state]=PENDING&sort[]=created_at%20asc"
        #expect(ids(try partner.get(target)) == expected([0, 1, 3, 4, 5]))
        partner.control("PATCH", "transactions/\(third)", ["state": "PENDING"])
        #expect(ids(try partner.get(target)) == expected(0..<6))
    }

    @Test(arguments: [
        "pagination[page]=0", "pagination[size]=x", "pagination[size]=1001", "filter=1",
        "filter[created_at][near]=1", "sort[]=created_at%20up", "limit=3", "sort[]=%zz",
    ])
    func `a malformed query is refused with its parameter`(query: String) throws {
        let partner = try Partner.ofFixture()
        let reply = try partner.call("GET", "\(Fixture.list)?\(query)")
        #expect(reply.status == 400)
        #expect(reply.json["params"]?.members?.count == 1)
    }

    @Test func `another entity's or account's transaction is not found`() throws {
        let partner = try Partner.ofFixture()
        let foreign = Fixture.list.replacing(Fixture.account, with: Fixture.other)
        let path = "\(foreign)/\(Fixture.transaction)"
        #expect(try partner.call("GET", path).status == 404)
        #expect(try partner.call("GET", "/v1/entities/nobody/accounts").status == 404)
        #expect(try partner.call("GET", "/v1/nothing").status == 404)
    }

    @Test func `generated transactions are all PENDING and listed once`() throws {
        let partner = try Partner.ofFixture()
        let reply = partner.control(
            "POST", "transactions/generate",
            [
                "account_id": .string(Fixture.account), "count": 2500,
                "template": ["amount": "-0.001", "reference": "load-{n}", "address": "x"],
            ])
        #expect(reply.json["count"] == 2500)
        var seen: Set<String> = []
        for page in 1...3 {
            let list = try partner.get(
                "\(Fixture.list)?filter[state]=PENDING&sort[]=created_at%20asc"
                    + "&pagination[page]=\(page)&pagination[size]=1000")
            seen.formUnion(ids(list))
        }
        #expect(seen.count == 2501)
    }
}

extension String {
    /// An id of 36 characters that sorts as its number does.
    fileprivate var paddedID: String {
        String(repeating: "0", count: 32 - utf8.count) + self + "atrx"
    }

    @Test(arguments: ["asc", "desc"], ["", "&filter[type]=WITHDRAWAL", "&filter[fee_amount]=1"])
    func `pages are slices of the whole in either order`(
        direction: String, filter: String
    ) throws {
        let partner = try Partner.ofFixture()
        var expected: [(time: String, id: String)] = []
        let list = (0..<60).map { number -> JSON in
            let time = "2026-01-0\(1 + number * 7 % 5)T00:00:00Z"
            let id = "t\(number * 37 % 60 + 100)"
            let (isWithdrawal, fee) = (number % 3 > 0, number % 2)
            if !filter.contains("type") || isWithdrawal, !filter.contains("fee") || fee == 1 {
                expected.append((time, id))
            }
            return [
                "id": .string(id), "account_id": .string(Fixture.other),
                "type": isWithdrawal ? "WITHDRAWAL" : "TRANSFER_OUTGOING",
                "fee_amount": .string(String(fee)), "created_at": .string(time),
            ]
        }
        #expect(partner.control("POST", "transactions", .array(list)).status == 201)
        expected.sort {
            if $0.time == $1.time { return $0.id < $1.id }
            return direction == "asc" ? $0.time < $1.time : $0.time > $1.time
        }
        var found: [String] = []
        for page in 1...10 {
            let path = Fixture.list.replacing(Fixture.account, with: Fixture.other)
            let reply = try partner.get(
                "\(path)?filter[state]=PENDING\(filter)&sort[]=created_at%20\(direction)"
                    + "&pagination[page]=\(page)&pagination[size]=7")
            let ids = reply["items"]?.elements?.compactMap { $0["id"]?.text } ?? []
            found += ids
            let isLast = found.count == expected.count
            #expect(reply["pagination"]?["next"] == (isLast ? .null : .number("\(page + 1)")))
            if isLast { break }
        }
        #expect(found == expected.map(\.id))
    }
}
