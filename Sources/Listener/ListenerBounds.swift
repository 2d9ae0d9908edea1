/// What a stranger may cost a listener. Beyond any of it the connection is closed.
package struct ListenerBounds: Hashable, Sendable {
    /// Bytes of request target, header names and values together.
    package var headerBytes = 8 * 1_024
    /// Header fields of a request, trailers included.
    package var headerCount = 64
    /// Bytes of a body, however it is framed.
    package var bodyBytes = 16 * 1_024
    /// From accept, or from the first byte of a later request, until the headers are complete.
    package var headersWithin: Duration = .seconds(5)
    /// From accept, or from the first byte of a later request, until the reply is written.
    package var requestWithin: Duration = .seconds(10)
    /// From a reply to the first byte of the next request.
    package var idleWithin: Duration = .seconds(30)
    /// What a request that is being answered still gets when the listener stops.
    package var stopWithin: Duration = .seconds(2)
    /// How long a peer may take to read a last reply and close.
    package var lingerWithin: Duration = .seconds(1)
    /// Connections open at a time.
    package var connections = 256
    /// Connections open at a time from one IPv4 address or one IPv6 network of 64 bits.
    package var connectionsPerPeer = 32

    /// The bounds that the agent runs with.
    package init() {}

    /// Bytes on the wire for one request, framing of chunks included.
    var wireBytes: Int { headerBytes + 2 * bodyBytes }
}
