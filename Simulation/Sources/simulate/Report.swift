import Glibc
import Simulation

/// What is printed.
enum Report {
    /// Plays one seed twice: the second time must be the first one again.
    static func trace(_ seed: UInt64) -> Bool {
        guard let first = try? Simulation(seed: seed, keepsLines: true),
            let second = try? Simulation(seed: seed)
        else { return failed("seed \(seed) cannot be played") }
        for line in first.lines { print(line) }
        print("seed \(seed): \(first.events) events, hash \(hex(first.hash))")
        guard first.hash == second.hash, first.events == second.events else {
            return failed("seed \(seed) was not the same twice: hash \(hex(second.hash))")
        }
        guard let violation = first.violation else { return true }
        return failed("seed \(seed) breaks \(violation.invariant): \(violation.what)")
    }

    /// Plays seeds, two at a time; one line in the end.
    static func seeds(_ seeds: Range<UInt64>) -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        guard let season = Season.play(seeds, stopsAtFirst: false) else {
            return failed("the seeds cannot be played")
        }
        for (seed, violation) in season.violations.prefix(20) {
            print(
                "seed \(seed) breaks \(violation.invariant): \(violation.what)\n"
                    + "  again, with its events: simulate --seed \(seed)")
        }
        print(
            "\(season.seeds) seeds, \(season.events) events, \(season.violations.count) violations, "
                + "trace \(hex(season.hash)), \(seconds(clock.now - start))")
        return season.violations.isEmpty
    }

    /// Looks for each mistake until a seed tells; a table in the end.
    static func mistakes(_ names: [String], within seeds: Range<UInt64>) -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        var missed: [String] = []
        let width = names.map(\.utf8.count).max() ?? 0
        for name in names {
            Mistakes.choose(name)
            let padded = name + String(repeating: " ", count: width - name.utf8.count)
            fflush(nil)
            if let (seed, violation) = Season.play(seeds, stopsAtFirst: true)?.violations.first {
                print("\(padded)  seed \(seed)  \(violation.invariant)  \(violation.what)")
            } else {
                print("\(padded)  NOT FOUND")
                missed.append(name)
            }
        }
        print(
            "\(names.count - missed.count) of \(names.count) planted mistakes found, "
                + seconds(clock.now - start))
        return missed.isEmpty
    }

    private static func failed(_ why: String) -> Bool {
        print(why)
        return false
    }

    private static func hex(_ hash: UInt64) -> String {
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    private static func seconds(_ time: Duration) -> String {
        let tenths =
            time.components.seconds * 10 + time.components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
