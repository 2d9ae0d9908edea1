"""A sandbox, an agent's folder, and runs of the real programs: what every fault test starts from."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.request

import mounts

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "..", "..", "docs", "demo", "policies")
ENTITY = "bda8720b93a2daf3ffac5a6fefaa87aaenty"
METHOD = "6d4e8abbaab25847a01908c6f02f8bb0apmt"
ASSET = "00000000000000000000000000000001asst"
PAYOUTS = "9c41ec8a82fb99b57cb5078ae0a8b569acct"
TREASURY = "f52b22a8256cd2b0ad21f3c2cc2c5875acct"
EXCHANGE = "3D2oetdNuZUqQHPJmcMDDHYoqkyNVsFk9r"
COLD_WALLET = "bc1qvyq0cc6rahyvsazfdje0twl7ez82ndmuac2lhv"
BLOCKED = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
# No run of the agent takes longer than this; what does is killed and is a violation.
PATIENCE = 60


# Everything is made below this folder, which is gone at the end.
ROOT = None


def temporary():
    """A new folder that is removed at the end of the tests."""
    global ROOT
    ROOT = ROOT or tempfile.mkdtemp(prefix="countersign-faults-")
    return tempfile.mkdtemp(dir=ROOT)


class Broken(Exception):
    """The test itself cannot go on; no verdict about the agent."""


class Run:
    """What one run of a program gave."""

    def __init__(self, code, out, errors, seconds):
        self.code, self.out, self.errors, self.seconds = code, out, errors, seconds

    @property
    def items(self):
        """Its JSON lines about transactions."""
        lines = [json.loads(line) for line in self.out.splitlines() if line.startswith(b"{")]
        return [line for line in lines if "transaction_id" in line]

    def __str__(self):
        said = self.errors.decode("utf-8", "replace").strip().splitlines()
        # After a crash all of it is wanted.
        said = said[-2:] if self.code is not None and self.code >= 0 else said[:80]
        return f"exit {self.code} after {self.seconds:.2f} s: {' | '.join(said)}"


def execute(arguments, cwd=None, patience=PATIENCE, began=None):
    """Runs a program to its end, in a group of its own that is gone afterwards."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            arguments, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
            start_new_session=True, env=dict(os.environ, NO_COLOR="1"))
        if began:
            began(process)
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
        seconds = time.monotonic() - start
        out.seek(0)
        errors.seek(0)
        return Run(code, out.read(), errors.read(), seconds)


