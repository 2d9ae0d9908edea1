/// A word with letters of two alphabets, such as a Cyrillic "o" among those of a to z: it looks
/// like another word and is none of its letters.
enum MixedWord {
    /// The first letter in `text` that stands in one word with letters of a to z and belongs to
    /// another alphabet that could be mistaken for theirs; nil where there is none. Accented Latin
    /// letters are of the same alphabet, and ideographs look like no letter.
    static func stranger(in text: String) -> Unicode.Scalar? {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return nil }
        var hasLatin = false
        var stranger: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            guard isOfWord(scalar) else {
                (hasLatin, stranger) = (false, nil)
                continue
            }
            if scalar.isASCII {
                hasLatin = hasLatin || scalar.properties.isAlphabetic
            } else if stranger == nil, isMistakable(scalar) {
                stranger = scalar
            }
            if hasLatin, let stranger { return stranger }
        }
        return nil
    }

    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func isMistakable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Latin with accents; kana; Hangul.
        case 0xAA, 0xBA, 0xC0...0x24F, 0x1E00...0x1EFF, 0x3040...0x30FF, 0xAC00...0xD7A3: false
        default: scalar.properties.isAlphabetic && !scalar.properties.isIdeographic
        }
    }
}

extension YAMLField {
    /// Reports a tag with a letter of another alphabet in a word, and the tag that may be meant.
    func reportMixed(_ tag: String, _ stranger: Unicode.Scalar, meant: String? = nil) {
        report(
            .tagSlip,
            "the tag \(Shown.quoted(tag)) has a letter of another alphabet,"
                + " \(Shown.code(stranger)), in one word with letters of a to z",
            fix: meant.map { "did you mean \(Shown.quoted($0))?" }
                ?? "write the word in one alphabet")
    }
}
