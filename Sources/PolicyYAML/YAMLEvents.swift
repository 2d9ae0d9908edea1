private import CYAML

/// What the parser meets, in the order of the file.
enum YAMLEvent {
    /// Marks on a node that this reading refuses.
    struct Marks {
        let hasAnchor: Bool
        let hasTag: Bool
        /// What of a quoted text a reader of the file would not see; nil where there is nothing.
        var disguise: SourceText.Disguise?
    }

    case documentStart(hasDirectives: Bool)
    case scalar(String, YAMLNode.Style, Marks)
    case alias
    case sequenceStart(Marks)
    case mappingStart(Marks)
    case collectionEnd
    case documentEnd
    case streamEnd
}

/// Where and why the parser could not go on. Both texts are the parser's own words.
struct YAMLProblem {
    let problem: String
    let position: SourcePosition
    /// What was being read, such as "while parsing a flow sequence", and where that began.
    let context: String
    let contextPosition: SourcePosition
}

/// The one place that touches the C parser. No pointer leaves it.
enum YAMLEvents {
    /// Feeds every event of `bytes` to `take`, until it answers false or the file ends. Returns
    /// the problem that stopped the parser, if one did.
    static func read(
        _ bytes: [UInt8], _ take: (YAMLEvent, SourcePosition) -> Bool
    ) -> YAMLProblem? {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { unsafe parser.deallocate() }
        guard unsafe yaml_parser_initialize(parser) == 1 else { return outOfMemory }
        defer { unsafe yaml_parser_delete(parser) }
        return unsafe bytes.withUnsafeBufferPointer { input in
            unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
            var source = SourceText(bytes)
            while true {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(parser, &event) == 1 else {
                    return unsafe problem(of: parser)
                }
                defer { unsafe yaml_event_delete(&event) }
                guard let read = unsafe translate(event, &source) else { continue }
                let goesOn = take(read, unsafe position(event.start_mark))
                if case .streamEnd = read { return nil }
                if !goesOn { return nil }
            }
        }
    }

    private static let outOfMemory = YAMLProblem(
        problem: "there is not enough memory", position: .start, context: "",
        contextPosition: .start)

    private static func translate(
        _ event: yaml_event_t, _ source: inout SourceText
    ) -> YAMLEvent? {
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT:
            let start = unsafe event.data.document_start
            let hasTags = unsafe start.tag_directives.start != start.tag_directives.end
            return .documentStart(
                hasDirectives: unsafe hasTags || start.version_directive != nil)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            var marks = unsafe marks(scalar.anchor, scalar.tag)
            if unsafe scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE {
                marks.disguise = unsafe source.disguise(
                    from: event.start_mark.index, to: event.end_mark.index)
            }
            return unsafe .scalar(
                text(scalar.value, scalar.length), style(scalar.style), marks)
        case YAML_ALIAS_EVENT: return .alias
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe .sequenceStart(marks(start.anchor, start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe .mappingStart(marks(start.anchor, start.tag))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .collectionEnd
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_STREAM_END_EVENT: return .streamEnd
        default: return nil
        }
    }

    private static func marks(
        _ anchor: UnsafeMutablePointer<yaml_char_t>?, _ tag: UnsafeMutablePointer<yaml_char_t>?
    ) -> YAMLEvent.Marks {
        unsafe YAMLEvent.Marks(hasAnchor: anchor != nil, hasTag: tag != nil)
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAMLNode.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .single
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .double
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    private static func text(_ value: UnsafeMutablePointer<yaml_char_t>?, _ length: Int) -> String {
        guard let value = unsafe value else { return "" }
        let bytes = unsafe UnsafeBufferPointer(start: value, count: length)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    private static func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(line: mark.line + 1, column: mark.column + 1)
    }

    private static func problem(of parser: UnsafeMutablePointer<yaml_parser_t>) -> YAMLProblem {
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
        let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
        return YAMLProblem(
            problem: problem ?? "",
            position: unsafe position(parser.pointee.problem_mark),
            context: context ?? "",
            contextPosition: unsafe position(parser.pointee.context_mark))
    }
}
