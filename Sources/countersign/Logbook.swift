import ApprovalAgent
import ApprovalCore
import Synchronization

/// What the running agent told of itself since it began, for readiness, status, metrics and those
/// who are on duty. It forgets with the process.
final class Logbook: Sendable {
    /// The last time that a policy was to be loaded again.
    struct Reload {
        let time: UnixTime
        /// `reloaded`, `unchanged` or `refused`.
        let result: String
        /// Why it was refused.
        let findings: [String]
    }

    private struct State {
        /// The last pass over every account, complete or not.
        var lastPass: UnixTime?
        var lastCompletePass: UnixTime?
        var lastReload: Reload?
        var board = NoticeBoard()
        var reconciled: ReconcileReport?
        /// What the pass under way reported that people may be told of.
        var reports: [ItemReport] = []
    }

    /// Reports of one pass that are kept until its end: more than the board remembers.
    private static let mostReports = 2 * NoticeBoard.mostKnown

    /// When the process began.
    let startedAt: UnixTime
    private let clock: any WallClock
    private let figures: Figures
    private let announce: @Sendable ([NoticeBoard.Announcement]) -> Void
    private let tellLastPass: @Sendable (NoticeBoard, UnixTime) -> Void
    private let state = Mutex(State())

    /// `announce` is given what people are to be told, at the end of a pass.
    init(
        clock: any WallClock, figures: Figures,
        tellLastPass: @escaping @Sendable (NoticeBoard, UnixTime) -> Void,
        announce: @escaping @Sendable ([NoticeBoard.Announcement]) -> Void
    ) {
        self.clock = clock
        self.figures = figures
        self.announce = announce
        self.tellLastPass = tellLastPass
        startedAt = clock.now()
    }

    var lastCompletePass: UnixTime? { state.withLock { $0.lastCompletePass } }
    /// When the first pass began; nil once one has ended.
    var firstPassSince: UnixTime? { state.withLock { $0.lastPass == nil ? startedAt : nil } }
    var lastReload: Reload? { state.withLock { $0.lastReload } }

    /// How the platform's approvals and the ledger stand to each other; nil before the first look.
    var reconciled: ReconcileReport? { state.withLock { $0.reconciled } }

    /// Escalated transactions that wait for a person, and since when the first does.
    var escalated: (waiting: Int, oldest: UnixTime?) {
        state.withLock { ($0.board.waiting, $0.board.oldestWaiting) }
    }

    func take(_ event: Agent.Event) {
        switch event {
        case .item(let report): note(report)
        case .passed: pass()
        case .reloaded: note(Reload(time: clock.now(), result: "reloaded", findings: []))
        case .reloadUnchanged: note(Reload(time: clock.now(), result: "unchanged", findings: []))
        case .reloadRefused(let findings, _):
            note(Reload(time: clock.now(), result: "refused", findings: findings))
        case .started, .waiting, .activated, .halted, .resumed, .groupsStopped, .groupsResumed,
            .stopped:
            break
        }
    }

    /// What was found by reconciling is told at once.
    func take(_ event: Reconciling.Event) {
        guard case .reconciled(let report) = event else { return }
        let now = clock.now()
        let announcements = state.withLock { state in
            state.reconciled = report
            return state.board.found(report.findings, at: now)
        }
        if !announcements.isEmpty { announce(announcements) }
    }

    private func note(_ report: ItemReport) {
        guard report.noticeKind != nil else { return }
        state.withLock { state in
            if state.reports.count < Self.mostReports { state.reports.append(report) }
        }
    }

    private func note(_ reload: Reload) { state.withLock { $0.lastReload = reload } }

    /// A pass that a callback asked for looks at some accounts alone: it completes nothing.
    private func pass() {
        let (now, snapshot) = (clock.now(), figures.snapshot)
        let announcements = state.withLock { state in
            let isOverAll = state.lastPass != snapshot.lastPass
            state.lastPass = snapshot.lastPass
            let isComplete = isOverAll && snapshot.isLastPassComplete
            if isComplete { state.lastCompletePass = snapshot.lastPass }
            let reports = state.reports
            state.reports = []
            let due = state.board.passed(reports, isComplete: isComplete, at: now)
            if isComplete { tellLastPass(state.board, now) }
            return due
        }
        if !announcements.isEmpty { announce(announcements) }
    }
}
