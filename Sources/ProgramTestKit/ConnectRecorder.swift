package import Foundation

/// Writes down every connect(2) of a process, its libraries' included, in a file of its own: a
/// library that is loaded before the C library and stands before its function.
package struct ConnectRecorder {
    private static let source = """
        #define _GNU_SOURCE
        #include <arpa/inet.h>
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <netinet/in.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/socket.h>
        #include <unistd.h>
        int connect(int fd, const struct sockaddr *to, socklen_t length) {
            char host[64] = "", line[96], path[4096];
            int port = 0, known = errno;
            if (to->sa_family == AF_INET) {
                const struct sockaddr_in *v4 = (const struct sockaddr_in *)to;
                inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
                port = ntohs(v4->sin_port);
            } else if (to->sa_family == AF_INET6) {
                const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)to;
                inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
                port = ntohs(v6->sin6_port);
            } else {
                snprintf(host, sizeof host, "family %d", to->sa_family);
            }
            const char *base = getenv("CONNECTS_FILE");
            if (base) {
                snprintf(path, sizeof path, "%s.%d", base, (int)getpid());
                int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
                int count = snprintf(line, sizeof line, "%s:%d\\n", host, port);
                if (file < 0 || write(file, line, count) != count) abort();
                close(file);
            }
            errno = known;
            int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
            return next(fd, to, length);
        }
        """

    /// What a process must find in its environment to be recorded.
    package let environment: [String: String]

    /// Compiles the library into a directory, with the compiler that Swift itself needs.
    package init(in directory: URL) throws {
        let library = directory.appending(path: "connects.so").path()
        try Data((Self.source + "\n").utf8).write(to: directory.appending(path: "connects.c"))
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = [
            "-c",
            "clang -shared -fPIC -o connects.so connects.c || "
                + "cc -shared -fPIC -o connects.so connects.c -ldl",
        ]
        shell.currentDirectoryURL = directory
        shell.standardInput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else {
            throw SandboxProcess.Failure(description: "no C compiler: install clang or gcc")
        }
        environment = [
            "LD_PRELOAD": library, "CONNECTS_FILE": directory.appending(path: "connects").path(),
        ]
    }

    /// Every address, in order, that the process connected to; nil where it is not recorded.
    package static func connects(of process: Int32) -> [String]? {
        guard let base = ProcessInfo.processInfo.environment["CONNECTS_FILE"] else { return nil }
        return connects(of: process, base)
    }

    /// Every address, in order, that a process with ``environment`` connected to so far.
    package func connects(of process: Int32) -> [String] {
        Self.connects(of: process, environment["CONNECTS_FILE"] ?? "")
    }

    private static func connects(of process: Int32, _ base: String) -> [String] {
        let bytes = FileManager.default.contents(atPath: "\(base).\(process)") ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
