extension YAMLProblem {
    /// The problem in the words of somebody who wrote the file, and what to do about it.
    var sentence: (message: String, fix: String) {
        if context.hasSuffix("quoted scalar") { return inQuotes }
        if let unclosed { return unclosed }
        switch problem {
        case "mapping values are not allowed in this context":
            return (
                "a `key: value` cannot stand here",
                "check this line's indentation, or put text that contains \": \" in quotes"
            )
        case "could not find expected ':'":
            return ("a key without its \":\"", "write `key: value`, with a space after the colon")
        case "did not find expected key", "did not find expected '-' indicator":
            return (
                "this line does not fit the lines above",
                "check its indentation, and that text with quotes in it is quoted as a whole"
            )
        case "found character that cannot start any token":
            return ("a bare value cannot begin with this character", "put the value in quotes")
        case "did not find expected alphabetic or numeric character":
            return ("a bare value cannot begin with & or *", "put the value in quotes")
        case "found undefined tag handle", "did not find expected tag URI":
            return ("tags such as !name are not allowed", "remove the tag, or quote the value")
        case "block sequence entries are not allowed in this context":
            return ("a list item cannot stand here", "begin the list on its own line, indented")
        case "did not find expected <document start>":
            return ("the document ended before this line", "check this line's indentation")
        case "did not find expected node content":
            return ("a key or a value is missing here", "write it, or put the text in quotes")
        case "": return ("this is not YAML", "check the line")
        default: return ("this is not YAML: \(problem)", "check this line and the one before it")
        }
    }

    private var inQuotes: (message: String, fix: String) {
        switch problem {
        case "found unexpected end of stream", "found unexpected document indicator":
            ("the quote opened at \(opening) is never closed", "close it")
        case "found unknown escape character":
            ("this escape does not exist", "write \\\\ for a backslash, or use single quotes")
        default: ("this escape cannot be read", "write the character itself")
        }
    }

    private var unclosed: (message: String, fix: String)? {
        switch problem {
        case "did not find expected ',' or ']'":
            ("the list opened at \(opening) is not closed before this", "write \",\" or \"]\"")
        case "did not find expected ',' or '}'":
            ("the mapping opened at \(opening) is not closed before this", "write \",\" or \"}\"")
        default: nil
        }
    }

    private var opening: String {
        "line \(contextPosition.line), column \(contextPosition.column)"
    }
}
