/// Builds the tree of one document from its events, and reports what this reading of YAML does
/// not have. The place of a refused value is kept, so that nothing is reported twice.
struct YAMLTree {
    private struct Frame {
        let position: SourcePosition
        let isMapping: Bool
        var items: [YAMLNode] = []
        private(set) var entries: [YAMLNode.Entry] = []
        /// The places of the keys, once there are more than can be looked through.
        private var places: [String: SourcePosition] = [:]
        var key: YAMLNode?

        private static let mostLookedThrough = 24

        init(position: SourcePosition, isMapping: Bool) {
            self.position = position
            self.isMapping = isMapping
        }

        /// Where a key was given; nil where it was not.
        func place(of key: String) -> SourcePosition? {
            entries.count > Self.mostLookedThrough
                ? places[key] : entries.first { $0.key == key }?.position
        }

        mutating func add(_ entry: YAMLNode.Entry) {
            entries.append(entry)
            guard entries.count > Self.mostLookedThrough else { return }
            if places.isEmpty {
                for entry in entries { places[entry.key] = entry.position }
            }
            places[entry.key] = entry.position
        }
    }

    private let limits: YAMLLimits
    private let findings: Findings
    private let isFormReported: Bool
    private var stack: [Frame] = []
    private var skipped = 0
    private var nodes = 0
    private var documents = 0

    /// The document's value, once it is complete.
    private(set) var root: YAMLNode?
    /// Whether a limit ended the reading early; there is no root then.
    private(set) var isCutOff = false

    /// With `isFormReported` a departure from normalization form C is refused without a finding:
    /// the file's own text was found to have one.
    init(limits: YAMLLimits, findings: Findings, isFormReported: Bool) {
        self.isFormReported = isFormReported
        self.limits = limits
        self.findings = findings
    }

    /// Takes the next event; false where nothing more is to be read.
    mutating func take(_ event: YAMLEvent, at position: SourcePosition) -> Bool {
        switch event {
        case .documentStart(let hasDirectives):
            return startDocument(hasDirectives, at: position)
        case .documentEnd, .streamEnd: return true
        case .alias: return alias(at: position)
        case .scalar(let text, let style, let marks):
            return scalar(text, style, marks, at: position)
        case .sequenceStart(let marks): return start(false, marks, at: position)
        case .mappingStart(let marks): return start(true, marks, at: position)
        case .collectionEnd:
            end()
            return true
        }
    }

    private mutating func startDocument(_ directives: Bool, at position: SourcePosition) -> Bool {
        if directives {
            refuse(at: position, "% directives are not allowed", fix: "remove the lines with %")
        }
        documents += 1
        guard documents > 1 else { return true }
        refuse(
            at: position, "a second document begins here; it was not read",
            fix: "keep one document in a file")
        return false
    }

    private mutating func alias(at position: SourcePosition) -> Bool {
        guard skipped == 0 else { return count(at: position) }
        refuse(
            at: position, "aliases (*name) are not allowed",
            fix: "write the value out, or put text that begins with * in quotes")
        complete(YAMLNode(position: position, content: .refused))
        return count(at: position)
    }

    private mutating func scalar(
        _ text: String, _ style: YAMLNode.Style, _ marks: YAMLEvent.Marks,
        at position: SourcePosition
    ) -> Bool {
        guard skipped == 0 else { return count(at: position) }
        check(marks, at: position)
        let isFit = !marks.hasTag && isFit(text, style, marks.disguise, at: position)
        complete(
            YAMLNode(position: position, content: isFit ? .scalar(text, style) : .refused))
        return count(at: position)
    }

    /// Escapes can write what the file itself may not contain, and hide what it does.
    private func isFit(
        _ text: String, _ style: YAMLNode.Style, _ disguise: SourceText.Disguise?,
        at position: SourcePosition
    ) -> Bool {
        guard style == .double else { return true }
        for scalar in text.unicodeScalars {
            guard let refused = RefusedCharacter(inValue: scalar) else { continue }
            let written = refused == .tab ? "a tab is not allowed" : refused.message(scalar)
            refuse(at: position, "\(written), nor its escape", fix: "remove it")
            return false
        }
        if NormalForm.firstDeparture(in: text) != nil {
            if isFormReported { return false }
            refuse(
                at: position, "the text is not in Unicode normalization form C",
                fix: "type the accented letter as one character")
            return false
        }
        guard let disguise else { return true }
        refuse(at: position, disguise.message, fix: disguise.fix)
        return false
    }

