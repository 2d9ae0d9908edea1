/// Why a listener does not listen.
package enum ListenerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address could not be taken; the reason is the system's.
    case cannotListen(ListenAddress, reason: String)
    /// It stopped although nobody asked it to.
    case stopped(ListenAddress)

    package var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "cannot listen on \(address): \(reason); choose another address or port, "
                + "or stop what uses it"
        case .stopped(let address): "the listener on \(address) stopped by itself"
        }
    }
}

/// Why a connection was closed before its request was looked at. Nothing of it reaches the peer.
package enum ConnectionRefusal: String, Hashable, Sendable, CaseIterable {
    /// The bytes are not HTTP/1.
    case malformed
    /// More header bytes or fields than allowed.
    case headersTooLarge = "headers_too_large"
    /// A body longer than allowed, announced or sent.
    case bodyTooLarge = "body_too_large"
    /// Headers, body or the reading of the reply took too long.
    case tooSlow = "too_slow"
    /// More connections than allowed, in all or from one peer.
    case tooManyConnections = "too_many_connections"
}
