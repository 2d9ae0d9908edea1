import Synchronization

/// What many tasks put down, in the order in which they did.
final class Gathered<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func add(_ element: Element) { elements.withLock { $0.append(element) } }

    func clear() { elements.withLock { $0 = [] } }

    var all: [Element] { elements.withLock { $0 } }
}
