"""By a trace of system calls: each approval that is sent comes after a successful sync of the WAL
that has the record of its signing."""

import re

import inject
import referee
import scene
import world

NAME, COUNT, SAMPLE = "order", 1, 1
APPROVALS, SAMPLE_SIZE = 1000, 200
PAGE = 4096
CALL = re.compile(r"^(\d+) +(?:(\w+)\(|<\.\.\. (\w+) resumed>)(.*)$")
SENT = re.compile(r'"POST [^" ]*/approval_requests/(\w+)/approve ')
SIGNED = re.compile(r'\\"challenge_sha256\\":\\"([0-9a-f]{64})\\"')
DONE = re.compile(r"= (\d+)$")


def works():
    return inject.works()


def points(place, seed):
    return [str(APPROVALS)], "one run with all of them"


def play(place, point):
    outcome = scene.Outcome()
    stage = scene.Scene(place, [world.transfer("0.00100000") for _ in range(int(point))])
    try:
        path = stage.folder + "/trace"
        run = stage.agent.once(
            ["strace", "-f", "-qq", "--seccomp-bpf", "-y", "-s", str(PAGE), "-e", "signal=none", "-o",
             path, "-e", "trace=pwrite64,write,writev,pwritev,fsync,fdatasync,sendto,sendmsg"],
            patience=600)
        if run.code != 0:
            outcome.problems.append(f"the run under the trace: {run}")
        books = stage.sandbox.books(stage.ids)
        digests = {
            attempt["approval_request_id"]: attempt["sent_sha256"]
            for book in books for attempt in book["approvals"]}
        with open(path, errors="replace") as trace:
            sent, problems = judged(trace, digests)
        outcome.problems += problems
        with open(path, errors="replace") as trace:
            blind = judged((line for line in trace if "sync" not in line[:40]), digests)
        if len(blind[1]) != sent:
            outcome.problems.append("without its syncs the same trace is not refused")
        if sent != int(point) or len(digests) != int(point):
            outcome.problems.append(
                f"{sent} approvals in the trace, {len(digests)} at the platform, not {point}")
        outcome.problems += referee.recorded(books, stage.agent.entries())
        outcome.count(f"{sent} approvals sent, each after its sync, 0 exceptions"
                      if not problems else "exceptions")
        return outcome
    finally:
        stage.close()


def judged(trace, digests):
    """Reads the trace in its order; how many approvals were sent, and what was wrong."""
    written, covered, durable, pending = set(), {}, set(), {}
    sent, problems = 0, []
    for line in trace:
        found = CALL.match(line)
        if not found:
            continue
        thread, call, resumed, rest = found.groups()
        unfinished = rest.endswith("<unfinished ...>")
        if resumed:
            start = pending.pop((thread, resumed), "")
            call, rest = resumed, start + rest
        if call in ("sendto", "sendmsg", "write", "writev") and not resumed:
            for request in SENT.findall(rest):
                sent += 1
                if digests.get(request) not in durable:
                    problems.append(f"request {request}: sent before its signing was synced")
        on_wal = "ledger.sqlite-wal>" in rest
        if call in ("fsync", "fdatasync") and on_wal and not resumed:
            # Only what was written before the sync began is covered by it.
            covered[thread] = set(written)
        if unfinished:
            pending[thread, call] = rest
            continue
        result = DONE.search(rest)
        if not on_wal or not result:
            continue
        if call in ("pwrite64", "pwritev", "write", "writev") and r'\"kind\":\"signed\"' in rest:
            written.update(SIGNED.findall(rest))
        if call in ("fsync", "fdatasync") and result.group(1) == "0":
            durable |= covered.pop(thread, set())
    return sent, problems
