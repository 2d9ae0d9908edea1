import AgentTestKit
import Synchronization

/// What may go wrong in one seed, each once in so many times; 0 is never.
struct Weather: Sendable {
    var faults = 0
    var lies = 0
    var disk = 0
    var kills = 0
    var clock = 0
    var halts = 0
    var pauses = 0
    var changes = 0
    var rivals = 0
    var rehearsals = 0
    var keys = 0

    /// Nothing goes wrong.
    static let fair = Weather()

    /// Each kind in about half of the seeds, so that no kind hides another.
    static func chosen(_ generator: inout SeededGenerator) -> Weather {
        func rate(_ rates: [Int]) -> Int { generator.chance(2) ? generator.pick(rates) : 0 }
        var weather = Weather()
        weather.faults = rate([6, 15, 40])
        weather.lies = rate([8, 20, 40])
        weather.disk = rate([8, 20, 40])
        weather.kills = rate([25, 60, 150])
        weather.clock = rate([25, 60, 150])
        weather.halts = rate([40, 120])
        weather.pauses = rate([30, 90])
        weather.changes = rate([2, 4])
        weather.rivals = rate([2, 4])
        weather.rehearsals = rate([2, 4])
        weather.keys = generator.chance(4) ? 2 : 0
        return weather
    }
}

/// Every choice of one seed, drawn in order from one generator.
final class Fate: Sendable {
    private struct State {
        var generator: SeededGenerator
        var weather = Weather()
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(generator: SeededGenerator(seed: seed))) }

    /// What goes wrong now.
    var weather: Weather {
        get { state.withLock { $0.weather } }
        set { state.withLock { $0.weather = newValue } }
    }

    /// Chooses the weather of this seed.
    func chooseWeather() {
        state.withLock { $0.weather = .chosen(&$0.generator) }
    }

    /// A number from 0 up to, not including, the bound.
    func below(_ bound: Int) -> Int { state.withLock { $0.generator.below(bound) } }

    /// True once in so many times; never for 0.
    func once(in times: Int) -> Bool {
        times > 0 && state.withLock { $0.generator.chance(times) }
    }

    /// Whether something of this kind goes wrong now.
    func strikes(_ kind: any KeyPath<Weather, Int> & Sendable) -> Bool {
        state.withLock { state in
            let times = state.weather[keyPath: kind]
            return times > 0 && state.generator.chance(times)
        }
    }

    /// One of the elements, which must not be empty.
    func pick<Element: Sendable>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// A number from 0 to 1.
    func fraction() -> Double { Double(below(1_000)) / 1_000 }
}
