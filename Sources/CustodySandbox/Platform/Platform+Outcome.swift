extension Platform {
    /// Why a request was not approved.
    enum Refusal: Sendable { case denied, wrongResponse, expired }

    /// Marks a request APPROVED, with everything that follows from it.
    mutating func grant(_ id: String) {
        guard let record = requests[id] else { return }
        setState(ofRequest: id, "APPROVED")
        switch record.resourceType {
        case .approvalRequest: settleGroup(record.resourceID)
        case .transaction:
            closeChildren(of: record, as: "CANCELLED")
            guard let slot = slots[record.transactionID], transactions[slot].state == "PENDING"
            else { return }
            setState(slot, "APPROVED")
            if settings.completeImmediately { complete(slot) }
        }
    }

    /// Approves a PENDING GROUP request once its quorum of different members has approved. Method,
    /// quorum and members are those of now, not those of its creation.
    mutating func settleGroup(_ id: String) {
        guard let parent = requests[id], parent.type == .group, parent.state == "PENDING",
            let method = methods[parent.approvalMethodID], method.text("state") == "ACTIVATED",
            let group = ApprovalGroup(method: method)
        else { return }
        let approved = children(of: parent).filter { $0.state == "APPROVED" }.map(\.entityID)
        guard Set(approved).intersection(group.members).count >= max(1, group.quorum) else {
            return
        }
        grant(id)
    }

    /// Approves what a changed method lets through.
    mutating func settleGroups(ofMethod method: String) {
        let open = requests.all.filter {
            $0.row.approvalMethodID == method && $0.row.type == .group && $0.row.isOpen
        }
        for (id, _) in open { settleGroup(id) }
    }

    /// Fails an open request, with everything that follows from it: a transaction's denial or
    /// wrong response cancels it, and its expiry fails it; a child takes along what the settings
    /// say.
    mutating func refuse(_ id: String, _ refusal: Refusal) {
        guard let record = requests[id], record.isOpen else { return }
        setState(ofRequest: id, "FAILED")
        let follow =
            switch refusal {
            case .denied, .wrongResponse: "CANCELLED"
            case .expired: "FAILED"
            }
        switch record.resourceType {
        case .transaction:
            closeChildren(of: record, as: follow)
            end(record.transactionID, as: follow)
        case .approvalRequest:
            switch settings.refusedChildEnds {
            case .itself: break
            case .transaction: end(record.transactionID, as: follow)
            case .request:
                guard let parent = requests[record.resourceID], parent.isOpen else { return }
                setState(ofRequest: parent.id, "FAILED")
                closeChildren(of: parent, as: follow)
            }
        }
    }

    /// Fails what has expired on the sandbox's clock.
    mutating func expire() {
        guard let next = deadlines.next else { return }
        let time = now.seconds
        if next > time { return }
        while let id = deadlines.takeDue(by: time) { refuse(id, .expired) }
    }

    /// The members' requests of a GROUP request, in the order of their creation.
    func children(of parent: ApprovalRequestRecord) -> [ApprovalRequestRecord] {
        guard parent.type == .group, let slot = slots[parent.transactionID] else { return [] }
        return transactions[slot].approvalRequestIDs.compactMap { requests[$0] }
            .filter { $0.resourceType == .approvalRequest && $0.resourceID == parent.id }
    }

    private mutating func closeChildren(of parent: ApprovalRequestRecord, as state: String) {
        for child in children(of: parent) where child.isOpen {
            setState(ofRequest: child.id, state)
        }
    }

    private mutating func end(_ transaction: String, as state: String) {
        guard let slot = slots[transaction], transactions[slot].state == "PENDING" else { return }
        setState(slot, state)
    }

    mutating func setState(ofRequest id: String, _ state: String) {
        let time = now.timestamp
        requests[id]?.state = state
        requests[id]?.updatedAt = time
    }
}
