"""10,000 items are signed and not delivered when the agent is killed. It must be ready at once, and
all of them resolved soon after the platform takes approvals again."""

import json
import os
import re
import time
import urllib.error
import urllib.request

import referee
import scene
import world

NAME, COUNT, SAMPLE = "backlog", 1, 1
ITEMS, SAMPLE_SIZE = 10_000, 500
READY_SECONDS, RESOLVED_SECONDS = 2.0, 60.0
# Where others have more of the machine than this, times are told and not judged.
MOST_BY_OTHERS = 0.25


def works():
    return None


def points(place, seed):
    return [str(ITEMS)], "all signed, none delivered, then a kill"


def page(port, name):
    """The status and body of a page of the agent; None where nobody answers yet."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/{name}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None


def door(agent):
    """The port of the agent's pages, once it listens."""
    with open(agent.path + "/run.log", "rb") as log:
        found = re.findall(rb'"address":"127\.0\.0\.1:(\d+)"', log.read())
    return int(found[-1]) if found else None


def play(place, point):
    count, outcome = int(point), scene.Outcome()
    stage = scene.Scene(place, [])
    sandbox, agent = stage.sandbox, stage.agent
    made = sandbox.control("POST", "transactions/generate", {
        "account_id": world.TREASURY, "count": count, "template": world.transfer("0.00100000")})
    stage.ids = made["ids"]
    agent.configure("operations: null", 'operations: "127.0.0.1:0"')
    agent.configure("poll_interval: 15s", "poll_interval: 1s")
    process = None
    try:
        leave_unfinished(agent, sandbox, count)
        sandbox.faults()
        os.unlink(agent.path + "/run.log")
        start = time.monotonic()
        process = agent.start()
        used = world.processor(process.pid, sandbox.process.pid)
        port = []

        def ready():
            if not port and os.path.exists(agent.path + "/run.log") and door(agent):
                port.append(door(agent))
            answer = page(port[0], "readyz") if port else None
            return answer is not None and answer[0] == 200
        try:
            world.until(ready, 120, "/readyz")
        except world.Broken as error:
            outcome.problems.append(str(error))
        readiness = time.monotonic() - start

        def resolved():
            report = sandbox.control("GET", "report")
            return report["approvals_accepted"] >= count
        try:
            # The sandbox adds up its whole book for each answer: it is not asked all the time.
            world.until(resolved, 300, "all approved", pause=0.5)
        except world.Broken as error:
            outcome.problems.append(f"{error}: {sandbox.control('GET', 'report')}")
        taken = time.monotonic() - start
        mine, others = others_took(used, world.processor(process.pid, sandbox.process.pid), taken)
        agent.outputs += [page(port[0], name)[1] for name in ("metrics", "status")] if port else []
        process.terminate()
        code = process.wait(60)
        if code != 0:
            outcome.problems.append(f"it ends with {code}")
        final = agent.once()
        if final.code != 0:
            outcome.problems.append(f"the last pass: {final}")
        late = []
        if readiness > READY_SECONDS:
            late.append(f"ready after {readiness:.2f} s")
        if taken > RESOLVED_SECONDS:
            late.append(f"resolved after {taken:.1f} s")
        if late and others > MOST_BY_OTHERS:
            print(f"*** NOT JUDGED: {', '.join(late)}: others took {others:.0%} of this machine ***",
                  flush=True)
        else:
            outcome.problems += late
        outcome.starts, outcome.slowest = 1, readiness
        outcome.count(f"{count} items, ready in {readiness:.2f} s, all resolved in {taken:.1f} s with "
                      f"{mine:.1f} s of processor by agent and sandbox, others {others:.0%} of it;")
        entries, books = agent.entries(), sandbox.control("GET", "transactions")["items"]
        books = [book for book in books if book["transaction"]["id"] in set(stage.ids)]
        outcome.problems += (
            referee.recorded(books, entries) + referee.on_platform(sandbox, books)
            + referee.finished(books, entries) + referee.complete(books))
        return outcome
    finally:
        if process and process.poll() is None:
            process.kill()
            process.wait()
        sandbox.faults()
        stage.close()


def others_took(before, after, seconds):
    """The processor time of agent and sandbox, and how much of the machine others had."""
    mine, all_of_it = after[0] - before[0], after[1] - before[1]
    return mine, max(0.0, all_of_it - mine) / (seconds * os.cpu_count())


def leave_unfinished(agent, sandbox, count):
    """Every item is signed and refused at its delivery; then the agent is killed."""
    sandbox.faults({
        "match": {"endpoint": "approve"},
        "fault": {"kind": "status", "status": 409, "when": "before"}})
    process = agent.start()
    try:
        world.until(
            lambda: sandbox.control("GET", "faults")["items"][0]["used"] >= count, 600,
            f"{count} deliveries", pause=0.5)
    finally:
        process.kill()
        process.wait()
