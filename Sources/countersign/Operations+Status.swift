import ApprovalAgent
import ApprovalCore

extension Operations {
    /// `/status`: readiness, and what an operator asks next.
    func status() async -> JSONValue {
        let (readiness, overview) = (await readiness(), await overview())
        let (snapshot, escalated) = (figures.snapshot, logbook.escalated)
        let head: [JSONMember] = [
            JSONMember("ready", .bool(readiness.isReady)),
            JSONMember("checks", readiness.json["checks"] ?? .null),
            JSONMember("environment", .string(configuration.environment)),
            JSONMember("version", .string(Version.engine)),
            JSONMember("commit", .string(BuildCommit.text)),
            JSONMember("started_at", .string(logbook.startedAt.description)),
            JSONMember("policy", await policyJSON()),
            JSONMember("last_reload", lastReload),
            JSONMember(
                "last_complete_pass", .optional(logbook.lastCompletePass?.description)),
            JSONMember("queue", .integer(snapshot.queue)),
        ]
        let tail: [JSONMember] = [
            JSONMember("ledger", overview.map(Self.ledger) ?? .null),
            JSONMember(
                "checkpoint",
                .object([
                    "size": snapshot.checkpointSize.map { .integer($0) } ?? .null,
                    "signed_at": .optional(snapshot.checkpointAt?.description),
                    "covered_at": .optional(snapshot.coveredAt?.description),
                ])),
            JSONMember(
                "escalated",
                .object([
                    "waiting": .integer(escalated.waiting),
                    "oldest": .optional(escalated.oldest?.description),
                ])),
            JSONMember("reconciliation", reconciliation),
            JSONMember("callbacks", isCalled ? Self.counts(callbacks) : .null),
            JSONMember("callback_refusals", isCalled ? Self.counts(callbackRefusals) : .null),
            JSONMember("notifications", Self.counts(notifications)),
            JSONMember("halted", configuration.haltFile.current()?.json ?? .null),
            JSONMember("group_stopped", configuration.groupHaltFile.current()?.json ?? .null),
        ]
        return .object(head + tail)
    }

    /// Null before the first look has ended.
    private var reconciliation: JSONValue {
        guard let report = logbook.reconciled else { return .null }
        return .object(
            [
                JSONMember(
                    "last_complete", .optional(figures.snapshot.lastReconciled?.description)),
                JSONMember("problems", .array(report.problems.prefix(32).map(JSONValue.string))),
            ] + report.members(most: 32))
    }

    private var isCalled: Bool { configuration.listen.callbacks != nil }

    private func policyJSON() async -> JSONValue {
        let (active, directory) = (policies.current, await directoryDigest())
        return .object([
            "id": .string(active.policy.metadata.id),
            "revision": .integer(active.policy.metadata.revision),
            "digest": .string(active.digest.description),
            "directory_digest": .optional(directory?.description),
            "directory_is_active": .bool(directory == active.digest),
        ])
    }

    private var lastReload: JSONValue {
        guard let reload = logbook.lastReload else { return .null }
        return .object([
            "time": .string(reload.time.description), "result": .string(reload.result),
            "findings": .array(reload.findings.prefix(32).map(JSONValue.string)),
        ])
    }

    private static func ledger(_ overview: LedgerOverview) -> JSONValue {
        let states = ItemState.allCases.map {
            JSONMember($0.rawValue, .integer(overview.states[$0] ?? 0))
        }
        return .object([
            "entries": .integer(overview.entries),
            "last_entry": .optional(overview.lastEntry?.description),
            "states": .object(states), "quarantined": .integer(overview.quarantined),
        ])
    }

    private static func counts(_ tally: Tally) -> JSONValue {
        .object(tally.all.map { JSONMember($0.word, .integer($0.count)) })
    }
}
