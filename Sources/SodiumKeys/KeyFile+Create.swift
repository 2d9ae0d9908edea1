internal import ApprovalCore
internal import Glibc

extension KeyFile {
    /// Makes a new key and writes it to `path`, mode 0600; gives its public part.
    ///
    /// Never overwrites: whatever stands at `path`, a symbolic link too, is refused. File and
    /// directory are synced before this returns. The secret goes from guarded memory to write(2)
    /// and nowhere else. A file that could not be completed is removed.
    package static func create(
        _ path: String, purpose: KeyPurpose, environment: String? = nil, keyID: String? = nil
    ) throws(KeyFileError) -> PublicPart {
        do throws(KeyFileError.Problem) {
            try checkName(environment, .environment)
            try checkName(keyID, .keyID)
            var key = try newKey()
            let part = PublicPart(
                publicKey: key.publicKey, purpose: purpose, environment: environment, keyID: keyID)
            let file = try created(path)
            if let problem = write(&key, part, to: file) ?? sync(file, at: path) {
                _ = unsafe unlink(path)
                throw problem
            }
            return part
        } catch {
            throw KeyFileError(path: path, problem: error)
        }
    }

    private static func checkName(
        _ name: String?, _ member: KeyFileMember
    ) throws(KeyFileError.Problem) {
        guard let name else { return }
        let plain = name.utf8.allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard plain, (1...128).contains(name.utf8.count) else { throw .badName(member) }
    }

    private static func created(_ path: String) throws(KeyFileError.Problem) -> OpenFile {
        do throws(Errno) {
            return try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        } catch {
            throw error.number == EEXIST || error.number == ELOOP
                ? .exists : .notWritten(error.description)
        }
    }

    private static func newKey() throws(KeyFileError.Problem) -> SecretKey {
        do throws(SodiumError) { return try SecretKey.random() } catch { throw .host(error) }
    }

    /// Puts the text together in guarded memory and writes it from there.
    private static func write(
        _ key: inout SecretKey, _ part: PublicPart, to file: borrowing OpenFile
    ) -> KeyFileError.Problem? {
        var rest = #"","pub_key":"\#(part.publicKey)""#
        if let purpose = part.purpose { rest += #","purpose":"\#(purpose.rawValue)""# }
        if let environment = part.environment { rest += #","environment":"\#(environment)""# }
        if let keyID = part.keyID { rest += #","key_id":"\#(keyID)""# }
        rest += "}\n"
        do throws(SodiumError) {
            var text = try GuardedMemory(count: 1024)
            var length = try text.put(Array(#"{"type":"ed25519","prv_key":""#.utf8), at: 0)
            length = try key.putSeedHex(into: &text, at: length)
            length = try text.put(Array(rest.utf8), at: length)
            return try text.drain(length, to: file).map { .notWritten($0.description) }
        } catch {
            return .host(error)
        }
    }

    private static func sync(
        _ file: borrowing OpenFile, at path: String
    ) -> KeyFileError.Problem? {
        (file.sync() ?? syncDirectory(of: path)).map { .notWritten($0.description) }
    }

    private static func syncDirectory(of path: String) -> Errno? {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = name.map { String(path[...$0]) } ?? "."
        do throws(Errno) {
            return try OpenFile(directory, O_RDONLY | O_DIRECTORY).sync()
        } catch {
            return error
        }
    }
}
