import ApprovalCore
import Listener

extension Configuration {
    /// Everything that is in effect, defaults included: names of key files, never what is in them.
    var effective: JSONValue {
        .object([
            "file": .string(path), "environment": .string(environment),
            "platform": .object([
                "base_url": .string(platform.baseURL), "api_key_id": .string(platform.apiKeyID),
                "api_key_file": .string(platform.apiKeyFile),
                "ca_file": .optional(platform.caFile),
                "pinned_public_keys": .array(platform.pinnedPublicKeys.map(JSONValue.string)),
                "request_timeout_ms": .integer(platform.requestTimeout),
                "max_connections": .integer(platform.maxConnections),
            ]),
            "approvers": .array(approvers.map(Self.approver)),
            "policy": .object(["directory": .string(policyDirectory)]),
            "ledger": .object([
                "file": .string(ledger.file),
                "audit_directory": .string(ledger.auditDirectory),
                "log_key_file": .string(ledger.logKeyFile), "origin": .string(ledger.origin),
            ]),
            "watch": .object([
                "poll_interval_ms": .integer(watch.pollInterval),
                "max_concurrency": .integer(watch.maxConcurrency),
            ]),
            "listen": .object([
                "callbacks": .optional(listen.callbacks?.description),
                "operations": .optional(listen.operations?.description),
            ]),
            "notify": .object([
                "command": notify.command.map { .array($0.words.map(JSONValue.string)) } ?? .null,
                "timeout_ms": .integer(notify.timeout),
            ]),
            "brake": .object([
                "max_signatures_per_minute": brake.perMinute.map { .integer($0) } ?? .null,
                "max_signatures_per_pass": brake.perPass.map { .integer($0) } ?? .null,
            ]),
        ])
    }

    private static func approver(_ approver: ApproverIdentity) -> JSONValue {
        .object([
            "entity_id": .string(approver.entityID.text),
            "approval_method_id": .string(approver.methodID.text),
            "approval_key_file": .string(approver.keyFile),
            "entity_states": .array(approver.entityStates.sorted().map(JSONValue.string)),
        ])
    }
}
