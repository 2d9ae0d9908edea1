"""One flipped byte anywhere in what the agent keeps: ledger, WAL, keys, policy, configuration, audit
directory. Nothing may be approved that would not be approved without it; either nothing changes or
the agent says which file is wrong."""

import os
import random
import shutil

import history
import referee
import scene
import world

NAME, COUNT, SAMPLE = "flipped byte", 2000, 100
# How often a byte of them is chosen; of all others, the rest.
SHARES = {"state/ledger.sqlite": 0.45, "state/ledger.sqlite-wal": 0.3}


def works():
    return None


def points(place, seed):
    chance = random.Random(seed)
    return [str(chance.randrange(10**9)) for _ in range(COUNT)], "ledger, WAL, keys, policy and more"


def chosen(agent, chance):
    """A file, a place in it and other bits; mostly a byte that is not zero."""
    names = sorted(
        path[len(agent.path) + 1:] for path in referee.files(agent.path) if os.path.getsize(path))
    draw, name = chance.random(), None
    for one, share in SHARES.items():
        if name is None and one in names and draw < share:
            name = one
        draw -= share
    name = name or chance.choice([one for one in names if one not in SHARES])
    with open(f"{agent.path}/{name}", "rb") as file:
        content = bytearray(file.read())
    at = chance.randrange(len(content))
    for _ in range(20):
        if content[at]:
            break
        at = chance.randrange(len(content))
    content[at] ^= chance.choice((1 << chance.randrange(8), chance.randrange(1, 256)))
    with open(f"{agent.path}/{name}", "wb") as file:
        file.write(content)
    return name, at, content[at]


def play(place, point):
    outcome, past = scene.Outcome(), history.of(place)
    sandbox, agent, folder = past.resume()
    try:
        name, at, value = chosen(agent, random.Random(int(point)))
        run = agent.once()
        books = sandbox.books(past.ids)
        right = {book["transaction"]["id"] for book in books if referee.accepted(book)}
        outcome.problems += referee.on_platform(sandbox, books) + verdict(past, name, run, right)
        outcome.count("refused" if run.code else "harmless")
        outcome.starts, outcome.slowest = 1, run.seconds
        outcome.problems = [
            f"{one} [{name}, byte {at} is {value:#04x}; {run}]" for one in outcome.problems]
        return outcome
    finally:
        sandbox.stop()
        shutil.rmtree(folder)


def verdict(past, name, run, right):
    problems = [f"{one}: approved, and only with the flip" for one in right - past.approvals]
    if run.code not in (0, 1, 3, 4):
        return problems + ["no clear end"]
    if run.code == 0:
        return problems + [
            f"{one}: not approved, and nothing said" for one in past.approvals - right]
    # A wrong configuration shows in whatever it leads to; everything else is told by its name.
    if name != "countersign.yaml":
        told = os.path.basename(name).removesuffix("-wal").removesuffix(".lock")
        # A word for a person is as good: "the address book's revision was active before".
        words = os.path.splitext(told)[0].replace("_", " ")
        if not any(word.encode() in run.errors + run.out for word in (told, words)):
            problems.append("refused, and the file is not named")
    elif not run.errors.strip():
        problems.append("refused without a word")
    return problems
