/// A Bitcoin address of a witness program (BIP 173, BIP 350).
package struct SegwitAddress: Hashable, Sendable {
    /// Why a string is not one.
    package enum Problem: Error, Hashable, Sendable {
        /// It is not even Bech32.
        case encoding(Bech32.Problem)
        /// The prefix is not of Bitcoin.
        case network
        /// Version 0 wants Bech32, 1 to 16 want Bech32m; there are no others.
        case version
        /// The program has a length or padding that the version does not allow.
        case program
    }

    /// The human-readable parts of Bitcoin's networks.
    static let networks = ["bc", "tb", "bcrt"]

    /// `bc`, `tb` or `bcrt`.
    package let network: String
    /// The witness version, 0 to 16.
    package let version: UInt8
    /// The witness program: 2 to 40 bytes, in version 0 exactly 20 or 32.
    package let program: [UInt8]

    /// Reads an address of one of Bitcoin's networks.
    package init(_ text: String) throws(Problem) {
        let decoded: Bech32
        do throws(Bech32.Problem) {
            decoded = try Bech32(text)
        } catch {
            throw .encoding(error)
        }
        guard Self.networks.contains(where: { $0.isVerbatim(decoded.humanReadablePart) }) else {
            throw .network
        }
        guard let version = decoded.values.first, version <= 16,
            decoded.variant == (version == 0 ? .bech32 : .bech32m)
        else { throw .version }
        guard let program = Self.bytes(of: decoded.values.dropFirst()),
            (2...40).contains(program.count),
            version > 0 || program.count == 20 || program.count == 32
        else { throw .program }
        network = decoded.humanReadablePart
        self.version = version
        self.program = program
    }

    /// Groups of five bits as bytes; nil where more than four bits, or one that is set, are left.
    private static func bytes(of values: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var held: UInt32 = 0
        var bits = 0
        for value in values {
            held = (held << 5 | UInt32(value)) & 0xfff
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        guard bits < 5, held & (1 << UInt32(bits) - 1) == 0 else { return nil }
        return bytes
    }
}
