import Foundation

// Copies the sources beside this package into a folder, with every mistake of a list in it, each
// behind a switch: `plant LIST ROOT FOLDER`. Ends with 1 where a mistake does not fit any more.
do {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else { throw Misfit("usage: plant LIST ROOT FOLDER") }
    let list = try MistakeList(String(contentsOfFile: arguments[1], encoding: .utf8))
    let count = try list.plant(
        root: URL(fileURLWithPath: arguments[2]), folder: URL(fileURLWithPath: arguments[3]))
    print("planted \(list.mistakes.count) mistakes in \(count) places")
} catch {
    print("plant: \(error)")
    exit(1)
}
