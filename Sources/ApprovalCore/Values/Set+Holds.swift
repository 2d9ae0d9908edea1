extension Set {
    /// Whether the element is in it. A set of a few, as a rule names them, is walked: comparing
    /// costs less than hashing.
    func holds(_ element: Element) -> Bool {
        count <= 4 ? contains { $0 == element } : contains(element)
    }
}
