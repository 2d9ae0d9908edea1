import CCurl

/// Why a transfer ended without a reply, for people.
struct TransferFailure {
    /// In libcurl's words, or ours.
    let words: String
    /// What it means where the request was not sent, and what to do.
    let remedy: String?

    /// One that libcurl did not see.
    init(_ words: String) {
        self.words = words
        remedy = nil
    }

    /// One of libcurl's codes.
    init(code: UInt32, words: String) {
        self.words = words
        remedy = Self.remedy(CURLcode(code))
    }

    /// For a request that never left this host.
    var whyNotSent: String { remedy.map { "\($0) (\(words))" } ?? words }

    private static func remedy(_ code: CURLcode) -> String? {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            "the certificate was not accepted: check this host's clock, platform.base_url and "
                + "platform.ca_file, and ask the platform which certificate is its own"
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            "the server's key is none of platform.pinned_public_keys: ask the platform for its "
                + "key before you change the pin"
        case CURLE_SSL_CONNECT_ERROR:
            "TLS was not agreed on: check that platform.base_url names the platform's HTTPS "
                + "port; it must speak TLS 1.2 or later"
        case CURLE_SSL_CACERT_BADFILE:
            "platform.ca_file cannot be used: name a readable PEM file with a certificate"
        case CURLE_COULDNT_RESOLVE_HOST:
            "the host's name was not found: check platform.base_url and this host's DNS"
        case CURLE_COULDNT_CONNECT:
            "nothing answers there: check platform.base_url, the network and the firewall"
        case CURLE_OPERATION_TIMEDOUT:
            "no connection was made in time: check the network, or raise platform.request_timeout"
        default: nil
        }
    }
}
