/// The known word that was most likely meant.
enum NearestKey {
    /// The nearest of `known` to `word`, where it is near enough to be a slip of the fingers.
    static func of(_ word: String, in known: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let written = Array(word.lowercased().utf8)
        let bound = max(1, min(3, written.count / 3))
        let near = known.map {
            (name: $0, distance: distance(written, Array($0.lowercased().utf8)))
        }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let near, near.distance <= bound else { return nil }
        return near.name
    }

    /// How many letters to insert, remove, replace or swap with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let isSame = left[row] == right[column]
                var best = min(above[column] + (isSame ? 0 : 1), above[column + 1] + 1)
                best = min(best, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
