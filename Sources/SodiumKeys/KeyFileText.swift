internal import ApprovalCore
internal import Glibc

/// The text of a key file in guarded memory, with its public part read and checked.
struct KeyFileText: ~Copyable {
    let part: PublicPart
    private let path: String
    private let places: [KeyFileMember: Range<Int>]
    private var memory: GuardedMemory

    /// Opens, judges and reads the file; `purpose` only words the remedy for a missing one.
    init(_ path: String, for purpose: KeyPurpose?) throws(KeyFileError) {
        do throws(KeyFileError.Problem) {
            let file = try Self.opened(path, for: purpose)
            let size = try Self.judgedSize(of: file)
            var memory = try Self.bytes(of: file, size: size)
            let scanned = try Self.scanned(&memory, size: size)
            self.part = scanned.part
            self.places = scanned.places
            self.path = path
            self.memory = memory
        } catch {
            throw KeyFileError(path: path, problem: error)
        }
    }

    /// Refuses a file that names another purpose or environment than the one wanted.
    borrowing func checkUse(
        purpose: KeyPurpose?, environment: String?
    ) throws(KeyFileError) {
        if let wanted = purpose, let found = part.purpose, wanted != found {
            throw KeyFileError(path: path, problem: .wrongPurpose(wanted: wanted, found: found))
        }
        if let wanted = environment, let found = part.environment,
            !wanted.utf8.elementsEqual(found.utf8)
        {
            throw KeyFileError(
                path: path, problem: .wrongEnvironment(wanted: wanted, found: found))
        }
    }

    /// Decodes `prv_key` within guarded memory; refused where `pub_key` is not its public part.
    mutating func secretKey() throws(KeyFileError) -> SecretKey {
        do throws(SodiumError) {
            let place = places[.privateKey] ?? 0..<0
            if let key = try SecretKey(hexAt: place, in: &memory), key.publicKey == part.publicKey {
                return key
            }
        } catch {
            throw KeyFileError(path: path, problem: .host(error))
        }
        throw KeyFileError(path: path, problem: .halvesDiffer)
    }

    private static func opened(
        _ path: String, for purpose: KeyPurpose?
    ) throws(KeyFileError.Problem) -> OpenFile {
        do throws(Errno) {
            return try OpenFile(path, O_RDONLY)
        } catch {
            switch error.number {
            case ENOENT, ENOTDIR: throw .missing(purpose)
            case ELOOP: throw .symbolicLink
            case ENXIO: throw .notRegular
            default: throw .unreadable(error.description)
            }
        }
    }

    /// The size of a file that may be read; judged on the descriptor, so that the file cannot be
    /// exchanged between judging and reading.
    private static func judgedSize(
        of file: borrowing OpenFile
    ) throws(KeyFileError.Problem) -> Int {
        let status: FileStatus
        do throws(Errno) { status = try file.status() } catch {
            throw .unreadable(error.description)
        }
        guard status.isRegular else { throw .notRegular }
        guard status.owner == geteuid() || status.owner == 0 else {
            throw .foreignOwner(status.owner)
        }
        guard status.permissions & 0o077 == 0 else { throw .exposed(status.permissions) }
        guard status.size <= KeyFile.maximumBytes else { throw .tooLarge(status.size) }
        return status.size
    }

    private static func bytes(
        of file: borrowing OpenFile, size: Int
    ) throws(KeyFileError.Problem) -> GuardedMemory {
        let read: Result<Int, Errno>
        do throws(SodiumError) {
            // One byte more, to see a file that grows meanwhile.
            var memory = try GuardedMemory(count: size + 1)
            read = try memory.fill(from: file)
            if case .success(size) = read { return memory }
        } catch {
            throw .host(error)
        }
        switch read {
        case .success: throw .unreadable("it changed while it was read")
        case .failure(let error): throw .unreadable(error.description)
        }
    }

    private static func scanned(
        _ memory: inout GuardedMemory, size: Int
    ) throws(KeyFileError.Problem) -> ScannedKeyFile {
        let result: Result<ScannedKeyFile, KeyFileError.Problem>
        do throws(SodiumError) {
            result = try memory.read(size) { text in ScannedKeyFile.result(of: text) }
        } catch {
            throw .host(error)
        }
        return try result.get()
    }
}
