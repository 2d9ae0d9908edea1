import ApprovalAgent
import ApprovalCore

/// `GROUP-HALT` beside the ledger: since when and why the agent asks no group. The agent makes it;
/// a person removes it.
struct GroupHaltFile: GroupSwitch {
    private let file: HaltFile

    /// The file `GROUP-HALT` in the folder of a ledger.
    init(besideLedger ledger: String) {
        file = HaltFile(besideLedger: ledger, name: "GROUP-HALT")
    }

    var path: String { file.path }

    /// A file that cannot be read is in force too.
    func current() -> Halt? { file.current() }

    /// Creates the file, and returns only when it and its folder are on disk; one that is there
    /// stays as it is.
    func engage(_ halt: Halt) throws(GroupSwitchError) {
        do throws(HaltFile.Problem) { try file.create(halt) } catch {
            switch error {
            case .exists: return
            case .notCreated(let why): throw GroupSwitchError("\(path) cannot be created: \(why)")
            case .mayBeLost(let why):
                throw GroupSwitchError("\(path) may not survive a power cut: \(why)")
            }
        }
    }

    /// Removes the file; false where there was none.
    func resume() throws(Failure) -> Bool { try file.resume() }
}
