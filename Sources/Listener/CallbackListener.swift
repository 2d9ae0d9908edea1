import NIOHTTP1

/// Serves `POST /callbacks`, a bell and nothing more: 200 with no body once the bell is recorded,
/// and the same refusal for everything else.
package struct CallbackListener: Sendable {
    private let server: BoundedServer

    /// `listening` is told the address that was taken, with the port that the system chose where
    /// `address` has 0; `refused` each refusal, for logs and metrics.
    package init(
        address: ListenAddress, door: CallbackDoor, bounds: ListenerBounds = ListenerBounds(),
        refused: @escaping @Sendable (CallbackRefusal) -> Void = { _ in },
        listening: @escaping @Sendable (ListenAddress) -> Void = { _ in }
    ) {
        server = BoundedServer(
            address: address, bounds: bounds, refused: { refused(.connection($0)) },
            listening: listening
        ) { request in
            let callback: Callback
            do throws(CallbackRefusal) {
                callback = try CallbackRequest(request: request, door: door).callback()
            } catch {
                refused(error)
                return .refusal
            }
            if await door.ring(callback) { return WholeReply(status: .ok) }
            refused(.notRecorded)
            return .refusal(.serviceUnavailable)
        }
    }

    /// Listens until its task is cancelled or its service is shut down gracefully; requests that
    /// are being answered then still get ``ListenerBounds/stopWithin``.
    package func run() async throws(ListenerError) { try await server.run() }
}
