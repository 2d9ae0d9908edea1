// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the agent builds it. The two library folders are
// links to the project's own: what is measured is what is shipped.
let package = Package(
    name: "benchmarks",
    targets: [
        .target(name: "ApprovalCore"),
        .target(name: "ProgramTestKit"),
        .executableTarget(name: "DecideBenchmark", dependencies: ["ApprovalCore"]),
        .executableTarget(name: "PassBenchmark", dependencies: ["ProgramTestKit"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
