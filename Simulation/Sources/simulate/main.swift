import Glibc
import Simulation

// Plays seeds and prints one line; exit 1 where an invariant is broken.
switch Order(CommandLine.arguments) {
case .usage(let problem):
    print(problem)
    print(Order.help)
    exit(64)
case .trace(let seed):
    exit(Report.trace(seed) ? 0 : 1)
case .seeds(let seeds):
    exit(Report.seeds(seeds) ? 0 : 1)
case .mistakes(let seeds, let names):
    exit(Report.mistakes(names, within: seeds) ? 0 : 1)
}
