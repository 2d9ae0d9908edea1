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
