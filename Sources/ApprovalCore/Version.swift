/// The version of the program, as every entry and `version` name it.
package enum Version {
    /// Semantic version; it stands in each decision as `engine`.
    package static let engine = "0.1.0"
}
