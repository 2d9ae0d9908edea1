import NIOCore
import Synchronization

/// The connections that a listener has open, each in one slot.
///
/// Where there is no slot left, the oldest connection that has no complete request is closed for
/// the newcomer: of the same peer where that peer has its share, else of all. So who holds
/// connections and asks nothing never keeps out who asks. A connection whose answer is still being
/// made keeps its slot even after it was closed.
final class ConnectionSlots: Sendable {
    private struct Slot {
        let id: Int
        let peer: Peer
        let channel: any Channel
        var isAnswering = false
        var isClosed = false
    }

    private struct State {
        var nextID = 0
        var slots: [Slot] = []

        func oldest(of peer: Peer?) -> Int? {
            slots.firstIndex { !$0.isAnswering && (peer == nil || $0.peer == peer) }
        }
    }

    /// What came of asking for a slot.
    enum Opening {
        case free
        /// There is one, and that connection has to be closed for it.
        case insteadOf(any Channel)
        case none
    }

    private let limit: Int
    private let limitPerPeer: Int
    private let state = Mutex(State())

    init(_ bounds: ListenerBounds) {
        limit = bounds.connections
        limitPerPeer = bounds.connectionsPerPeer
    }

    /// A number for a new connection.
    func newID() -> Int {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    func open(_ id: Int, _ channel: any Channel) -> Opening {
        let peer = Peer(channel.remoteAddress)
        return state.withLock { state in
            let ofPeer = state.slots.count { $0.peer == peer }
            var opening = Opening.free
            if ofPeer >= limitPerPeer || state.slots.count >= limit {
                let mine = ofPeer >= limitPerPeer ? peer : nil
                guard let oldest = state.oldest(of: mine) else { return .none }
                opening = .insteadOf(state.slots.remove(at: oldest).channel)
            }
            state.slots.append(Slot(id: id, peer: peer, channel: channel))
            return opening
        }
    }

    func beginAnswer(_ id: Int) {
        change(id) { $0.isAnswering = true }
    }

    func endAnswer(_ id: Int) {
        change(id) { $0.isAnswering = false }
    }

    func closed(_ id: Int) {
        change(id) { $0.isClosed = true }
    }

    private func change(_ id: Int, _ change: (inout Slot) -> Void) {
        state.withLock { state in
            guard let index = state.slots.firstIndex(where: { $0.id == id }) else { return }
            change(&state.slots[index])
            let slot = state.slots[index]
            if slot.isClosed && !slot.isAnswering { state.slots.remove(at: index) }
        }
    }
}

/// Who counts as one peer: an IPv4 address (also one mapped into IPv6), or an IPv6 network of 64
/// bits, which one household has whole.
struct Peer: Hashable {
    private let bytes: [UInt8]

    init(_ address: SocketAddress?) {
        // The bytes of `sockaddr_in` and `sockaddr_in6`, in which the address begins after family
        // and port, and after the flow label too.
        let raw = unsafe address?.withSockAddr { pointer, size in
            unsafe Array(UnsafeRawBufferPointer(start: pointer, count: size))
        }
        switch (address, raw) {
        case (.v4?, let raw?): bytes = Array(raw.dropFirst(4).prefix(4))
        case (.v6?, let raw?):
            let whole = raw.dropFirst(8).prefix(16)
            let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
            bytes = Array(whole.starts(with: mapped) ? whole.suffix(4) : whole.prefix(8))
        case (.unixDomainSocket?, _), (nil, _), (_, nil): bytes = []
        }
    }
}
