"""strace strikes one system call of the approve path with SIGKILL or an error; then the agent is
started again."""

import random
import re
import shutil
import signal

import referee
import scene
import world

FILES = [
    "openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink",
    "rename", "close", "fcntl", "flock", "newfstatat", "statfs", "getdents64", "fchown", "lseek",
    "readlink", "access", "mkdir", "fallocate", "pwritev", "renameat2", "unlinkat", "link"]
NETWORK = [
    "socket", "connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "epoll_wait",
    "epoll_ctl", "getsockopt", "setsockopt", "getsockname", "getpeername", "socketpair"]
WRITING = ["write", "pwrite64", "pwritev", "ftruncate", "fallocate", "fsync", "fdatasync"]
# What the kernel may answer to each, so that no fault is one that cannot be.
ERRORS = {
    "EIO": ["openat", "read", "pread64", "fsync", "fdatasync", "write", "pwrite64", "pwritev",
            "ftruncate", "unlink", "unlinkat", "rename", "renameat2", "close", "getdents64",
            "newfstatat", "statfs", "readlink", "mkdir", "link"],
    "ENOSPC": ["openat", "write", "pwrite64", "pwritev", "ftruncate", "fallocate", "fsync",
               "fdatasync", "rename", "renameat2", "mkdir", "link", "epoll_ctl"],
    "EINTR": ["openat", "read", "write", "pread64", "pwrite64", "ftruncate", "fsync", "fdatasync",
              "fcntl", "flock", "connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll",
              "epoll_wait", "close", "statfs"],
}
LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")


NAME, COUNT, SAMPLE = "injected", None, 200


def works():
    """Why strace cannot be used here; None where it can."""
    if not shutil.which("strace"):
        return "there is no strace"
    for what, codes in (("error=EIO", (1, 2)), ("signal=KILL", (-9,))):
        run = world.execute(
            traced("/dev/null", ["write"], f"write:{what}:when=1") + ["sh", "-c", "echo > /dev/null"])
        if run.code not in codes:
            return f"ptrace does not work: {run}"
    return None


def traced(path, calls, inject=None):
    """strace over those calls only; a signal is not sent where the kernel filters for it."""
    quick = [] if inject and "signal=" in inject else ["--seccomp-bpf"]
    return (
        ["strace", "-f", "-qq", "-y", "-s", "0", "-e", "signal=none", "-o", path] + quick
        + ["-e", "trace=" + ",".join("?" + call for call in calls)]
        + (["-e", "inject=" + inject] if inject else []))


def points(place, seed):
    """Every file and network system call of a run, by its number in its thread, with each fault
    that may strike it; from the reading of the configuration on."""
    stage = scene.Scene(place)
    path = stage.folder + "/calls"
    run = stage.agent.once(traced(path, FILES + NETWORK))
    if run.code != 0:
        raise world.Broken(f"the run to be disturbed fails by itself: {run}")
    counts, most, calls, began = {}, {}, 0, False
    with open(path) as file:
        for found in filter(None, map(LINE.match, file)):
            thread, call, rest = found.groups()
            number = counts[thread, call] = counts.get((thread, call), 0) + 1
            began = began or "countersign.yaml" in rest
            if began:
                calls += 1
                first, last = most.get(call, (number, 0))
                most[call] = (min(first, number), max(last, number))
    stage.close()
    made = []
    for call, (first, last) in sorted(most.items()):
        faults = ["KILL"] + [error for error, able in ERRORS.items() if call in able]
        made += [f"{call}:{n}:{fault}" for n in range(first, last + 1) for fault in faults]
    random.Random(seed).shuffle(made)
    return made, f"{calls} calls of {len(most)} kinds in a run"


def struck(path, call, is_killed):
    """The line of the call that was struck, and those after it; None where none was."""
    with open(path) as file:
        lines = file.read().splitlines()
    for index, line in enumerate(lines):
        if "(INJECTED)" in line:
            return line, lines[index + 1:]
    # A call under which a thread dies has no result.
    dying = [line for line in lines if f" {call}(" in line and re.search(r"unfinished|= \?", line)]
    return (dying[-1] if dying else call) if is_killed else None, []


def is_foreign(path, run, fault):
    """Whether an error struck the loader, or a look of the runtime at its own threads in /proc:
    neither is the agent's to answer for."""
    if b"error while loading shared libraries" in run.errors:
        return True
    with open(path) as file:
        return fault != "KILL" and any(
            "(INJECTED)" in line and '"/proc/' in line for line in file)


def name_of(line):
    """The agent's file that a line of the trace is about."""
    found = re.search(r"/(countersign\.yaml|ledger\.sqlite[\w.-]*|[\w-]+\.(?:yaml|json))\b", line)
    return found.group(1) if found else None


def play(place, point):
    """A run under the fault, then the referee, a start without it, and the referee again."""
    call, number, fault = point.split(":")
    outcome, stage = scene.Outcome(), scene.Scene(place)
    try:
        path = stage.folder + "/trace"
        what = "signal=KILL" if fault == "KILL" else "error=" + fault
        calls = sorted({call, "fsync", "fdatasync", "sendto"})
        run = stage.agent.once(traced(path, calls, f"{call}:{what}:when={number}"))
        line, after = struck(path, call, fault == "KILL" and run.code == -9)
        if line is None or is_foreign(path, run, fault):
            # The thread made fewer calls this time, or it was not the agent's own call.
            outcome.is_struck = False
            return outcome
        outcome.count(fault)
        entries, books = stage.agent.entries(), stage.sandbox.books(stage.ids)
        outcome.problems += referee.recorded(books, entries)
        if fault != "KILL":
            outcome.problems += verdict(run, call, fault, line, after, books, entries)
        stage.resumed(entries, outcome)
        where = re.sub(r"^\d+ +|/\S*/", "", line)[:100]
        outcome.problems = [f"{one} [{where}; {run}]" for one in outcome.problems]
        return outcome
    finally:
        stage.close()


def verdict(run, call, fault, line, after, books, entries):
    """What an exit code may say after an error."""
    problems, file = [], name_of(line)
    ledgers = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    if run.code == -signal.SIGILL and b" in libdispatch.so" in run.errors:
        # The runtime's own library ends a process whose epoll fails, and says where.
        return []
    if run.code not in (0, 1, 3, 4):
        return [f"no clear end: {run}"]
    if run.code == 0:
        problems += [f"exit 0 and {one}" for one in
                     referee.finished(books, entries) + referee.complete(books)]
    is_muted = any("(INJECTED)" in one and re.search(r" writev?\(2<", one) for one in after)
    if run.code != 0 and not run.errors.strip() and not is_muted:
        problems.append("it fails and says nothing")
    if call in WRITING and file in ledgers and fault != "EINTR":
        if run.code != 1:
            problems.append(f"a failed {call} of {file} ends with {run.code}, not 1")
        elif b"ledger.sqlite" not in run.errors:
            problems.append(f"a failed {call} of {file} is not told with the file's name")
    if call in ("fsync", "fdatasync") and file:
        # Whatever is synced after a failed sync is a second try; so is an approval.
        again = [one for one in after if re.search(r"f(data)?sync\(", one) and name_of(one) == file]
        problems += [f"synced again after it failed: {one}" for one in again[:1]]
    return problems
