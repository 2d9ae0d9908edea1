internal import CSodium
internal import Glibc

/// What a process that holds keys gives up: core dumps, being traced by its own user, and signal
/// handlers that print memory. To be called first thing in `main`.
package enum ProcessHardening {
    /// Why a process could not be hardened; it must not load a key then.
    package enum Failure: Error, Hashable, Sendable {
        /// `setrlimit` refused to forbid core dumps.
        case coreDumps
        /// `prctl` left the process dumpable.
        case dumpable
        /// This signal kept its handler.
        case signal(Int32)
    }

    /// The signals that a crash raises; each gets its default handler back, whatever the runtime
    /// or the environment put there.
    package static let fatalSignals: [Int32] = [
        SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGQUIT,
    ]

    /// No core dumps, not dumpable (`/proc/self` then belongs to root, and no other process of the
    /// same user may attach), default handlers for fatal signals.
    package static func apply() throws(Failure) {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else {
            throw .coreDumps
        }
        guard countersign_set_dumpable(0) == 0, !isDumpable else { throw .dumpable }
        for number in fatalSignals {
            // All zero: the default handler, no flags, no blocked signals.
            var action = sigaction()
            guard unsafe sigaction(number, &action, nil) == 0 else { throw .signal(number) }
        }
    }

    /// Whether a core dump could be written or the same user could attach (`prctl(2)`).
    package static var isDumpable: Bool { countersign_get_dumpable() != 0 }
}
