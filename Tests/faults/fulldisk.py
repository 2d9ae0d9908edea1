"""The ledger on a file system that is full, or becomes it: 64 KiB for everything, or so many KiB
beside the ledger, from none to 1 MiB."""

import os
import re
import shutil

import history
import mounts
import referee
import scene
import world

NAME, COUNT, SAMPLE = "full disk", None, 8
BLOCK = 4096


def works():
    folder = world.temporary()
    try:
        mounts.mount("tmpfs", folder, "size=64k")
    except OSError as error:
        return str(error)
    mounts.unmount(folder)
    return None


def points(place, seed):
    """`init` in 64 KiB; a fresh ledger, and one with a past, each with so much room beside it."""
    rooms = [0, 64, 4, 16, 128] + [*range(8, 132, 8)] + [256, 512, 1024]
    made = ["init"] + [f"{kind}:{room}" for room in rooms for kind in ("fresh", "past")]
    return list(dict.fromkeys(made)), "64 KiB, and room from none to 1 MiB"


def play(place, point):
    return init(place) if point == "init" else full(place, *point.split(":"))


def init(place):
    """No ledger fits: `init` says so and leaves nothing behind."""
    outcome, folder = scene.Outcome(), world.temporary()
    mounts.mount("tmpfs", folder, "size=64k")
    try:
        run = world.execute([place.programs + "/countersign", "init", folder + "/agent"])
        outcome.count("init")
        if run.code != 1 or b"ledger.sqlite" not in run.errors:
            outcome.problems.append(f"init in 64 KiB: {run}")
        if os.path.exists(folder + "/agent/state/ledger.sqlite"):
            outcome.problems.append("init in 64 KiB left half a ledger behind")
        return outcome
    finally:
        mounts.unmount(folder, lazily=True)


def full(place, kind, room):
    """A pass in which the disk becomes full; then room is made, and it goes on."""
    outcome, past = scene.Outcome(), history.of(place)
    sandbox, agent, folder = past.resume() if kind == "past" else fresh(place)
    ids = past.ids if kind == "past" else sandbox.fresh
    before = agent.entries()
    mounted = fill(agent.state, int(room))
    try:
        run = agent.once()
        entries, books = agent.entries(), sandbox.books(ids)
        outcome.count(f"{kind}, exit {run.code}")
        outcome.problems += referee.recorded(books, entries) + referee.grown(before, entries)
        outcome.problems += referee.on_platform(sandbox, books)
        if run.code not in (0, 1, 4):
            outcome.problems.append(f"no clear end: {run}")
        # Of the ledger, or of what is published of it.
        if run.code == 1 and not re.search(rb"/(ledger\.sqlite|audit/)", run.errors):
            outcome.problems.append(f"the file is not named: {run}")
        if run.code == 0 and referee.complete(books):
            outcome.problems.append(f"exit 0, and not everything was done: {run}")
        mounts.remount("tmpfs", agent.state, "size=256m")
        after = agent.once()
        outcome.starts, outcome.slowest = 1, after.seconds
        final, books = agent.entries(), sandbox.books(ids)
        if after.code != 0:
            outcome.problems.append(f"with room again: {after}")
        outcome.problems += (
            referee.grown(entries, final) + referee.recorded(books, final)
            + referee.on_platform(sandbox, books) + referee.finished(books, final)
            + referee.complete(books) + referee.secrets(agent, final)[0])
        outcome.problems = [f"{one} [first: {run}]" for one in outcome.problems]
        return outcome
    finally:
        if mounted:
            mounts.unmount(agent.state, lazily=True)
        if kind == "past":
            sandbox.stop()
        else:
            sandbox.forget(ids)
        shutil.rmtree(folder, ignore_errors=True)


def fresh(place):
    stage = scene.Scene(place)
    stage.sandbox.fresh = stage.ids
    return stage.sandbox, stage.agent, stage.folder


def fill(state, room):
    """Moves the folder onto a file system with that many KiB to spare."""
    aside = state + ".aside"
    os.rename(state, aside)
    os.mkdir(state, 0o700)
    mounts.mount("tmpfs", state, "size=256m,mode=700")
    shutil.copytree(aside, state, dirs_exist_ok=True)
    shutil.rmtree(aside)
    status = os.statvfs(state)
    used = status.f_blocks - status.f_bfree
    mounts.remount("tmpfs", state, f"size={used * BLOCK + room * 1024}")
    return True
