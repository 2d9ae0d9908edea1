// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the agent builds it. The library folders are
// links to the project's own: what is simulated is what is shipped.
let package = Package(
    name: "simulation",
    targets: [
        .target(name: "ApprovalCore"),
        .target(name: "ApprovalAgent", dependencies: ["ApprovalCore"]),
        .target(name: "AgentTestKit", dependencies: ["ApprovalCore", "ApprovalAgent"]),
        .target(
            name: "Simulation", dependencies: ["ApprovalCore", "ApprovalAgent", "AgentTestKit"]),
        .executableTarget(name: "simulate", dependencies: ["ApprovalCore", "Simulation"]),
        .executableTarget(name: "plant"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
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