class Sandbox:
    """A custody-sandbox of its own; its control surface is the referee's book."""

    def __init__(self, programs, port=0, state=None):
        self.log = tempfile.TemporaryFile()
        command = [programs + "/custody-sandbox", "--listen", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(
            command + (["--state", state] if state else []), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, start_new_session=True,
            preexec_fn=mounts.dies_with_its_parent)
        line = self.process.stdout.readline().decode()
        found = re.search(r"listening on (http://127\.0\.0\.1:(\d+))", line)
        if not found:
            raise Broken("the sandbox did not start: " + line)
        self.origin, self.port = found.group(1), int(found.group(2))
        # What it says is read, so that it never waits for us.
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.reader.start()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.origin + "/sandbox/" + path, data=data, method=method,
            headers={"Content-Type": "application/json"})
        with self.opener.open(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def add(self, transactions):
        return self.control("POST", "transactions", transactions)["ids"]

    def faults(self, *rules):
        self.control("DELETE", "faults")
        if rules:
            self.control("POST", "faults", list(rules))

    def books(self, ids):
        """What the platform knows of these transactions."""
        return [self.control("GET", "transactions/" + one) for one in ids]

    def forget(self, ids):
        """Nothing of these stays PENDING for whoever comes next."""
        for book in self.books(ids):
            if book["transaction"]["state"] == "PENDING":
                self.control("POST", f"transactions/{book['transaction']['id']}/cancel")

    def stop(self, writes=False):
        """Ends it; with `writes` it writes its state down first."""
        self.process.terminate() if writes else self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class Agent:
    """A folder that `countersign init` made, set up for one sandbox."""

    def __init__(self, programs, path):
        self.programs, self.path = programs, path
        self.outputs = []

    @property
    def state(self):
        return self.path + "/state"

    @property
    def ledger(self):
        return self.state + "/ledger.sqlite"

    @property
    def command(self):
        return [
            self.programs + "/countersign", "run", "--once", "--format", "json", "--config",
            self.path + "/countersign.yaml"]

    @staticmethod
    def new(programs, path, sandbox):
        agent = Agent(programs, path)
        made = execute([programs + "/countersign", "init", path])
        if made.code != 0:
            raise Broken(f"init: {made}")
        for name in ("policy.yaml", "address_book.yaml"):
            shutil.copy(os.path.join(DEMO, name), path + "/policies/" + name)
        agent.configure(r"http://127\.0\.0\.1:8470", sandbox.origin)
        agent.configure("0{32}enty", ENTITY)
        agent.configure("0{32}apmt", METHOD)
        sandbox.control("POST", "scenario", {
            "keys": [{"key_id": "partner-1", "pub_key": agent.public("api")}],
            "entities": [{"id": ENTITY, "type": "PARTNER", "state": "ACTIVE"}],
            "assets": [{"id": ASSET, "code": "BTC", "precision": 8, "type": "BASE"}],
            "accounts": [
                {"id": one, "entity_id": ENTITY, "asset_id": ASSET, "balance": "1000000"}
                for one in (PAYOUTS, TREASURY)],
            "approval_methods": [{
                "id": METHOD, "entity_id": ENTITY, "type": "DSA_ED25519", "state": "ACTIVATED",
                "pub_key": agent.public("approval")}],
        })
        return agent

    def public(self, name):
        with open(f"{self.path}/keys/{name}.json") as file:
            return json.load(file)["pub_key"]

    @property
    def seed(self):
        """The secret of the approval key: the canary."""
        with open(self.path + "/keys/approval.json") as file:
            return bytes.fromhex(json.load(file)["prv_key"])

    def configure(self, pattern, value):
        path = self.path + "/countersign.yaml"
        with open(path) as file:
            text, count = re.subn(pattern, value, file.read())
        if count == 0:
            raise Broken(f"no {pattern} in countersign.yaml")
        with open(path, "w") as file:
            file.write(text)

    def start(self, *arguments):
        """`countersign run`, which goes on; the caller ends it."""
        log = open(self.path + "/run.log", "ab")
        return subprocess.Popen(
            [self.programs + "/countersign", "run", *arguments, "--config",
             self.path + "/countersign.yaml"], cwd=self.path, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True)

    def copy(self, path):
        """The same agent in another folder; its ledger must be at rest, or its process dead."""
        shutil.copytree(self.path, path, symlinks=True)
        return Agent(self.programs, path)

    def once(self, wrapper=(), began=None, patience=PATIENCE):
        """`run --once`, under whatever is to disturb it."""
        run = execute(list(wrapper) + self.command, self.path, patience, began)
        self.outputs += [run.out, run.errors]
        return run

    def entries(self):
        """The bytes of every entry that is in the ledger now. The files are read as a copy, by
        another SQLite, so that looking changes nothing."""
        with tempfile.TemporaryDirectory() as folder:
            for suffix in ("", "-wal"):
                if os.path.exists(self.ledger + suffix):
                    shutil.copy(self.ledger + suffix, folder + "/l" + suffix)
            database = sqlite3.connect(folder + "/l")
            try:
                rows = database.execute("SELECT seq, body FROM entry ORDER BY seq").fetchall()
            finally:
                database.close()
        if [seq for seq, _ in rows] != list(range(1, len(rows) + 1)):
            raise Broken("the entries are not numbered without a gap")
        return [bytes(body) for _, body in rows]


def processor(*pids):
    """Seconds of processor time that these processes took so far, and that all of the machine
    did."""
    tick, mine = os.sysconf("SC_CLK_TCK"), 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        mine += int(fields[11]) + int(fields[12])
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return mine / tick, (sum(fields) - fields[3] - fields[4]) / tick


def until(condition, seconds, what, pause=0.01):
    """Asks until it is so; gives the seconds that it took."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise Broken(f"{what}: not within {seconds} s")
        # A pause between two questions to another process.
        time.sleep(pause)
    return time.monotonic() - start


def withdrawal(amount, address=EXCHANGE, **fields):
    return dict({
        "account_id": PAYOUTS, "type": "WITHDRAWAL", "amount": "-" + amount,
        "fee_amount": "0.00050000", "address": address}, **fields)


def transfer(amount, **fields):
    return dict({
        "account_id": TREASURY, "type": "TRANSFER_OUTGOING", "amount": "-" + amount,
        "fee_amount": "0.00000000", "receiver_account_id": PAYOUTS,
        "sender_account_id": TREASURY}, **fields)


def batch():
    """Six transactions: the policy lets the transfer through, and of the withdrawals those to
    known addresses, one BTC a day at most, so one of three has to wait."""
    return [
        withdrawal("0.40000000"), transfer("1.00000000"), withdrawal("0.25000000", COLD_WALLET),
        withdrawal("0.45000000"), withdrawal("0.10000000", BLOCKED), withdrawal("0.80000000")]
