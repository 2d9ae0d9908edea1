"""An agent with a past: approved, refused, signed and not delivered, and more that is PENDING. It was
killed, so that much of its ledger is still in the WAL."""

import os
import shutil

import referee
import scene
import world


class History:
    """A folder and the platform's state at one moment, to begin from again and again."""

    def __init__(self, place):
        self.programs, self.folder = place.programs, world.temporary()
        self.state = self.folder + "/platform"
        sandbox = world.Sandbox(self.programs, state=self.state)
        self.port = sandbox.port
        self.agent = world.Agent.new(self.programs, self.folder + "/agent", sandbox)
        self.ids = sandbox.add(world.batch())
        run = self.agent.once()
        if run.code != 0:
            raise world.Broken(f"no past to begin with: {run}")
        self.begin_delivery(sandbox)
        # One that no longer fits below the limit, one that does, and what the policy is about.
        self.ids += sandbox.add([
            world.withdrawal("0.20000000"), world.withdrawal("0.10000000"),
            world.transfer("2.00000000"), world.withdrawal("0.01000000", world.BLOCKED),
            world.transfer("6.00000000")])
        self.before = self.agent.entries()
        sandbox.stop(writes=True)

    def begin_delivery(self, sandbox):
        """Two are signed, and their delivery is lost on its way when the agent is killed."""
        rule = {"match": {"endpoint": "approve"}, "fault": {"kind": "drop", "when": "before"}}
        sandbox.faults(rule)
        self.ids += sandbox.add([world.withdrawal("0.20000000"), world.transfer("3.00000000")])

        def struck():
            return sandbox.control("GET", "faults")["items"][0]["used"] >= 2

        self.agent.once(began=lambda process: (
            world.until(struck, 20, "two deliveries"), process.kill()))
        sandbox.faults()

    def resume(self):
        """The platform as it was, at the address where it was, and the agent in a new folder."""
        folder = world.temporary()
        shutil.copy(self.state, folder + "/platform")
        sandbox = world.Sandbox(self.programs, self.port, folder + "/platform")
        return sandbox, self.agent.copy(folder + "/agent"), folder

    def approved(self, sandbox):
        """The ids of what the platform has accepted."""
        return {
            book["transaction"]["id"] for book in sandbox.books(self.ids) if referee.accepted(book)}


def of(place):
    """The worker's own history, and what becomes of it where nothing is disturbed."""
    if "history" not in place.kept:
        history = History(place)
        sandbox, agent, folder = history.resume()
        try:
            run = agent.once()
            if run.code != 0:
                raise world.Broken(f"the past cannot be resumed: {run}")
            history.approvals = history.approved(sandbox)
        finally:
            sandbox.stop()
            shutil.rmtree(folder)
        place.kept["history"] = history
    return place.kept["history"]
