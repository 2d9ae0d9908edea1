internal import Glibc

/// Why a key file was refused, with the remedy. No part of it comes from the file's secret.
package struct KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, as it was named.
    package let path: String
    /// What is wrong with it.
    package let problem: Problem

    /// What can be wrong with a key file.
    package enum Problem: Error, Hashable, Sendable {
        /// There is no such file.
        case missing(KeyPurpose?)
        /// The system refused it, in the system's words.
        case unreadable(String)
        /// The last part of the path is a symbolic link.
        case symbolicLink
        /// A directory, FIFO, socket or device.
        case notRegular
        /// Neither the effective user's nor root's.
        case foreignOwner(UInt32)
        /// Group or others have permissions: the mode.
        case exposed(UInt32)
        /// Above 64 KiB: the size in bytes.
        case tooLarge(Int)
        /// The text is not a key file; line and column count from 1, columns in bytes.
        case malformed(KeyFileFault, line: Int, column: Int)
        /// `pub_key` is not a canonical point of large order.
        case badPublicKey
        /// `pub_key` does not belong to `prv_key`.
        case halvesDiffer
        /// The file says what the key is for, and it is something else.
        case wrongPurpose(wanted: KeyPurpose, found: KeyPurpose)
        /// The file names an environment, and it is another one.
        case wrongEnvironment(wanted: String, found: String)
        /// A new key was to be written where something is.
        case exists
        /// A new key could not be written, in the system's words.
        case notWritten(String)
        /// A name for a new key file that is empty, longer than 128 bytes, or would need escapes.
        case badName(KeyFileMember)
        /// This host could not guard the key.
        case host(SodiumError)
    }

    /// An error about the file that was named `path`.
    package init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// File, fault and remedy in one line.
    package var description: String { "\(path): \(explanation); \(remedy)" }

    /// What is wrong, without the file's name.
    package var explanation: String {
        switch problem {
        case .missing: "no such key file"
        case .unreadable(let why): "the key file cannot be read: \(why)"
        case .symbolicLink: "the key file is a symbolic link"
        case .notRegular: "the key file is not a regular file"
        case .foreignOwner(let user):
            "the key file belongs to user \(user), neither to this process's user nor to root"
        case .exposed(let mode):
            "the key file is open to others than its owner (mode 0\(String(mode, radix: 8)))"
        case .tooLarge(let size): "the key file has \(size) bytes, more than 65536"
        case .malformed(let fault, let line, let column): "line \(line), column \(column): \(fault)"
        case .badPublicKey: "pub_key is not a point of the curve that can be used as a key"
        case .halvesDiffer: "pub_key does not belong to prv_key"
        case .wrongPurpose(let wanted, let found):
            "the key is for \(found.rawValue), and \(wanted.rawValue) is wanted here"
        case .wrongEnvironment(let wanted, let found):
            "the key is for environment \(found), and this is \(wanted)"
        case .exists: "something is there already, and a key is never overwritten"
        case .notWritten(let why): "the new key file could not be written: \(why)"
        case .badName(let member): "\(member.rawValue) cannot be written to a key file"
        case .host(let error): error.description
        }
    }

    /// What a person does about it.
    package var remedy: String {
        switch problem {
        case .missing(let purpose):
            "countersign keys create --purpose \(purpose?.rawValue ?? "approval") \(shellPath)"
        case .unreadable: "chown \(geteuid()) \(shellPath)"
        case .symbolicLink: "name the file itself, or copy it: install -m 600 SOURCE \(shellPath)"
        case .notRegular: "name a regular file"
        case .foreignOwner: "chown \(geteuid()) \(shellPath)"
        case .exposed: "chmod 600 \(shellPath)"
        case .tooLarge, .malformed:
            #"write {"type":"ed25519","prv_key":"64 hex digits","pub_key":"64 hex digits"}, "#
                + "or make a new key with: countersign keys create"
        case .badPublicKey, .halvesDiffer:
            "restore the file from its backup, or make a new key and register it"
        case .wrongPurpose: "name the other file; one key never serves two purposes"
        case .wrongEnvironment: "name the key file of this environment"
        case .exists: "choose another name, or move the old file away first"
        case .notWritten: "check the directory and its free space"
        case .badName: "use 1 to 128 bytes without quotation marks, backslashes and controls"
        case .host: "raise the limit of locked memory, or restart the host"
        }
    }

    /// The path as a shell takes it.
    private var shellPath: String {
        let plain = path.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F: true
            default: false
            }
        }
        if plain { return path.utf8.first == UInt8(ascii: "-") ? "./\(path)" : path }
        let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#)
        return "'\(quoted)'"
    }
}

extension KeyFileFault: CustomStringConvertible {
    /// One phrase for people, without text of the file.
    package var description: String {
        switch self {
        case .notJSON: "not one JSON object whose values are strings"
        case .unknownMember:
            "a member that a key file does not have; it has "
                + KeyFileMember.allCases.map(\.rawValue).joined(separator: ", ")
        case .duplicate(let member): "\(member.rawValue) stands twice"
        case .missing(let member): "\(member.rawValue) is missing"
        case .notString(let member): "\(member.rawValue) is not a string"
        case .escape: "a backslash; a key file needs none"
        case .value(.type): "type is not ed25519, the only one that is known"
        case .value(.privateKey): "prv_key is not 64 hexadecimal digits"
        case .value(.publicKey): "pub_key is not 64 hexadecimal digits"
        case .value(.purpose):
            "purpose is none of "
                + KeyPurpose.allCases.map(\.rawValue).joined(separator: ", ")
        case .value(.environment): "environment is not 1 to 128 bytes of UTF-8"
        case .value(.keyID): "key_id is not 1 to 128 bytes of UTF-8"
        }
    }
}
