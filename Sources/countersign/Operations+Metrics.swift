import ApprovalAgent
import ApprovalCore
import Listener

extension Operations {
    /// `/metrics`: Prometheus text. No amount, address, id or error text stands in a label; the
    /// policy's own names do.
    func metrics() async -> String {
        let (findings, snapshot) = (await findings(), figures.snapshot)
        let families =
            readinessFamilies(findings) + peopleFamilies + policyFamilies(findings)
            + Self.flow(snapshot) + Self.steps(snapshot) + auditFamilies(snapshot) + processFamilies
        return MetricsText(families).text
    }

    private func readinessFamilies(_ findings: Readiness.Findings) -> [MetricFamily] {
        let readiness = Readiness(findings)
        let free: Int64? =
            switch findings.ledger {
            case .success(let condition): condition.freeBytes
            case .failure: nil
            }
        let seen = findings.lastCompletePass ?? logbook.startedAt
        return [
            .gauge("ready", "Whether every readiness check is true.", [readiness.isReady.sample]),
            .gauge(
                "ready_check", "Whether a readiness check is true.",
                readiness.checks.map {
                    .init($0.isOK.number, .init("check", $0.name.rawValue))
                }),
            .gauge("halted", "Whether a person halted approvals.", [(findings.halt != nil).sample]),
            .gauge(
                "group_stopped", "Whether groups are not asked until a person resumes.",
                [(configuration.groupHaltFile.current() != nil).sample]),
            .gauge(
                "disk_free_bytes", "What is free where the ledger is.",
                free.map { [.init(Double($0))] } ?? []),
            .gauge(
                "clock_skew_seconds", "This host's clock minus the platform's.",
                findings.skew.map { [.init(Double($0) / 1_000)] } ?? []),
            .gauge(
                "poll_age_seconds", "Since the last pass over every account that missed nothing.",
                [.init(Double(max(0, findings.now.milliseconds - seen.milliseconds)) / 1_000)]),
        ] + reconcilingFamilies(findings.now)
    }

    private func reconcilingFamilies(_ now: UnixTime) -> [MetricFamily] {
        let snapshot = figures.snapshot
        let last = snapshot.lastReconciled ?? logbook.startedAt
        return [
            .counter(
                "unexplained_approvals_total",
                "Approvals at the platform that the ledger does not explain.",
                [.init(Double(snapshot.unexplained))]),
            .gauge(
                "reconcile_age_seconds", "Since the last reconciliation that missed nothing.",
                [.init(Double(max(0, now.milliseconds - last.milliseconds)) / 1_000)]),
            .gauge(
                "not_approved",
                "What was signed here an hour ago or more and is not approved there.",
                [.init(Double(logbook.reconciled?.late ?? 0))]),
        ]
    }

    private var peopleFamilies: [MetricFamily] {
        let escalated = logbook.escalated
        let age = escalated.oldest.map { max(0, clock.now().milliseconds - $0.milliseconds) } ?? 0
        return [
            .gauge(
                "escalated_waiting", "Transactions that wait for a person.",
                [.init(Double(escalated.waiting))]),
            .gauge(
                "escalated_oldest_seconds", "How long the first of them has waited; 0 without one.",
                [.init(Double(age) / 1_000)]),
            .counter(
                "notifications_total", "Notices to people, by what came of them.", "result",
                notifications),
        ] + callbackFamilies
    }

    /// Only where callbacks are taken: silence at a door that is shut is no news.
    private var callbackFamilies: [MetricFamily] {
        guard configuration.listen.callbacks != nil else { return [] }
        return [
            .counter("callbacks_total", "Callbacks, by what came of them.", "result", callbacks),
            .counter(
                "callbacks_refused_total", "Refused callbacks and connections, by why.", "reason",
                callbackRefusals),
        ]
    }

    private func policyFamilies(_ findings: Readiness.Findings) -> [MetricFamily] {
        [
            .gauge(
                "policy_info", "The policy that decides.",
                [
                    .init(
                        1, .init("digest", findings.policy.digest.description),
                        .init("revision", String(findings.policy.policy.metadata.revision)))
                ])
        ]
    }

    private func auditFamilies(_ snapshot: Figures.Snapshot) -> [MetricFamily] {
        let covered = (snapshot.coveredAt ?? logbook.startedAt).milliseconds
        let age = max(0, clock.now().milliseconds - covered)
        return [
            .gauge(
                "audit_checkpoint_age_seconds",
                "Since a signed checkpoint last covered every entry of the ledger.",
                [.init(Double(age) / 1_000)])
        ]
    }

