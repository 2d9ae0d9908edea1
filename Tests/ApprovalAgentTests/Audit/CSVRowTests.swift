import AgentTestKit
import ApprovalAgent
import Testing

/// Cells of an export that a spreadsheet must not calculate.
@Suite struct CSVRowTests {
    private func guarded(_ cell: String) -> String {
        String(decoding: CSVRow.guarded(Array(cell.utf8)), as: UTF8.self)
    }

    @Test(
        arguments: [
            ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-cmd", "'-cmd"), ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"), ("\r=1", "'\r'=1"), ("\n=1", "'\n'=1"), ("'quoted", "''quoted"),
            ("a;=1+1", "a;'=1+1"), ("a;;@x", "a;;'@x"), ("a\n-x", "a\n'-x"), ("--1", "'--1"),
            ("-1e5", "'-1e5"), ("-1.", "'-1."), ("-", "'-"), ("-1.2.3", "'-1.2.3"),
            ("-.5", "'-.5"), ("+1", "'+1"),
        ])
    func `what a spreadsheet would calculate gets an apostrophe`(cell: String, harmless: String) {
        #expect(guarded(cell) == harmless)
    }

    @Test(
        arguments: [
            "-0.40000000", "0.00050000", "-3", "", "payouts-small", "a = b", "1A1zP1eP5QGefi2DMPTf",
            "{\"x\":\"=1\"}", "a,=1", "it's", "[{\"this\":\"-1\"}]",
        ])
    func `amounts with their sign and all else stay as they are`(cell: String) {
        #expect(guarded(cell) == cell)
    }

    @Test func `a line is RFC 4180: commas between, quotes doubled, CRLF at its end`() {
        let line = CSVRow.line(["1", "a,b", "say \"x\"", "", "two\nlines", "-0.5", "=1"])
        let text = "1,\"a,b\",\"say \"\"x\"\"\",,\"two\nlines\",-0.5,'=1\r\n"
        #expect(String(decoding: line, as: UTF8.self) == text)
    }

    @Test func `any cells come back as they were, and none of them begins a formula`() {
        var chance = SeededGenerator(seed: 5)
        let bytes = Array("=+-@'\t\r\n;,\" .019aZ{}\u{C3}".utf8) + [0xFF]
        for _ in 0..<5_000 {
            let cells = (0..<chance.below(5) + 1).map { _ in
                String(
                    decoding: (0..<chance.below(9)).map { _ in chance.pick(bytes) }, as: UTF8.self)
            }
            let line = CSVRow.line(cells)
            let read = Self.cells(line)
            let plain = read.map { String(decoding: CSVRow.plain($0), as: UTF8.self) }
            #expect(plain.map { Array($0.utf8) } == cells.map { Array($0.utf8) })
            for cell in read { #expect(!Self.isFormula(cell), "\(cells)") }
        }
    }

    /// An independent reader of one RFC 4180 line.
    private static func cells(_ line: [UInt8]) -> [[UInt8]] {
        var cells: [[UInt8]] = [[]]
        var isQuoted = false
        var index = 0
        let end = line.count - 2
        while index < end {
            let byte = line[index]
            switch (byte, isQuoted) {
            case (0x22, true) where index + 1 < end && line[index + 1] == 0x22:
                cells[cells.count - 1].append(0x22)
                index += 1
            case (0x22, _): isQuoted.toggle()
            case (0x2C, false): cells.append([])
            case (_, _): cells[cells.count - 1].append(byte)
            }
            index += 1
        }
        return cells
    }

    /// Whether a spreadsheet that splits at semicolons, tabs and line ends too finds one.
    private static func isFormula(_ cell: [UInt8]) -> Bool {
        let text = String(decoding: cell, as: UTF8.self)
        if text.wholeMatch(of: /-?[0-9]+(?:\.[0-9]+)?/) != nil { return false }
        return cell.split(whereSeparator: { [0x3B, 0x09, 0x0A, 0x0D].contains($0) })
            .contains { Array("=+-@".utf8).contains($0.first ?? 0) }
    }
}
