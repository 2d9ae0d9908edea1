internal import ApprovalCore

/// A key file whose members were found and whose public part was checked. Of the secret it knows
/// only the place.
struct ScannedKeyFile {
    let part: PublicPart
    let places: [KeyFileMember: Range<Int>]

    /// Reads the members in place; only values that are not secret are copied out.
    static func result(
        of text: borrowing Span<UInt8>
    ) -> Result<ScannedKeyFile, KeyFileError.Problem> {
        var scan = KeyFileScan()
        do throws(KeyFileFault) {
            try scan.scan(text)
            let purpose = try scan.word(.purpose, in: text)
            let known = purpose.flatMap { KeyPurpose(rawValue: $0) }
            guard purpose == nil || known != nil else { throw .value(.purpose) }
            let environment = try scan.word(.environment, in: text)
            let keyID = try scan.word(.keyID, in: text)
            let hex = try scan.word(.publicKey, in: text)
            guard let publicKey = hex.flatMap({ Sodium.publicKey(hex: $0) }) else {
                return .failure(.badPublicKey)
            }
            let part = PublicPart(
                publicKey: publicKey, purpose: known, environment: environment, keyID: keyID)
            return .success(ScannedKeyFile(part: part, places: scan.places))
        } catch {
            let (line, column) = place(of: scan.offset, in: text)
            return .failure(.malformed(error, line: line, column: column))
        }
    }

    private static func place(
        of offset: Int, in text: borrowing Span<UInt8>
    ) -> (line: Int, column: Int) {
        var (line, column) = (1, 1)
        for index in 0..<min(offset, text.count) {
            if text[index] == 0x0A {
                (line, column) = (line + 1, 1)
            } else {
                column += 1
            }
        }
        return (line, column)
    }
}
