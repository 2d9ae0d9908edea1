import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The partner's backend beside the agent, which posts what a person typed: requests of its own,
/// signed with the agent's API key by the system's `openssl`.
package struct PartnerBackend {
    private let folder: AgentFolder
    private let origin: String

    /// Uses `keys/api.json` of that folder, and leaves files of its own there.
    package init(_ folder: AgentFolder, at sandbox: SandboxProcess) {
        self.folder = folder
        origin = sandbox.origin
    }

    /// `POST {target}` with that JSON; the status of the answer.
    package func post(_ target: String, _ body: [String: Any]) async throws -> Int {
        let bytes = try JSONSerialization.data(withJSONObject: body)
        let nonce = UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        let digest =
            "SHA-256=" + (try await openssl("dgst -sha256 -binary backend.in", over: bytes))
        let created = Int(Date().timeIntervalSince1970)
        let lines = [
            "(request-target): post \(target)", "(created): \(created)", "digest: \(digest)",
            "x-nonce: \(nonce)",
        ]
        try folder.write("backend.pem", try pem())
        let signature = try await openssl(
            "pkeyutl -sign -rawin -inkey backend.pem -in backend.in",
            over: Data(lines.joined(separator: "\n").utf8))
        // Under this name no proxy of the environment stands in between.
        _ = unsafe setenv("no_proxy", "localhost", 1)
        let local = origin.replacingOccurrences(of: "127.0.0.1", with: "localhost")
        guard let url = URL(string: local + target) else {
            throw SandboxProcess.Failure(description: "no URL: \(target)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = bytes
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue(digest, forHTTPHeaderField: "Digest")
        request.setValue(nonce, forHTTPHeaderField: "X-Nonce")
        request.setValue(
            "keyId=\"partner-1\",algorithm=\"hs2019\",created=\(created),"
                + "headers=\"(request-target) (created) digest x-nonce\",signature=\"\(signature)\"",
            forHTTPHeaderField: "Signature")
        let (_, response) = try await URLSession.shared.data(for: request)
        return (response as? HTTPURLResponse)?.statusCode ?? 0
    }

    /// What `openssl` makes of the bytes, which stand in `backend.in`, in Base64.
    private func openssl(_ arguments: String, over bytes: Data) async throws -> String {
        let file = folder.path + "/backend.in"
        try bytes.write(to: URL(fileURLWithPath: file))
        let result = try await Program("/bin/bash").run([
            "-c", "set -o pipefail; cd \"$0\" && openssl \(arguments) | openssl base64 -A",
            folder.path,
        ])
        guard result.code == 0, !result.output.isEmpty else {
            throw SandboxProcess.Failure(description: "openssl \(arguments): \(result.errors)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The seed in the form of RFC 8410.
    private func pem() throws -> String {
        let file = try JSONSerialization.jsonObject(with: Data(folder.read("keys/api.json").utf8))
        guard let seed = (file as? [String: Any])?["prv_key"] as? String, seed.utf8.count == 64
        else { throw SandboxProcess.Failure(description: "keys/api.json has no prv_key") }
        let digits = Array(("302e020100300506032b657004220420" + seed).utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
        }
        return "-----BEGIN PRIVATE KEY-----\n\(Data(bytes).base64EncodedString())\n"
            + "-----END PRIVATE KEY-----\n"
    }
}
