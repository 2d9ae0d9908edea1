import NIOCore
import ServiceLifecycle

/// Delivers callbacks one after the other over a kept connection, and again at growing intervals
/// until the endpoint answers 2xx. It also lets the sandbox's time pass, so that what expires is
/// noticed without a request.
struct CallbackSender: Service {
    let sandbox: Sandbox

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await passTime() }
                var connection: CallbackConnection?
                for await delivery in sandbox.callbacks.due {
                    guard let (again, wait) = await attempt(delivery, &connection) else { continue }
                    group.addTask {
                        // The interval of the platform's next try.
                        guard (try? await Task.sleep(for: wait)) != nil else { return }
                        sandbox.callbacks.addAgain(again)
                    }
                }
                connection?.close()
                group.cancelAll()
            }
        }
    }

    /// The sandbox's clock goes on by itself: what expires does so though nobody asks.
    private func passTime() async {
        // The clock itself: nothing else makes time pass.
        while (try? await Task.sleep(for: .seconds(1))) != nil { sandbox.passTime() }
    }

    /// One attempt; returns the delivery and its wait where there is to be another.
    private func attempt(
        _ delivery: CallbackQueue.Delivery, _ connection: inout CallbackConnection?
    ) async -> (again: CallbackQueue.Delivery, wait: Duration)? {
        guard let target = sandbox.callbacks.target else {
            return sandbox.callbacks.failed(delivery)
        }
        sandbox.callbacks.began()
        let timeout = TimeAmount.milliseconds(Int64(target.timeoutMilliseconds))
        if connection?.isOpen != true || connection?.url != target.url {
            connection?.close()
            connection = try? await CallbackConnection.open(target.url, timeout: timeout)
        }
        let status = try? await connection?.post(delivery.callback, timeout: timeout)
        if let status, (200..<300).contains(status) {
            sandbox.callbacks.delivered(delivery)
            return nil
        }
        if status == nil {
            connection?.close()
            connection = nil
        }
        return sandbox.callbacks.failed(delivery)
    }
}
