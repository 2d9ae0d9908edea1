import AgentTestKit
import ApprovalCore

/// What must hold of the JSON reader for any bytes at all. The fuzzer runs it, and so do the tests
/// over what the fuzzer keeps.
enum JSONTrial {
    /// Nil where everything holds; a refusal is fine.
    static func problem(of bytes: [UInt8]) -> String? {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            return problem(of: error, in: bytes)
        }
        return problem(ofCanonical: value) ?? problem(ofBodies: bytes, value)
    }

    private static func problem(of error: JSONError, in bytes: [UInt8]) -> String? {
        let isInside = (0...bytes.count).contains(error.offset)
        guard isInside, error.line >= 1, error.column >= 1, error.column <= bytes.count + 1 else {
            return "the place of an error is outside the text"
        }
        return nil
    }

    private static func problem(ofCanonical value: JSONValue) -> String? {
        guard let canonical = value.canonicalBytes else { return nil }
        guard let again = try? JSONValue(parsing: canonical) else {
            return "canonical bytes do not parse"
        }
        guard again == plain(value) else { return "canonical bytes say something else" }
        guard again.canonicalBytes == canonical else { return "canonical bytes are no fixed point" }
        return nil
    }

    /// The same value as its canonical bytes write it: names sorted, integers in their short form.
    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .string: value
        case .number: value.integer.map(JSONValue.integer) ?? value
        case .array(let elements): .array(elements.map(plain))
        case .object(let members):
            .object(
                members.map { JSONMember($0.name, plain($0.value)) }
                    .sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) })
        }
    }

    private static func problem(ofBodies bytes: [UInt8], _ value: JSONValue) -> String? {
        _ = try? Account(bytes: bytes)
        _ = try? Asset(bytes: bytes)
        _ = try? ApprovalMethod(bytes: bytes)
        let request = try? ApprovalRequest(bytes: bytes)
        var transactions = [try? Transaction(bytes: bytes)]
        if let page = try? TransactionPage(bytes: bytes) {
            transactions += page.items.map { try? Transaction(body: $0) }
        }
        let names = request?.challengeAttributes ?? value["attrs"]?.elements?.compactMap(\.text)
        for transaction in transactions.compactMap({ $0 }) {
            let problem =
                problem(ofFields: transaction)
                ?? problem(ofChallenge: names ?? ["id", "amount"], transaction)
            if let problem { return problem }
        }
        return nil
    }

    private static func problem(ofFields transaction: Transaction) -> String? {
        if let created = transaction.createdAt, UnixTime(rfc3339: created.description) != created {
            return "a moment does not read back"
        }
        for name in ["amount", "fee_amount"] {
            guard let text = transaction.field(name).text else { continue }
            _ = try? Amount(text, precision: 18)
        }
        if let address = transaction.field("address").text {
            _ = AddressChecksum.problem(of: address, sha256: TestSHA256.hash)
            let skeleton = AddressSkeleton(of: address, prefix: 4, suffix: 4)
            guard skeleton == AddressSkeleton(of: address, prefix: 4, suffix: 4) else {
                return "an address does not look like itself"
            }
        }
        return nil
    }

    private static func problem(
        ofChallenge names: [String], _ transaction: Transaction
    ) -> String? {
        switch Challenge.build(attributes: names, of: transaction, required: ["id"]) {
        case .success(let challenge):
            let lines = challenge.message.split(separator: 0x0A, omittingEmptySubsequences: false)
            let isPlain = lines.joined().allSatisfy { (0x20...0x7E).contains($0) }
            guard lines.count == names.count, isPlain, names.contains("id") else {
                return "a challenge has other lines than its names"
            }
        case .failure(let refusals):
            if refusals.reasons.isEmpty { return "a challenge was refused without a reason" }
        }
        return nil
    }
}
