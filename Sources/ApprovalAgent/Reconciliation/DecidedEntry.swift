package import ApprovalCore

extension JSONValue {
    /// Of a `decided` entry: its action; nil where it was decided on something that was not PENDING
    /// any more, which is no verdict.
    package var verdict: Decision.Action? {
        let codes = self["result"]?["reasons"]?.elements?.compactMap { $0["code"]?.text } ?? []
        guard !codes.contains(where: Reason.notPending(state: "").code.isVerbatim) else {
            return nil
        }
        return self["result"]?["action"]?.text.flatMap(Decision.Action.init(rawValue:))
    }
}
