// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "countersign",
    products: [
        .executable(name: "countersign", targets: ["countersign"]),
        .executable(name: "custody-sandbox", targets: ["custody-sandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    ],
    targets: [
        // The core, the flow and its ports.
        .target(name: "ApprovalCore"),
        .target(name: "ApprovalAgent", dependencies: ["ApprovalCore"]),

        // Adapters: one technology each, and never another adapter.
        .target(name: "PolicyYAML", dependencies: ["ApprovalCore", "ApprovalAgent", "CYAML"]),
        .target(name: "SodiumKeys", dependencies: ["ApprovalCore", "ApprovalAgent", "CSodium"]),
        .target(name: "CustodyClient", dependencies: ["ApprovalCore", "ApprovalAgent", "CCurl"]),
        .target(
            name: "SQLiteLedger",
            dependencies: [
                "ApprovalCore", "ApprovalAgent",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(name: "AuditFiles", dependencies: ["ApprovalAgent"]),
        .target(
            name: "Listener",
            dependencies: [
                "ApprovalCore",
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),

        // The system's C libraries.
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        // What the build says of itself.
        .systemLibrary(name: "CBuild"),

        // How a child process starts: the parts of the C library that Swift does not show.
        .systemLibrary(name: "CSpawn"),

        // The command line.
        .executableTarget(
            name: "countersign",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "CBuild", "CSpawn",
                "PolicyYAML", "SodiumKeys", "CustodyClient", "SQLiteLedger", "AuditFiles",
                "Listener",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        // The platform, for demos and tests. It shares no code with the client that it checks.
        .target(
            name: "CustodySandbox",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .executableTarget(
            name: "custody-sandbox",
            dependencies: [
                "CustodySandbox",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Fakes named by what they do, and the contract suites that a fake and its twin both pass.
        .target(
            name: "AgentTestKit", dependencies: ["ApprovalCore", "ApprovalAgent"]),

        // Runs the built programs as a user would.
        .target(name: "ProgramTestKit"),

        .testTarget(
            name: "ApprovalCoreTests", dependencies: ["ApprovalCore", "AgentTestKit"]),
        .testTarget(
            name: "ApprovalAgentTests",
            dependencies: ["ApprovalCore", "ApprovalAgent", "AgentTestKit"]),
        .testTarget(
            name: "PolicyYAMLTests",
            dependencies: ["ApprovalCore", "ApprovalAgent", "PolicyYAML", "AgentTestKit"]),
        .testTarget(
            name: "SodiumKeysTests",
            dependencies: ["ApprovalCore", "ApprovalAgent", "SodiumKeys", "AgentTestKit"]),
        .testTarget(
            name: "CustodyClientTests",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "CustodyClient", "SodiumKeys", "AgentTestKit",
                "ProgramTestKit",
            ]),
        .testTarget(
            name: "SQLiteLedgerTests",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "SQLiteLedger", "SodiumKeys", "AgentTestKit",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "AuditFilesTests",
            dependencies: ["ApprovalCore", "ApprovalAgent", "AuditFiles", "AgentTestKit"]),
        .testTarget(
            name: "ReplayTests",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "PolicyYAML", "SQLiteLedger", "SodiumKeys",
            ]),
        .testTarget(
            name: "ListenerTests",
            dependencies: [
                "ApprovalCore", "Listener", "AgentTestKit", "ProgramTestKit",
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "CustodySandboxTests",
            dependencies: [
                "CustodySandbox",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Vectors"]),
        .testTarget(
            name: "VerificationTests",
            dependencies: [
                "ApprovalCore", "ApprovalAgent", "SodiumKeys", "AgentTestKit", "ProgramTestKit",
                "countersign",
            ]),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["ProgramTestKit", "countersign", "custody-sandbox"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ApprovalCore", "AgentTestKit", "ProgramTestKit", "countersign", "custody-sandbox",
            ]),
        .testTarget(name: "DeployTests", exclude: ["alerts_test.yml"]),
        .testTarget(name: "TidyTests"),
    ],
    swiftLanguageModes: [.v6]
)

// One place for the settings of every target of ours.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