    private mutating func start(
        _ isMapping: Bool, _ marks: YAMLEvent.Marks, at position: SourcePosition
    ) -> Bool {
        if skipped > 0 {
            skipped += 1
            guard skipped <= 64 else { return cutOff("nested far too deeply", at: position) }
        } else if stack.count >= limits.depth {
            refuse(
                at: position, "nested more than \(limits.depth) levels deep; this was not read",
                fix: "use fewer levels")
            skipped = 1
        } else {
            check(marks, at: position)
            stack.append(Frame(position: position, isMapping: isMapping))
        }
        return count(at: position)
    }

    private mutating func end() {
        if skipped > 1 {
            skipped -= 1
        } else if skipped == 1 {
            skipped = 0
            complete(YAMLNode(position: stack.last?.position ?? .start, content: .refused))
        } else if let frame = stack.popLast() {
            let content: YAMLNode.Content =
                frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items)
            complete(YAMLNode(position: frame.position, content: content))
        }
    }

    /// Puts a finished node where it belongs: the root, a list's next item, a key or its value.
    private mutating func complete(_ node: YAMLNode) {
        guard let top = stack.indices.last else {
            root = node
            return
        }
        guard stack[top].isMapping else {
            stack[top].items.append(node)
            return
        }
        guard let key = stack[top].key else {
            stack[top].key = node
            reportKey(node, in: stack[top])
            return
        }
        stack[top].key = nil
        guard case .scalar(let text, let style) = key.content,
            !Self.isMergeOrEmpty(text, style), stack[top].place(of: text) == nil
        else { return }
        stack[top].add(YAMLNode.Entry(key: text, position: key.position, value: node))
    }

    private static func isMergeOrEmpty(_ text: String, _ style: YAMLNode.Style) -> Bool {
        text.isEmpty || (text == "<<" && style == .plain)
    }

    /// Reported when the key is met, before what stands under it.
    private func reportKey(_ key: YAMLNode, in frame: Frame) {
        switch key.content {
        case .refused: return
        case .sequence, .mapping:
            refuse(at: key.position, "a key must be a word, not \(key.kind)", fix: "name the key")
        case .scalar("<<", .plain):
            refuse(
                at: key.position, "merge keys (<<) are not allowed", fix: "write the keys out")
        case .scalar("", _):
            refuse(at: key.position, "a key is missing before \":\"", fix: "name the key")
        case .scalar(let text, _):
            guard let first = frame.place(of: text) else { return }
            findings.report(
                .duplicateKey, at: key.position, path: path,
                "the key \(Shown.word(text)) stands twice; it was given on line \(first.line)",
                fix: "keep one of them")
        }
    }

    private func check(_ marks: YAMLEvent.Marks, at position: SourcePosition) {
        if marks.hasAnchor {
            refuse(
                at: position, "anchors (&name) are not allowed",
                fix: "remove it, or put text that begins with & in quotes")
        }
        if marks.hasTag {
            refuse(
                at: position, "tags such as !name or !!str are not allowed",
                fix: "remove it, or put text that begins with ! in quotes")
        }
    }

    private mutating func count(at position: SourcePosition) -> Bool {
        nodes += 1
        return nodes <= limits.nodes || cutOff("more than \(limits.nodes) values", at: position)
    }

    private mutating func cutOff(_ what: String, at position: SourcePosition) -> Bool {
        isCutOff = true
        root = nil
        refuse(at: position, "\(what); the file was not read beyond this", fix: "make it smaller")
        return false
    }

    private func refuse(at position: SourcePosition, _ message: String, fix: String) {
        findings.report(.wrongType, at: position, path: path, message, fix: fix)
    }

    /// The path of the node that is read next, or of the key that was.
    private var path: FieldPath {
        stack.reduce(.root) { path, frame in
            guard frame.isMapping else { return path.index(frame.items.count) }
            guard case .scalar(let text, _)? = frame.key?.content else { return path }
            return path.key(text)
        }
    }
}
