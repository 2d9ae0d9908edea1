import Foundation

/// Unicode normalization form C: one spelling for each text, so that equal-looking names are
/// equal bytes.
enum NormalForm {
    /// Composing costs the square of what is composed, so long text is taken in pieces.
    private static let piece = 1_024

    /// The first place, counted in scalars from 0, at which `text` is not in form C; nil where it
    /// is.
    static func firstDeparture(in text: String) -> Int? {
        guard text.unicodeScalars.contains(where: isAccentable) else { return nil }
        var place = 0
        var part = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            if count >= piece, !isAccentable(scalar) {
                if let departure = departure(of: String(part)) { return place + departure }
                place += count
                (part, count) = (.init(), 0)
            }
            part.append(scalar)
            count += 1
        }
        return departure(of: String(part)).map { place + $0 }
    }

    /// What is below U+0300 is in form C and joins nothing that stands before it.
    private static func isAccentable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x300
    }

    private static func departure(of text: String) -> Int? {
        let composed = text.precomposedStringWithCanonicalMapping
        if composed.utf8.elementsEqual(text.utf8) { return nil }
        return zip(text.unicodeScalars, composed.unicodeScalars).prefix(while: ==).count
    }
}
