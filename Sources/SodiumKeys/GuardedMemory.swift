internal import CSodium
internal import Glibc

/// One region from `sodium_malloc`: between guard pages, kept out of swap and core dumps where the
/// host allows it, inaccessible while no closure of ours runs, and wiped at the end of its life.
///
/// Access is `mutating` throughout, so that the compiler refuses a second, nested access, which
/// would close the region under the first.
@safe
struct GuardedMemory: ~Copyable {
    private let start: UnsafeMutableRawPointer
    let count: Int

    init(count: Int) throws(SodiumError) {
        try Sodium.start()
        guard let start = unsafe sodium_malloc(max(1, count)) else { throw .noGuardedMemory }
        unsafe sodium_memzero(start, count)
        guard unsafe sodium_mprotect_noaccess(start) == 0 else {
            unsafe sodium_free(start)
            throw .notProtected
        }
        unsafe self.start = unsafe start
        self.count = count
    }

    deinit {
        // Makes the region writable, checks its canary, wipes it and gives it back.
        unsafe sodium_free(start)
    }

    /// The region for as long as `body` runs. The pointer must not leave it.
    mutating func open<Result>(
        _ body: (UnsafeMutablePointer<UInt8>) throws(SodiumError) -> Result
    ) throws(SodiumError) -> Result {
        guard unsafe sodium_mprotect_readwrite(start) == 0 else { throw .notProtected }
        let result: Result
        do throws(SodiumError) {
            result = try unsafe body(start.assumingMemoryBound(to: UInt8.self))
        } catch {
            _ = unsafe sodium_mprotect_noaccess(start)
            throw error
        }
        guard unsafe sodium_mprotect_noaccess(start) == 0 else { throw .notProtected }
        return result
    }

    /// The first `length` bytes, to look at in place.
    mutating func read<Result>(
        _ length: Int, _ body: (borrowing Span<UInt8>) -> Result
    ) throws(SodiumError) -> Result {
        let count = max(0, min(length, count))
        return try unsafe open { bytes in
            let span = unsafe Span(_unsafeStart: bytes, count: count)
            return body(span)
        }
    }

    /// Writes bytes that are not secret at `offset`; gives the offset behind them.
    mutating func put(_ text: [UInt8], at offset: Int) throws(SodiumError) -> Int {
        guard offset >= 0, offset + text.count <= count else { throw .noGuardedMemory }
        return try unsafe open { bytes in
            for (index, byte) in text.enumerated() {
                unsafe bytes[offset + index] = byte
            }
            return offset + text.count
        }
    }

    /// read(2) until the region is full or the file ends; the number of bytes, or `errno`.
    mutating func fill(from file: borrowing OpenFile) throws(SodiumError) -> Result<Int, Errno> {
        let (count, descriptor) = (count, file.descriptor)
        return try unsafe open { bytes in
            var filled = 0
            while filled < count {
                let step = unsafe Glibc.read(descriptor, bytes + filled, count - filled)
                if step == 0 { break }
                if step < 0, errno == EINTR { continue }
                if step < 0 { return .failure(Errno(errno)) }
                filled += step
            }
            return .success(filled)
        }
    }

    /// write(2) of the first `length` bytes; nil, or `errno`.
    mutating func drain(_ length: Int, to file: borrowing OpenFile) throws(SodiumError) -> Errno? {
        let (length, descriptor) = (min(length, count), file.descriptor)
        return try unsafe open { bytes in
            var written = 0
            while written < length {
                let step = unsafe Glibc.write(descriptor, bytes + written, length - written)
                if step < 0, errno == EINTR { continue }
                if step <= 0 { return Errno(errno) }
                written += step
            }
            return nil
        }
    }
}
