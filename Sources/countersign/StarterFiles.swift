/// What `init` writes: commented, complete, and allowing nothing.
enum StarterFiles {
    static let all = [
        ("countersign.yaml", configuration), ("policies/policy.yaml", policy),
        ("policies/address_book.yaml", addressBook),
    ]

    private static let configuration = """
        # The agent's configuration. Every key: docs/configuration.md. Paths are relative to this file.
        apiVersion: countersign/v1
        kind: Agent
        environment: sandbox                   # a name; it stands in every log line and entry

        platform:
          base_url: "http://127.0.0.1:8470/v1" # plaintext only to this host; https elsewhere
          api_key_id: "partner-1"              # as the platform registered keys/api.json
          api_key_file: keys/api.json
          ca_file: null                        # PEM bundle; the system's where null
          pinned_public_keys: []               # "sha256//...", any one of them
          request_timeout: 10s
          max_connections: 8

        approvers:                             # one per entity that this agent approves for
          - entity_id: "00000000000000000000000000000000enty"          # replace
            approval_method_id: "00000000000000000000000000000000apmt" # replace
            approval_key_file: keys/approval.json

        policy:
          directory: policies                  # which accounts are watched is the policy's to say

        ledger:
          file: state/ledger.sqlite
          audit_directory: state/audit
          log_key_file: keys/log.json
          origin: "countersign.example/treasury" # replace: the name of this log, for ever

        watch:
          poll_interval: 15s
          max_concurrency: 16

        listen:
          callbacks: null
          operations: null

        notify:
          command: null
          timeout: 10s

        brake:
          max_signatures_per_minute: null
          max_signatures_per_pass: null

        """

    private static let policy = """
        # A policy that allows nothing. docs/policy.md says how to write one that does.
        apiVersion: countersign/v1
        kind: Policy
        metadata:
          id: starter
          revision: 1                          # raise it with every change
          title: Allows nothing
        settings:
          default_action: block                # what no rule grants is blocked
        assets:
          BTC: { asset_id: "00000000000000000000000000000001asst", precision: 8 }
        accounts:                              # these are watched; replace both ids
          btc-main: { account_id: "00000000000000000000000000000000acct", entity_id: "00000000000000000000000000000000enty", asset: BTC }
        rules:
          - id: everything-to-a-person
            action: escalate
            description: Until somebody writes a rule that allows, a person decides.

        """

    private static let addressBook = """
        # The addresses that compliance knows.
        apiVersion: countersign/v1
        kind: AddressBook
        metadata: { id: starter-addresses, revision: 1 }
        entries: []

        """
}
