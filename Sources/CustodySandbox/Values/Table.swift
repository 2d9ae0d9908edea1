/// Rows by id that remember the order in which they came.
struct Table<Row: Sendable>: Sendable {
    private(set) var ids: [String] = []
    private var rows: [String: Row] = [:]

    subscript(id: String) -> Row? {
        get { rows[id] }
        _modify {
            let had = rows[id] != nil
            yield &rows[id]
            if !had && rows[id] != nil { ids.append(id) }
        }
    }

    var all: [(id: String, row: Row)] { ids.compactMap { id in rows[id].map { (id, $0) } } }
}
