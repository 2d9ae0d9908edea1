import ApprovalCore

extension Tables {
    /// Binds a ledger that is bound to nothing; refuses one that is bound to something else.
    func bind(to binding: LedgerBinding, file: String) throws {
        for part in binding.parts {
            guard let bound = try meta(part.name) else {
                try setMeta(part.name, part.value)
                continue
            }
            guard bound.isVerbatim(part.value) else {
                throw SQLiteLedgerError.bound(
                    file: file, to: bound, found: part.value, name: part.title)
            }
        }
    }
}
