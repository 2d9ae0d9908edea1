/// Why a command did not do what was asked: the lines for a person, and the exit code.
struct Failure: Error {
    let lines: [String]
    let exitCode: Int32

    /// 1: could not do it.
    static func failed(_ line: String) -> Failure { Failure(lines: [line], exitCode: 1) }
    /// 2: the answer is no.
    static func refused(_ lines: [String]) -> Failure { Failure(lines: lines, exitCode: 2) }
    /// 3: invalid configuration, key or policy.
    static func invalid(_ lines: String...) -> Failure { Failure(lines: lines, exitCode: 3) }
    /// 3, with all findings.
    static func invalid(_ lines: [String]) -> Failure { Failure(lines: lines, exitCode: 3) }
}
