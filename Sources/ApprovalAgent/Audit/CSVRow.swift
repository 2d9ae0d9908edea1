/// Lines of a CSV file (RFC 4180) that no spreadsheet takes for formulas.
///
/// A cell that a spreadsheet would calculate begins with one of `= + - @`, a tab or a line end,
/// and so does a part of a cell behind a semicolon, a tab or a line end where a spreadsheet splits
/// there. In all these places an apostrophe is put before it, and before an apostrophe too, so a
/// program gets the value back by leaving out each apostrophe that stands first or behind `;`, a
/// tab, CR or LF. A plain decimal number, such as an amount with its sign, stays as it is.
package enum CSVRow {
    /// The line, its CRLF included.
    package static func line(_ cells: [String]) -> [UInt8] {
        var line: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { line.append(comma) }
            line += quoted(guarded(Array(cell.utf8)))
        }
        return line + [0x0D, 0x0A]
    }

    /// The cell, harmless; see ``CSVRow``.
    package static func guarded(_ cell: [UInt8]) -> [UInt8] {
        if isNumber(cell) { return cell }
        var guarded: [UInt8] = []
        guarded.reserveCapacity(cell.count + 2)
        var isFirst = true
        for byte in cell {
            if isFirst, isDangerous(byte) { guarded.append(apostrophe) }
            guarded.append(byte)
            isFirst = splits(byte)
        }
        return guarded
    }

    /// What ``guarded(_:)`` was made from.
    package static func plain(_ cell: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        var isFirst = true
        for byte in cell {
            if isFirst, byte == apostrophe {
                isFirst = false
                continue
            }
            plain.append(byte)
            isFirst = splits(byte)
        }
        return plain
    }

    private static let apostrophe = UInt8(ascii: "'")
    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")

    /// Where a spreadsheet may begin another cell.
    private static func splits(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ";") || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private static func isDangerous(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"),
            apostrophe, 0x09, 0x0A, 0x0D:
            true
        default: false
        }
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == comma || byte == quote || byte == 0x20 || splits(byte)
    }

    /// `-?[0-9]+(.[0-9]+)?`: a number for every spreadsheet, whatever it begins with.
    private static func isNumber(_ cell: [UInt8]) -> Bool {
        guard let last = cell.last, (0x30...0x39).contains(last) else { return false }
        let parts = cell.drop { $0 == UInt8(ascii: "-") }
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return cell.prefix { $0 == UInt8(ascii: "-") }.count <= 1 && (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
    }

    private static func quoted(_ cell: [UInt8]) -> [UInt8] {
        guard cell.contains(where: needsQuotes) else { return cell }
        var quoted = [quote]
        quoted.reserveCapacity(cell.count + 8)
        for byte in cell {
            if byte == quote { quoted.append(quote) }
            quoted.append(byte)
        }
        return quoted + [quote]
    }
}
