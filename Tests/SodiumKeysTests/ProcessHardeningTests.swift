import Glibc
import SodiumKeys
import Testing

@Suite("Process hardening")
struct ProcessHardeningTests {
    @Test func `a hardened process dumps no core, is not dumpable and has default handlers`() async
    {
        await #expect(processExitsWith: .success) {
            #expect(ProcessHardening.isDumpable)
            for number in ProcessHardening.fatalSignals { _ = signal(number, SIG_IGN) }
            try ProcessHardening.apply()
            #expect(!ProcessHardening.isDumpable)
            var limit = rlimit(rlim_cur: 1, rlim_max: 1)
            #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0)
            #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
            for number in ProcessHardening.fatalSignals {
                var action = sigaction()
                #expect(unsafe sigaction(number, nil, &action) == 0)
                #expect(unsafe action.__sigaction_handler.sa_handler == nil)
            }
        }
    }
}
