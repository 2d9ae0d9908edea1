import ApprovalAgent
import ApprovalCore
import GRDB

/// One sync for all who wait: what came while a transaction was synced is written in the next one
/// together. Nobody waits for company: a work that comes alone is written alone.
///
/// INVARIANT: I3, I10. Whoever waits goes on only after the commit that covers his work is on disk.
/// A work that may fail alone is undone alone; any other failure undoes all of the transaction and
/// ends the ledger.
struct GroupCommit: Sendable {
    /// So many works, and about so many bytes, share a transaction at most.
    private static let (mostWorks, mostBytes) = (256, 1 << 20)

    let queue: DatabaseQueue
    let sha256: SHA256
    let failStop: FailStop
    let openTotals: OpenTotals
    let lock: LedgerLock
    private let line = WaitingLine()

    init(
        _ queue: DatabaseQueue, _ sha256: @escaping SHA256, _ failStop: FailStop,
        _ openTotals: OpenTotals, _ lock: LedgerLock
    ) {
        self.queue = queue
        self.sha256 = sha256
        self.failStop = failStop
        self.openTotals = openTotals
        self.lock = lock
    }

    /// So many works wait for their turn.
    var waiting: Int { line.count }

    /// Writes the work when its turn comes; says so, or why not, to those who wait for it.
    func join(_ work: Work) {
        if line.join(work) { attend() }
    }

    /// One transaction, and again where more came meanwhile: those who read have their turn
    /// between two.
    private func attend() {
        queue.asyncWriteWithoutTransaction { database in
            commit(
                Tables(database: database, sha256: sha256, openTotals: openTotals))
            if line.goesOn() { attend() }
        }
    }

    private func commit(_ tables: Tables) {
        var (taken, done): ([Work], [Work.Done]) = ([], [])
        let result = failStop.run {
            try failStop.checkpointWhenDue(tables.database)
            var mark: LedgerLock.Mark?
            try tables.database.inTransaction(.immediate) {
                let before = try tables.lastEntry()
                while taken.count < Self.mostWorks, tables.written.bytes < Self.mostBytes,
                    taken.last?.endsBatch != true, let work = line.next()
                {
                    taken.append(work)
                    done.append(try attempt(work, tables))
                }
                // What wrote nothing leaves the mark as it is: it may be of a ledger that is lost.
                mark = try tables.lastEntry() > before ? tables.lastMark() : nil
                return .commit
            }
            failStop.count(commits: taken.count)
            if let mark { lock.leave(mark) }
        }
        switch result {
        case .success:
            for work in done { work.committed() }
            for work in done { work.resume() }
        case .failure(let failure):
            openTotals.forget()
            for work in taken { work.refuse(failure) }
            while let work = line.next() { work.refuse(failStop.failure ?? failure) }
        }
    }

    /// Does one work in a savepoint of its own. Throws what ends all of them.
    private func attempt(_ work: Work, _ tables: Tables) throws -> Work.Done {
        try tables.run("SAVEPOINT work")
        do {
            let done = try work.attempt(tables)
            try tables.run("RELEASE work")
            return done
        } catch {
            let failure = LedgerError(error)
            guard !failure.endsTheProcess else { throw failure }
            openTotals.forget()
            try tables.run("ROLLBACK TO work")
            try tables.run("RELEASE work")
            return Work.Done(committed: {}, resume: { work.refuse(failure) })
        }
    }
}
