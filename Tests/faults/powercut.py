"""Power cuts: the ledger is on a file system that forgets what was not synced."""

import os
import random

import lossy
import referee
import scene
import world

NAME, COUNT, SAMPLE = "power cut", 500, 40


def works():
    if not os.path.exists("/dev/fuse"):
        return "there is no /dev/fuse"
    place = os.path.join(world.temporary(), "mount")
    os.mkdir(place)
    try:
        lossy.Mounted(place).unmount()
    except OSError as error:
        return str(error)
    return None


def points(place, seed):
    """Half of the cuts hit any changing call of a run, half a sync or the calls beside it."""
    point = scene.Scene(place)
    mounted = lossy.Mounted(point.agent.state)
    run = point.agent.once()
    changes, syncs, _, _ = mounted.unmount()
    point.close()
    if run.code != 0 or len(syncs) < 10:
        raise world.Broken(f"no run on the lossy file system: {run}, {len(syncs)} syncs")
    check_the_test(place, changes)
    chance = random.Random(seed)
    made = []
    for number in range(COUNT):
        cut = chance.randint(1, changes + 2)
        if number % 2:
            cut = max(1, chance.choice(syncs) + chance.choice((-1, 0, 0, 1)))
        made.append(f"{cut}:{lossy.MODES[number % len(lossy.MODES)]}:{chance.randrange(10**6)}")
    return made, f"{changes} changing calls and {len(syncs)} syncs in a run"


def check_the_test(place, changes):
    """A disk that lies about syncs loses what was acknowledged: the referee must see that."""
    for cut in range(changes // 2, changes, changes // 20):
        stage = scene.Scene(place)
        mounted = lossy.Mounted(stage.agent.state, cut, "dropped", lies=True)
        stage.agent.once(began=mounted.began)
        mounted.unmount()
        found = referee.recorded(stage.sandbox.books(stage.ids), stage.agent.entries())
        stage.close()
        if found:
            return
    raise world.Broken("a disk that lies about syncs goes unseen")


def play(place, point):
    """Cut, hold, and in every third point cut again while it starts over."""
    cut, mode, seed = point.split(":")
    chance = random.Random(int(seed))
    stage = scene.Scene(place)
    outcome = scene.Outcome()
    try:
        cuts = [int(cut)] + ([chance.randint(1, 40)] if chance.random() < 0.33 else [])
        before = []
        for one in cuts:
            mounted = lossy.Mounted(stage.agent.state, one, mode, chance.randrange(10**6))
            try:
                run = stage.agent.once(began=mounted.began)
            finally:
                _, _, lost, is_cut = mounted.unmount()
            if is_cut != (run.code == -9):
                outcome.problems.append(f"cut: {is_cut}, and the agent: {run}")
            outcome.count(f"{mode}, {'something' if lost else 'nothing'} unsynced" if is_cut else "too late")
            entries, books = stage.agent.entries(), stage.sandbox.books(stage.ids)
            outcome.problems += referee.recorded(books, entries)
            # What was on the disk at the last look was synced or on a plain file system.
            outcome.problems += referee.grown(before, entries)
            before = entries
        stage.resumed(before, outcome)
        return outcome
    finally:
        stage.close()
