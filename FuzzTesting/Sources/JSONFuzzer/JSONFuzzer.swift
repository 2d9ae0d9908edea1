import Glibc

/// The fuzzer's entry, once for each text that it makes up. A broken promise ends the process,
/// which is how a fuzzer is told.
@c(LLVMFuzzerTestOneInput)
package func tryOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let problem = JSONTrial.problem(of: bytes) {
        print("BROKEN: \(problem)")
        fflush(nil)
        abort()
    }
    return 0
}
