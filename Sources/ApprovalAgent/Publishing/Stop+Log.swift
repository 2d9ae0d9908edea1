import ApprovalCore

extension Stop {
    /// The log and the ledger contradict each other. Nothing is signed or approved on such ground.
    static func damaged(_ why: String) -> Stop {
        Stop(
            "\(why). No checkpoint is signed and nothing is approved. Keep ledger and audit "
                + "directory as they are for whoever looks into it, then go on from a sound copy")
    }

    /// The ledger lacks what was signed of it.
    static func behind(_ why: String) -> Stop {
        Stop(
            "\(why): the ledger was restored from an older copy, or is another one. Nothing is "
                + "approved until `countersign reconcile --accept`")
    }

    /// The published files are not those of the ledger, which can make them anew.
    static func tiles(_ why: String) -> Stop {
        Stop(
            "\(why). Nothing is approved. Make the directory anew with `countersign audit rebuild "
                + "DIR`, keep the old one for whoever looks into it, and put DIR in its place")
    }

    init(_ error: LogDirectoryError) { self.init("the audit log cannot be kept: \(error)") }
}
