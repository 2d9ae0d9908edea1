import ApprovalAgent
import ApprovalCore
import Logging

/// What the long-running agent tells its log.
enum AgentLog {
    static func tell(_ event: Agent.Event, _ logger: Logger) {
        switch event {
        case .started(let policy):
            logger.info(
                "started",
                metadata: metadata(policy).merging(["engine": "\(Version.engine)"]) { $1 })
            warn(of: policy, logger)
        case .waiting(let policy, let until):
            logger.warning(
                "policy not yet in effect, everything is held",
                metadata: metadata(policy).merging(["effective_from": "\(until)"]) { $1 })
        case .activated(let policy): logger.notice("policy activated", metadata: metadata(policy))
        case .reloaded(let policy):
            logger.notice("policy reloaded", metadata: metadata(policy))
            warn(of: policy, logger)
        case .reloadUnchanged(let policy):
            logger.notice("policy unchanged", metadata: metadata(policy))
        case .reloadRefused(let findings, let staying):
            tell(findings, .error, logger)
            logger.error(
                "policy refused, the old one stays",
                metadata: metadata(staying).merging(["findings": "\(findings.count)"]) { $1 })
        case .item(let report): tell(report, logger)
        case .passed(let summary):
            for problem in summary.incomplete {
                logger.error("pass not complete", metadata: ["problem": "\(problem)"])
            }
            logger.info("pass", metadata: ["seen": "\(summary.seen)"])
        case .halted(let halt): logger.warning("halted", metadata: ["by": "\(halt.by)"])
        case .resumed: logger.notice("resumed")
        case .groupsStopped: logger.error("no group is asked until somebody resumes")
        case .groupsResumed: logger.notice("groups are asked again")
        case .stopped: logger.info("stopped")
        }
    }

    /// How the platform's approvals and the ledger stand to each other.
    static func tell(_ event: Reconciling.Event, _ logger: Logger) {
        switch event {
        case .failed(let why): logger.error("reconciling failed", metadata: ["problem": "\(why)"])
        case .reconciled(let report):
            for finding in report.findings.prefix(maximumFindings) {
                logger.error(
                    "unexplained approval",
                    metadata: [
                        "transaction_id": "\(finding.transactionID)",
                        "account_id": "\(finding.account.id)",
                        "class": "\(finding.classed.rawValue)",
                    ])
            }
            for problem in report.problems.prefix(maximumFindings) {
                logger.error("reconciling not complete", metadata: ["problem": "\(problem)"])
            }
            logger.log(
                level: report.unexplained + report.late > 0 ? .error : .info, "reconciled",
                metadata: [
                    "listed": "\(report.listed)", "unexplained": "\(report.unexplained)",
                    "not_approved": "\(report.late)",
                ])
        }
    }

    private static func metadata(_ policy: LoadedPolicy) -> Logger.Metadata {
        let metadata = policy.policy.metadata
        return [
            "policy": "\(metadata.id)", "policy_revision": "\(metadata.revision)",
            "policy_digest": "\(policy.digest)",
        ]
    }

    private static func warn(of policy: LoadedPolicy, _ logger: Logger) {
        tell(policy.warnings, .warning, logger)
    }

    /// A line each, of many the first: `check` shows them all.
    private static func tell(_ findings: [String], _ level: Logger.Level, _ logger: Logger) {
        for finding in findings.prefix(maximumFindings) {
            logger.log(level: level, "policy finding", metadata: ["finding": "\(finding)"])
        }
    }

    private static let maximumFindings = 32

    private static func tell(_ report: ItemReport, _ logger: Logger) {
        let level: Logger.Level =
            switch (report.decision.action, report.outcome) {
            case (_, .conflict), (_, .failed): .error
            case (.hold, _), (.escalate, _), (_, .quarantined), (_, .pending): .warning
            case (.allow, _), (.block, _): .info
            }
        let outcome = report.outcome?.rawValue ?? (report.isCancelled ? "cancelled" : "none")
        logger.log(
            level: level, "transaction",
            metadata: [
                "transaction_id": "\(report.transactionID ?? "none")",
                "account_id": "\(report.accountID)",
                "action": "\(report.decision.action.rawValue)",
                "reasons": "\(report.decision.reasons.map(\.code).joined(separator: ","))",
                "outcome": "\(outcome)",
            ])
    }
}
