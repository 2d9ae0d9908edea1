import ApprovalCore
import Testing

struct AddressSkeletonTests {
    private func alike(_ one: String, _ other: String, _ prefix: Int = 4, _ suffix: Int = 4) -> Bool
    {
        guard let one = AddressSkeleton(of: one, prefix: prefix, suffix: suffix),
            let other = AddressSkeleton(of: other, prefix: prefix, suffix: suffix)
        else { return false }
        return one == other && one.hashValue == other.hashValue
    }

    @Test(
        arguments: [
            // Base58 counts whole, whatever its case.
            ("3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", "3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r", true),
            ("3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", "3d2OAAAAAAAAAAAAAAAAAAAAAAAAASfK9R", true),
            ("3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", "3D2pAAAAAAAAAAAAAAAAAAAAAAAAAsFk9r", false),
            ("3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r", "3D2oAAAAAAAAAAAAAAAAAAAAAAAAAsFk9s", false),
            // The 0x that all have says nothing.
            (
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0X5AAE00000000000000000000000000000000BEAED", true
            ),
            (
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0x5abe00000000000000000000000000000000beaed", false
            ),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "5aaebeaed", true),
            // Neither does bc1q.
            (
                "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv",
                "BC1QVYQ0QQQQQQQQQQQQQQQQQQQQQQQQQQQQQ2LHV", true
            ),
            (
                "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv",
                "tb1pvyq0qqqqqqqqqqqqqqqqqqqqqqqqqqqqq2lhv", true
            ),
            (
                "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv",
                "bc1qvyqpcc6rahyvsazfdje0twl7ez82ndmuac2lhv", false
            ),
        ])
    func `two addresses look alike where both ends are equal`(
        one: String, other: String, isAlike: Bool
    ) {
        #expect(alike(one, other) == isAlike)
        #expect(alike(other, one) == isAlike)
    }

    @Test func `an address in both cases is like its lower case`() {
        let mixed = "mn1QvyqqqqqqqqqqqqqqqqqqqqqQ2lhv"
        #expect(!alike(mixed, "mn1qAAAAAAAAAAAAAAAAAAAAAAAA2lhv"))
        #expect(alike(mixed, mixed.lowercased()))
        #expect(alike(mixed.lowercased(), mixed.uppercased()))
    }

    @Test(
        arguments: [
            ("abcd", 4, 4, true), ("abcd", 5, 0, false), ("abcd", 0, 5, false),
            ("0xabcd", 4, 4, true), ("0xabcd", 5, 4, false), ("0xabc", 4, 4, false),
            ("bc1qpzry9xq", 7, 7, true), ("bc1qpzry9xq", 8, 1, false),
            ("bc1qpzry9xq", 1, 8, false), ("", 1, 0, false), ("0x", 0, 1, false),
            ("abcd", 0, 0, false), ("abcd", -1, 4, false), ("abcd", 4, -1, false),
            ("abcd", .max, 1, false),
        ] as [(String, Int, Int, Bool)])
    func `an address with less than is compared has no skeleton`(
        address: String, prefix: Int, suffix: Int, has: Bool
    ) {
        #expect((AddressSkeleton(of: address, prefix: prefix, suffix: suffix) != nil) == has)
    }

    @Test func `both ends may overlap, and one may be left out`() {
        #expect(alike("abcde", "abcde"))
        #expect(!alike("abcde", "abcdde"))
        #expect(alike("abcdefgh", "abcdxxxx", 4, 0))
        #expect(alike("abcdefgh", "xxxxefgh", 0, 4))
    }

    @Test func `ends of other lengths are never equal by chance`() {
        let one = AddressSkeleton(of: "abcdefgh", prefix: 3, suffix: 5)
        let other = AddressSkeleton(of: "abcdefgh", prefix: 5, suffix: 3)
        #expect(one != nil && one != other)
    }

    @Test func `letters that fold only in Unicode are other letters`() {
        #expect(!alike("\u{212A}abcdefgh", "kabcdefgh", 3, 4))
        #expect(alike("\u{212A}abcdefgh", "\u{212A}ABCDEFGH", 3, 4))
    }
}
