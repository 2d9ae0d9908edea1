import AgentTestKit
import ApprovalCore
import Testing

extension Sample {
    /// A decision on a body, as of ``now``, with nothing used so far.
    func decide(
        _ body: JSONValue, under policy: Policy, at now: UnixTime = Sample.now,
        answers: (Questions) -> Answers = Sample.unused
    ) throws -> Decision {
        policy.decide(try subject(body, policy), at: policy.moment(at: now), answers: answers)
    }

    /// What is asked of the ledger for a body.
    func questions(
        _ body: JSONValue, under policy: Policy, at now: UnixTime = Sample.now
    ) throws -> Questions {
        policy.weigh(try subject(body, policy), at: policy.moment(at: now)).questions
    }

    /// A body with the account that it names.
    func subject(_ body: JSONValue, _ policy: Policy) throws -> Case {
        let transaction = try transaction(body)
        return Case(
            transaction: transaction,
            account: try account(policy.account(transaction.accountID) ?? payouts))
    }

    /// A moment; the test fails where the text is none.
    static func at(_ text: String) throws -> UnixTime { try #require(UnixTime(rfc3339: text)) }

    /// One rule that allows every withdrawal and transfer, whatever its amount and fee.
    func everything() throws -> [Rule] {
        [
            Rule(
                id: "everything", action: .allow,
                conditions: [
                    .type(.init([.withdrawal, .transferOutgoing])),
                    .fee(.init(upTo: try amount("1000000"))),
                ])
        ]
    }
}
