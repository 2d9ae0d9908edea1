import Simulation

/// What the command line asks for.
enum Order {
    case usage(String)
    case trace(UInt64)
    case seeds(Range<UInt64>)
    case mistakes(Range<UInt64>, [String])

    static let help = """
        simulate [--seeds N] [--from S]      play N seeds (20000) from S (0) on
        simulate --seed S                    play one seed twice and print its events
        simulate --mistake NAME|all [--seeds N] [--from S]
                                             find a planted mistake; only in the planted build
        """

    init(_ arguments: [String]) {
        var (first, count): (UInt64, UInt64) = (0, 20_000)
        var (one, mistakes): (UInt64?, [String]) = (nil, [])
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else {
                self = .usage("\(flag) needs a value")
                return
            }
            switch (flag, UInt64(value)) {
            case ("--seeds", let number?) where number > 0: count = number
            case ("--from", let number?): first = number
            case ("--seed", let number?): one = number
            case ("--mistake", _) where value == "all": mistakes = Mistakes.names
            case ("--mistake", _) where Mistakes.names.contains(value): mistakes = [value]
            default:
                self = .usage("\(flag) \(value) is not known here")
                return
            }
        }
        guard !first.addingReportingOverflow(count).overflow else {
            self = .usage("there are not so many seeds")
            return
        }
        if let chosen = mistakes.first, one != nil { Mistakes.choose(chosen) }
        if let one {
            self = .trace(one)
        } else if mistakes.isEmpty {
            self = .seeds(first..<first + count)
        } else {
            self = .mistakes(first..<first + count, mistakes)
        }
    }
}
