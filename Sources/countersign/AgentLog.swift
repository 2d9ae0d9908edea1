import ApprovalAgent
import ApprovalCore
import Logging

/// What the long-running agent tells its log.
enum AgentLog {
    static func tell(_ event: Agent.Event, _ logger: Logger) {
        switch event {
        case .started(let policy, let revision, let digest):
            logger.info(
                "started",
                metadata: [
                    "policy": "\(policy)", "policy_revision": "\(revision)",
                    "policy_digest": "\(digest)", "engine": "\(Version.engine)",
                ])
        case .item(let report): tell(report, logger)
        case .passed(let summary):
            for problem in summary.incomplete {
                logger.error("pass not complete", metadata: ["problem": "\(problem)"])
            }
            logger.info("pass", metadata: ["seen": "\(summary.seen)"])
        case .halted(let halt): logger.warning("halted", metadata: ["by": "\(halt.by)"])
        case .resumed: logger.notice("resumed")
        case .stopped: logger.info("stopped")
        }
    }

    private static func tell(_ report: ItemReport, _ logger: Logger) {
        let level: Logger.Level =
            switch (report.decision.action, report.outcome) {
            case (_, .conflict), (_, .failed): .error
            case (.hold, _), (.escalate, _), (_, .quarantined), (_, .pending): .warning
            case (.allow, _), (.block, _): .info
            }
        logger.log(
            level: level, "transaction",
            metadata: [
                "transaction_id": "\(report.transactionID ?? "none")",
                "account_id": "\(report.accountID)",
                "action": "\(report.decision.action.rawValue)",
                "reasons": "\(report.decision.reasons.map(\.code).joined(separator: ","))",
                "outcome": "\(report.outcome?.rawValue ?? "none")",
            ])
    }
}