    private var processFamilies: [MetricFamily] {
        [
            .gauge(
                "build_info", "Version and commit of the program.",
                [.init(1, .init("version", Version.engine), .init("commit", BuildCommit.text))]),
            MetricFamily(
                name: "process_start_time_seconds", help: "When the process began, Unix time.",
                kind: .gauge, samples: [.init(Double(logbook.startedAt.milliseconds) / 1_000)]),
        ]
    }

    private static func flow(_ snapshot: Figures.Snapshot) -> [MetricFamily] {
        [
            .counter(
                "decisions_total", "Decisions, by action.",
                Decision.Action.allCases.map {
                    .init(
                        Double(snapshot.decisions[$0] ?? 0), .init("action", $0.rawValue),
                        .init("mode", "live"))
                }),
            .counter(
                "transactions_seen_total", "Transactions seen for the first time, by type.",
                TransactionType.allCases.map {
                    .init(Double(snapshot.seen[$0] ?? 0), .init("type", $0.rawValue))
                }),
            .counter(
                "refusals_total", "Transactions not allowed, by reason code.",
                snapshot.refusals.sorted { $0.key < $1.key }.map {
                    .init(Double($0.value), .init("reason", $0.key))
                }),
            .counter(
                "signatures_total", "Signatures made.", [.init(Double(snapshot.signatures))]),
            .counter(
                "approvals_confirmed_total", "Approvals that the platform shows.",
                [.init(Double(snapshot.confirmed))]),
            .counter(
                "policy_reload_failures_total", "Policies that were not taken.",
                [.init(Double(snapshot.reloadFailures))]),
            .counter(
                "audit_write_failures_total", "Entries and checkpoints that could not be written.",
                [.init(Double(snapshot.ledgerFailures + snapshot.publishingFailures))]),
            .gauge(
                "limit_used_ratio", "Used of the most, by limit, when it was last asked for.",
                snapshot.limits.sorted { $0.key < $1.key }.map {
                    .init($0.value, .init("limit", $0.key))
                }),
            .gauge(
                "queue_depth", "Transactions that the last pass found PENDING.",
                [.init(Double(snapshot.queue))]),
        ]
    }

    private static func steps(_ snapshot: Figures.Snapshot) -> [MetricFamily] {
        [
            .counter(
                "failures_total", "Steps that did not come to their end, by stage.",
                Figures.Stage.allCases.map {
                    .init(Double(snapshot.failures[$0] ?? 0), .init("stage", $0.rawValue))
                } + [.init(Double(snapshot.ledgerFailures), .init("stage", "record"))]),
            .histogram(
                "stage_duration_seconds", "How long each step took.",
                Figures.Stage.allCases.compactMap { stage in
                    snapshot.stages[stage].map {
                        .init($0.shown, .init("stage", stage.rawValue))
                    }
                }),
            .histogram(
                "approval_latency_seconds", "From the decision to the confirmed approval.",
                [.init(snapshot.latency.shown)]),
        ]
    }
}

extension Histogram {
    /// As the text has it: in seconds, with what was above every bound.
    fileprivate var shown: MetricFamily.Histogram {
        let above = max(0, count - counts.reduce(0, +))
        return MetricFamily.Histogram(
            upperBounds: bounds, counts: (counts + [above]).map { UInt64(clamping: $0) },
            sum: Double(sum) / 1_000)
    }
}

extension Bool {
    fileprivate var number: Double { self ? 1 : 0 }
    fileprivate var sample: MetricFamily.Sample { .init(number) }
}

extension MetricFamily {
    fileprivate static func gauge(_ name: String, _ help: String, _ samples: [Sample]) -> Self {
        MetricFamily(name: "countersign_" + name, help: help, kind: .gauge, samples: samples)
    }

    fileprivate static func counter(_ name: String, _ help: String, _ samples: [Sample]) -> Self {
        MetricFamily(name: "countersign_" + name, help: help, kind: .counter, samples: samples)
    }

    fileprivate static func counter(
        _ name: String, _ help: String, _ label: String, _ tally: Tally
    ) -> Self {
        counter(name, help, tally.all.map { Sample(Double($0.count), Label(label, $0.word)) })
    }

    fileprivate static func histogram(
        _ name: String, _ help: String, _ samples: [Sample]
    ) -> Self {
        MetricFamily(name: "countersign_" + name, help: help, kind: .histogram, samples: samples)
    }
}
