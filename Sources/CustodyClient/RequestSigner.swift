package import ApprovalAgent
package import ApprovalCore

/// Makes requests that are ready to be sent: each with a nonce of its own, the moment of its
/// making and a signature over both.
package struct RequestSigner: Sendable {
    private let origin: String
    private let keyID: KeyID
    private let key: any Signer
    private let sha256: SHA256
    private let randomBytes: @Sendable (Int) -> [UInt8]
    private let now: @Sendable () -> UnixTime

    /// `origin` is scheme, host and port. `key` is the API key. `randomBytes` returns as many bytes
    /// as it is asked for, unpredictable and never repeated.
    package init(
        origin: String, keyID: KeyID, key: any Signer, sha256: @escaping SHA256,
        randomBytes: @escaping @Sendable (_ count: Int) -> [UInt8],
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.origin = origin
        self.keyID = keyID
        self.key = key
        self.sha256 = sha256
        self.randomBytes = randomBytes
        self.now = now
    }

    /// Throws ``CustodyError/notSent(_:)`` without a nonce or a signature.
    package func signed(
        _ method: HTTPMethod, _ target: RequestTarget, _ body: [UInt8] = []
    ) throws(CustodyError) -> SignedRequest {
        let random = randomBytes(16)
        guard random.count == 16 else { throw .notSent("no random bytes for a nonce") }
        let request = RequestSignature(
            method: method, target: target.text, created: now().seconds,
            digest: RequestSignature.digest(of: body, sha256: sha256), nonce: random.hex)
        let signature: Signature
        do { signature = try key.sign(request.message) } catch {
            throw .notSent("the API key did not sign: \(error)")
        }
        var headers = [
            "Accept: application/json",
            "Digest: \(request.digest)",
            "X-Nonce: \(request.nonce)",
            "Signature: \(request.header(keyID: keyID, signature: signature))",
        ]
        if method == .post { headers.append("Content-Type: application/json") }
        return SignedRequest(
            method: method, url: origin + target.text, headers: headers, body: body)
    }
}

/// One request, signed and ready to be sent once.
package struct SignedRequest: Sendable {
    package let method: HTTPMethod
    /// Origin and target; the target is the text that was signed.
    package let url: String
    /// `Name: value`, in the order in which they are sent.
    package let headers: [String]
    /// Empty for a GET.
    package let body: [UInt8]
}
