"""The approval key and each signature are canaries: they go through every command and through
crashes by signal, where core files are allowed. Neither may be found anywhere."""

import os
import random
import resource
import signal
import time

import backlog
import referee
import scene
import world

NAME, COUNT, SAMPLE = "canary", None, 8
CRASHES = ("SEGV", "ABRT", "ILL", "BUS", "QUIT", "TRAP")


def works():
    return None


def points(place, seed):
    chance = random.Random(seed)
    made = ["commands", "pages"]
    return made + [
        f"{chance.choice(CRASHES)}:{chance.randrange(10, 160)}" for _ in range(58)
    ], "commands, pages, and crashes by signal with core files allowed"


def play(place, point):
    outcome, stage = scene.Outcome(), scene.Scene(place)
    try:
        if point == "commands":
            commands(stage, outcome)
        elif point == "pages":
            pages(stage, outcome)
        else:
            crash(stage, outcome, *point.split(":"))
        stage.resumed(stage.agent.entries(), outcome)
        outcome.count("crash by signal" if ":" in point else point)
        return outcome
    finally:
        stage.close()


def commands(stage, outcome):
    """Everything that prints or writes something of the ledger, before and after the pass."""
    one, config = stage.ids[0], ["--config", stage.agent.path + "/countersign.yaml"]
    program = stage.agent.programs + "/countersign"
    for moment in ("before", "after"):
        for command in (
                ["audit", "query", "--format", "json", "--limit", "1000"], ["explain", one],
                ["status"], ["status", "--format", "json"], ["doctor"], ["check", "--online"],
                ["backup", f"{stage.agent.path}/{moment}.sqlite"], ["run", "--once", "--dry-run"],
                ["keys", "show", stage.agent.path + "/keys/approval.json"]):
            tail = [] if command[0] == "keys" else config
            run = world.execute([program, *command, *tail], stage.agent.path)
            stage.agent.outputs += [run.out, run.errors]
            if run.code not in (0, 1, 2, 4):
                outcome.problems.append(f"{' '.join(command)}: {run}")
        if moment == "before":
            stage.agent.once()


def pages(stage, outcome):
    """What the agent that goes on shows to whoever asks."""
    agent = stage.agent
    agent.configure("operations: null", 'operations: "127.0.0.1:0"')
    process = agent.start()
    try:
        world.until(
            lambda: backlog.door(agent) and not referee.complete(stage.sandbox.books(stage.ids)),
            30, "everything approved")
        port = backlog.door(agent)
        for name in ("metrics", "status", "readyz", "livez", "nothing"):
            answer = backlog.page(port, name)
            if answer is None or (answer[0] != 200 and name == "metrics"):
                outcome.problems.append(f"/{name}: {answer}")
            agent.outputs.append(answer[1] if answer else b"")
        process.terminate()
        if process.wait(30) != 0:
            outcome.problems.append("it does not end well")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def crash(stage, outcome, name, milliseconds):
    """Dies of a signal that leaves a core file where nothing forbids it."""
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))

    def strike(process):
        # The moment is the point of this test.
        time.sleep(int(milliseconds) / 1000)
        process.send_signal(getattr(signal, "SIG" + name))
    run = stage.agent.once(began=strike)
    resource.setrlimit(resource.RLIMIT_CORE, limits)
    if run.code not in (0, -getattr(signal, "SIG" + name)):
        outcome.problems.append(f"SIG{name} after {milliseconds} ms: {run}")
    entries, core = stage.agent.entries(), stage.agent.path + "/core"
    outcome.problems += referee.recorded(stage.sandbox.books(stage.ids), entries)
    if os.path.exists(core) and not entries:
        # The loader died before the agent could forbid it; no key was in memory yet.
        outcome.problems += referee.secrets(stage.agent, entries, core=True)[0]
        outcome.count("core of the loader")
        os.unlink(core)
