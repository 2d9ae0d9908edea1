// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the agent builds it. The library folders are
// links to the project's own: what is fuzzed is what is shipped.
let package = Package(
    name: "fuzz-testing",
    products: [
        .library(name: "JSONFuzzer", type: .static, targets: ["JSONFuzzer"]),
        .library(name: "PolicyFuzzer", type: .static, targets: ["PolicyFuzzer"]),
    ],
    targets: [
        .target(name: "ApprovalCore"),
        .target(name: "ApprovalAgent", dependencies: ["ApprovalCore"]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .target(name: "PolicyYAML", dependencies: ["ApprovalCore", "ApprovalAgent", "CYAML"]),
        .target(name: "AgentTestKit", dependencies: ["ApprovalCore", "ApprovalAgent"]),
        .target(name: "JSONFuzzer", dependencies: ["ApprovalCore", "AgentTestKit"]),
        .target(
            name: "PolicyFuzzer",
            dependencies: ["ApprovalCore", "ApprovalAgent", "PolicyYAML", "AgentTestKit"]),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzer brings its own `main`, so these are libraries; `run` links the programs.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
    ]
}
