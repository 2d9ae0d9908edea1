import ApprovalCore
import Foundation
import Glibc
import SodiumKeys
import Testing

@Suite("The secret in memory")
struct SecretKeyMemoryTests {
    @Test func `after a thousand signatures no readable memory holds the seed`() throws {
        let scratch = try Scratch()
        let path = scratch.nothing()
        _ = try KeyFile.create(path, purpose: .approval)
        let signer = try SodiumSigner(opening: path, purpose: .approval)
        for number in 0..<1000 { _ = try signer.sign(Array("message \(number)".utf8)) }

        let memory = try ReadableMemory()
        try memory.takeSeed(from: path)
        #expect(try memory.copies(ofFirst: 16, at: .seed) == 0)
        #expect(try memory.copies(ofFirst: 32, at: .seedHex) == 0)
        #expect(signer.publicKey.bytes.count == 32)
    }

    @Test func `the same search finds a secret that is held in an array`() throws {
        let scratch = try Scratch()
        let path = scratch.nothing()
        _ = try KeyFile.create(path, purpose: .approval)
        let careless = try Data(contentsOf: URL(filePath: path))
        let memory = try ReadableMemory()
        try memory.takeSeed(from: path)
        #expect(try memory.copies(ofFirst: 32, at: .seedHex) > 0)
        #expect(!careless.isEmpty)
    }
}

/// Searches this process's readable memory through `/proc/self/mem`. Pattern and buffer lie in one
/// mapping of their own that is left out of the search.
@safe
private final class ReadableMemory {
    enum Place: Int {
        case seed = 0
        case seedHex = 4096
    }

    private static let buffer = 8192
    private static let size = 8192 + (1 << 20)
    private let own: UnsafeMutableRawPointer

    init() throws {
        let mapped = unsafe mmap(
            nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            throw POSIXError(.ENOMEM)
        }
        unsafe own = unsafe mapped
    }

    deinit { unsafe munmap(own, Self.size) }

    /// Reads the seed of a key file straight into the mapping, as text and as bytes.
    func takeSeed(from path: String) throws {
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        let text = unsafe own + Place.seedHex.rawValue
        let start = #"{"type":"ed25519","prv_key":""#.utf8.count
        try #require(unsafe pread(file, text, 64, off_t(start)) == 64)
        for index in 0..<32 {
            let high = unsafe digit(text.load(fromByteOffset: 2 * index, as: UInt8.self))
            let low = unsafe digit(text.load(fromByteOffset: 2 * index + 1, as: UInt8.self))
            unsafe own.storeBytes(of: high << 4 | low, toByteOffset: index, as: UInt8.self)
        }
    }

    /// How often the first bytes of the pattern stand in readable memory.
    func copies(ofFirst length: Int, at place: Place) throws -> Int {
        let memory = unsafe open("/proc/self/mem", O_RDONLY)
        defer { close(memory) }
        try #require(memory >= 0)
        var (found, searched) = (0, 0)
        for range in try readableRanges() {
            var at = range.lowerBound
            while at < range.upperBound {
                let step = min(1 << 20, range.upperBound - at)
                // Pieces overlap, so that none is cut in two.
                let next = step == 1 << 20 ? at + step - 64 : at + step
                defer { at = next }
                let count = unsafe pread(memory, own + Self.buffer, Int(step), off_t(at))
                guard count > 0 else { continue }
                searched += count
                found += hits(in: count, length: length, place: place)
            }
        }
        try #require(searched > 1 << 20)
        return found
    }

    private func hits(in count: Int, length: Int, place: Place) -> Int {
        let pattern = unsafe own + place.rawValue
        let buffer = unsafe own + Self.buffer
        // Zeros fill much of the memory: look for a byte that does not.
        let anchor =
            (0..<length).first {
                unsafe pattern.load(fromByteOffset: $0, as: UInt8.self) != 0
            } ?? 0
        let sought = unsafe Int32(pattern.load(fromByteOffset: anchor, as: UInt8.self))
        var (hits, offset) = (0, anchor)
        while offset + length - anchor <= count,
            let found = unsafe memchr(buffer + offset, sought, count - offset)
        {
            let start = unsafe found - buffer - anchor
            if start + length <= count, unsafe memcmp(buffer + start, pattern, length) == 0 {
                hits += 1
            }
            offset = start + anchor + 1
        }
        return hits
    }

    private func readableRanges() throws -> [Range<UInt>] {
        let own = unsafe UInt(bitPattern: self.own)
        let maps = String(decoding: try wholeFile("/proc/self/maps"), as: UTF8.self)
        return maps.split(separator: "\n").flatMap { line -> [Range<UInt>] in
            let words = line.split(separator: " ")
            guard words.count > 1, words[1].hasPrefix("r"), !line.hasSuffix("[vvar]") else {
                return []
            }
            let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2 else { return [] }
            // The kernel may have merged our mapping with a neighbour: cut it out.
            let before = bounds[0]..<max(bounds[0], min(bounds[1], own))
            let after = min(bounds[1], max(bounds[0], own + UInt(Self.size)))..<bounds[1]
            return [before, after].filter { !$0.isEmpty }
        }
    }

    /// Reads until the end: one read of a file under `/proc` may give only its beginning.
    private func wholeFile(_ path: String) throws -> [UInt8] {
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        var (whole, piece) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while true {
            let count = unsafe read(file, &piece, piece.count)
            try #require(count >= 0)
            if count == 0 { return whole }
            whole += piece[..<count]
        }
    }

    private func digit(_ character: UInt8) -> UInt8 {
        character < 0x3A ? character - 0x30 : character - 0x61 + 10
    }
}
