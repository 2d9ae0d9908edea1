"""One point of a fault test: an agent of its own, a few transactions, and the end that all share."""

import collections
import shutil
import tempfile

import referee
import world

# A start must be ready, and `run --once` done with all that is left, within this.
MOST_SECONDS = 2.0


class Outcome:
    """What came of one point."""

    def __init__(self):
        self.problems, self.kinds = [], collections.Counter()
        self.starts, self.slowest = 0, 0.0
        self.searched, self.signatures = 0, 0
        # Whether the fault happened at all.
        self.is_struck = True

    def count(self, kind):
        self.kinds[kind] += 1


class Place:
    """What a worker keeps over many points: a sandbox and the folder that agents are copied from."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="worker-", dir=world.temporary())
        self.sandbox = world.Sandbox(programs)
        self.original = world.Agent.new(programs, self.folder + "/original", self.sandbox)
        # What a suite wants to keep from one point to the next.
        self.kept = {}

    def close(self):
        self.sandbox.stop()


class Scene:
    def __init__(self, place, transactions=None, original=None):
        self.place, self.sandbox = place, place.sandbox
        self.folder = tempfile.mkdtemp(prefix="point-", dir=place.folder)
        self.agent = (original or place.original).copy(self.folder + "/agent")
        self.ids = self.sandbox.add(world.batch() if transactions is None else transactions)

    def resumed(self, before, outcome):
        """Starts the agent without a fault and holds everything against the referee."""
        run = self.agent.once()
        outcome.starts += 1
        outcome.slowest = max(outcome.slowest, run.seconds)
        problems = []
        if run.code != 0:
            problems.append(f"the start after it: {run}")
        if run.seconds > MOST_SECONDS:
            problems.append(f"the start after it took {run.seconds:.2f} s")
        entries, books = self.agent.entries(), self.sandbox.books(self.ids)
        problems += referee.grown(before, entries) + referee.recorded(books, entries)
        problems += referee.on_platform(self.sandbox, books)
        problems += referee.finished(books, entries) + referee.complete(books)
        found, outcome.searched, outcome.signatures = referee.secrets(self.agent, entries)
        outcome.problems += problems + found

    def close(self):
        self.sandbox.forget(self.ids)
        shutil.rmtree(self.folder, ignore_errors=True)
