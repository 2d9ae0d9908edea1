/// Whether an address that looks like a form with a checksum has a good one.
package enum AddressChecksum {
    /// A sentence where the address has the look of EIP-55, Bech32, Bech32m or Base58Check and
    /// does not verify; nil where it does, and for every form that is not known.
    package static func problem(of address: String, sha256: SHA256) -> String? {
        if let hex = HexAddress(address) {
            guard hex.isMixedCase, !hex.hasGoodChecksum else { return nil }
            return "the case of its letters does not fit its EIP-55 checksum"
        }
        let bytes = Array(address.utf8)
        let folded = bytes.map(\.folded)
        if let slip = slip(bytes, folded) { return slip }
        if isBitcoin(folded) {
            return verifies(bytes, address, sha256) ? nil : segwitProblem(of: address)
        }
        let isOneCase = !bytes.contains(where: \.isUpper) || !bytes.contains(where: \.isLower)
        if isOneCase, Bech32.separator(ofForm: folded) != nil {
            // The checksum was made for 90 characters; Cardano uses it for more.
            let isGood = (try? Bech32(address, longest: bytes.count)) != nil
            return isGood ? nil : "its Bech32 checksum is wrong"
        }
        guard hasBase58Look(bytes), !verifies(bytes, address, sha256) else { return nil }
        return "its Base58Check checksum or length is wrong"
    }

    /// What is so near to a known form that it can only be a slip of the hand.
    private static func slip(_ bytes: [UInt8], _ folded: [UInt8]) -> String? {
        if folded.starts(with: "bitcoin:".utf8) || folded.starts(with: "ethereum:".utf8) {
            return "it begins with the name of a network, which is no part of an address"
        }
        if folded.starts(with: "0x".utf8), (38...46).contains(bytes.count), bytes.count != 42 {
            return "it has \(bytes.count - 2) digits after 0x, and 40 are usual"
        }
        let others = bytes.filter { !Base58Check.isDigit($0) }
        let isBase58Beginning = [0x31, 0x33].contains(bytes.first ?? 0)
        if isBase58Beginning, (26...35).contains(bytes.count), (1...3).contains(others.count),
            others.allSatisfy({ [0x30, 0x49, 0x4F, 0x6C].contains($0) })
        {
            return "it holds 0, O, I or l, which Base58 does not use"
        }
        if bytes.count == 42, folded.starts(with: "0x".utf8),
            !folded.dropFirst(2).allSatisfy(\.isHexDigit)
        {
            return "one of its 40 characters after 0x is no hexadecimal digit"
        }
        return nil
    }

    private static func isBitcoin(_ folded: [UInt8]) -> Bool {
        SegwitAddress.networks.contains { folded.starts(with: ($0 + "1").utf8) }
    }

    private static func segwitProblem(of address: String) -> String? {
        do throws(SegwitAddress.Problem) {
            _ = try SegwitAddress(address)
            return nil
        } catch {
            return switch error {
            case .encoding(.mixedCase): "it mixes cases, which a Bech32 address never does"
            case .encoding(.malformed): "it is not Bech32: its length or one of its characters"
            case .encoding(.checksum): "its Bech32 checksum is wrong"
            case .network: "its prefix is not of a Bitcoin network"
            case .version:
                "its witness version does not fit its checksum: 0 is Bech32, 1 to 16 are Bech32m"
            case .program: "its witness program has a wrong length or padding"
            }
        }
    }

    private static func hasBase58Look(_ bytes: [UInt8]) -> Bool {
        // XRP writes Base58 with another alphabet; all of its addresses begin with r.
        (25...36).contains(bytes.count) && bytes.first != 0x72
            && bytes.allSatisfy(Base58Check.isDigit)
    }

    /// Good Base58Check of a length that its beginning allows.
    private static func verifies(_ bytes: [UInt8], _ address: String, _ sha256: SHA256) -> Bool {
        guard hasBase58Look(bytes), let decoded = try? Base58Check(address, sha256: sha256) else {
            return false
        }
        if decoded.payload.count == 21 { return true }
        return longerForms.contains { beginning, count in
            bytes.starts(with: beginning.utf8) && decoded.payload.count == count
        }
    }

    /// Networks with a version of more than one byte: Zcash and Tezos.
    private static let longerForms: [(beginning: String, count: Int)] = [
        ("t1", 22), ("t2", 22), ("t3", 22), ("tm", 22),
        ("tz1", 23), ("tz2", 23), ("tz3", 23), ("KT1", 23),
    ]
}
