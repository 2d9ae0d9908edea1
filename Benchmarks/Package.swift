// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the agent builds it. The library folders are
// links to the project's own: what is measured is what is shipped.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0")
    ],
    targets: [
        .target(name: "ApprovalCore"),
        .target(name: "ProgramTestKit"),
        .executableTarget(name: "DecideBenchmark", dependencies: ["ApprovalCore"]),
        .target(name: "ApprovalAgent", dependencies: ["ApprovalCore"]),
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .target(name: "SodiumKeys", dependencies: ["ApprovalCore", "ApprovalAgent", "CSodium"]),
        .executableTarget(
            name: "LimitBenchmark",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "SodiumKeys",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .executableTarget(
            name: "LedgerBenchmark",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "SodiumKeys",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .executableTarget(name: "PassBenchmark", dependencies: ["ProgramTestKit"]),
        .executableTarget(
            name: "SandboxBenchmark",
            dependencies: ["ApprovalAgent", "ApprovalCore", "ProgramTestKit", "SodiumKeys"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
