import ApprovalAgent
import ApprovalCore
import PolicyYAML

extension Configuration {
    /// Reads and checks the file; every finding is told at once.
    static func load(_ path: String) throws(Failure) -> Configuration {
        let limits = YAMLLimits()
        let bytes: [UInt8]
        do throws(FileProblem) {
            bytes = try FileBytes.read(path, limit: limits.bytes)
        } catch {
            throw .invalid(
                "\(error); `countersign init DIR` writes one, and --config names another")
        }
        let findings = Findings(file: path)
        let read = YAMLDocument.open(bytes: bytes, limits: limits, findings: findings)?
            .mapping { Reader(path: path).configuration($0) }
        guard let read, !findings.hasErrors else {
            throw .invalid(findings.sorted.map(\.description))
        }
        return read
    }

    /// Where the ledger is, from a file that may have mistakes elsewhere: what stops approvals
    /// must not depend on a correct configuration.
    static func ledgerFile(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]
        do throws(FileProblem) {
            bytes = try FileBytes.read(path, limit: YAMLLimits().bytes)
        } catch { throw .invalid("\(error); name the configuration with --config") }
        let root = YAMLDocument.open(bytes: bytes, findings: Findings(file: path))
        let file = root?.fields()?.optional("ledger")?.fields()?.optional("file")?.string()
        guard let file else {
            throw .invalid(
                "\(path): ledger.file cannot be read; create the file HALT beside the ledger "
                    + "by hand")
        }
        return Reader(path: path).resolved(file)
    }

    /// Reads one section after the other, so that all findings are found.
    struct Reader {
        let path: String

        var directory: String {
            guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
            return slash == path.startIndex ? "/" : String(path[..<slash])
        }

        func resolved(_ file: String) -> String {
            file.hasPrefix("/") ? file : directory + "/" + file
        }

        func configuration(_ fields: YAMLFields) -> Configuration? {
            header(fields)
            let environment = fields.required("environment")?.name()
            let platform = fields.required("platform")?.mapping(platform)
            let approversField = fields.required("approvers")
            let approvers = approversField?.list { $0.mapping(approver) }
            if let approversField { distinct(approvers ?? [], approversField) }
            let policy = fields.required("policy")?.mapping { $0.required("directory")?.string() }
            let ledger = fields.required("ledger")?.mapping(ledger)
            let watch = fields.nullable("watch").map { $0.mapping(watchBounds) } ?? Self.watch
            let listen = fields.nullable("listen").map { $0.mapping(listenSection) } ?? Doors()
            let notify = fields.nullable("notify").map { $0.mapping(notifySection) } ?? Notify()
            let brake = fields.nullable("brake").map { $0.mapping(brakeSection) } ?? BrakeBounds()
            guard let environment, let platform, let approvers, let policy, let ledger, let watch,
                let listen, let notify, let brake
            else { return nil }
            return Configuration(
                path: path, environment: environment, platform: platform,
                approvers: approvers, policyDirectory: resolved(policy), policyShownAs: policy,
                ledger: ledger, watch: watch, listen: listen, notify: notify, brake: brake)
        }

        private func header(_ fields: YAMLFields) {
            _ = fields.required("apiVersion")?.choice(["countersign/v1": ()])
            _ = fields.required("kind")?.choice(["Agent": ()])
        }

        private func platform(_ fields: YAMLFields) -> Platform? {
            let baseURLField = fields.required("base_url")
            let baseURL = baseURLField?.quotedString("the base URL")
            let keyID = fields.required("api_key_id")?.quotedString("the API key's id")
            let keyFile = fields.required("api_key_file")?.string()
            let caFile = fields.nullable("ca_file")?.string()
            let pins = fields.nullable("pinned_public_keys")?.list(allowEmpty: true) {
                $0.quotedString("a pin").flatMap(pin($0))
            }
            let timeout =
                fields.nullable("request_timeout").map {
                    $0.durationMilliseconds(in: 1_000...300_000)
                } ?? 10_000
            let connections =
                fields.nullable("max_connections").map {
                    $0.integer(in: 1...256)
                } ?? 8
            guard let position = baseURLField?.position, let baseURL, let keyID, let keyFile,
                let timeout, let connections
            else { return nil }
            return Platform(
                place: "\(path):\(position.line):\(position.column)", baseURL: baseURL,
                apiKeyID: keyID, apiKeyFile: resolved(keyFile),
                caFile: caFile.map(resolved), pinnedPublicKeys: pins ?? [],
                requestTimeout: timeout, maxConnections: Int(connections))
        }

        /// `sha256//` and 44 characters of base64.
        private func pin(_ field: YAMLField) -> (String) -> String? {
            { text in
                let base64 = text.utf8.dropFirst(8)
                let isPin =
                    text.hasPrefix("sha256//") && base64.count == 44 && base64.last == 0x3D
                    && base64.dropLast().allSatisfy {
                        switch $0 {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
                        default: false
                        }
                    }
                guard isPin else {
                    field.report(
                        .wrongType, "not the pin of a public key",
                        fix: "write \"sha256//\" and 44 characters of base64")
                    return nil
                }
                return text
            }
        }

        private func approver(_ fields: YAMLFields) -> ApproverIdentity? {
            let entity: EntityID? = id(fields.required("entity_id"), "an entity id")
            let method: ApprovalMethodID? = id(
                fields.required("approval_method_id"), "an approval method id")
            let keyFile = fields.required("approval_key_file")?.string()
            let states =
                fields.nullable("entity_states").map { $0.list(entityState).map(Set.init) }
                ?? Approver.Identity.defaultEntityStates
            guard let entity, let method, let keyFile, let states else { return nil }
            return ApproverIdentity(
                entityID: entity, methodID: method, keyFile: resolved(keyFile),
                entityStates: states)
        }

        private func id<Resource>(
            _ field: YAMLField?, _ what: String
        ) -> Identifier<Resource>? {
            guard let field, let text = field.quotedString(what) else { return nil }
            guard let id = Identifier<Resource>(text) else {
                field.report(
                    .wrongType, "not \(what)",
                    fix: "write the platform's 36 characters of 0-9 and a-z")
                return nil
            }
            return id
        }

        private func ledger(_ fields: YAMLFields) -> LedgerFiles? {
            let file = fields.required("file")?.string()
            let audit = fields.required("audit_directory")?.string()
            let key = fields.required("log_key_file")?.string()
            let origin = fields.required("origin")?.string()
            guard let file, let audit, let key, let origin else { return nil }
            return LedgerFiles(
                file: resolved(file), auditDirectory: resolved(audit),
                logKeyFile: resolved(key), origin: origin)
        }

        private static let watch: WatchBounds? = WatchBounds(
            pollInterval: 15_000, maxConcurrency: 16)

        private func watchBounds(_ fields: YAMLFields) -> WatchBounds? {
            let interval =
                fields.nullable("poll_interval").map {
                    $0.durationMilliseconds(in: 1_000...3_600_000)
                } ?? 15_000
            let concurrency =
                fields.nullable("max_concurrency").map {
                    $0.integer(in: 1...256)
                } ?? 16
            guard let interval, let concurrency else { return nil }
            return WatchBounds(pollInterval: interval, maxConcurrency: Int(concurrency))
        }

        private func distinct(_ approvers: [ApproverIdentity], _ list: YAMLField) {
            var seen: Set<EntityID> = []
            for approver in approvers where !seen.insert(approver.entityID).inserted {
                list.report(
                    .wrongType, "two approvers for the entity \(approver.entityID)",
                    fix: "name one approval method per entity")
            }
        }
    }
}
