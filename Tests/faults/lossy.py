"""A file system that forgets at a power cut what was not synced: a FUSE server over the kernel's own
protocol (linux/fuse.h), for one folder that is kept in memory.

Content is durable after fsync of the file, names after fsync of the folder. At the cut the server
kills the agent, answers every call with EIO, and at its end writes into the folder below what a
disk could show after it.
"""

import errno
import os
import random
import shutil
import signal
import stat
import struct
import time
import traceback

import mounts

ROOT = 1
SECTOR = 512
MODES = ("dropped", "sectors", "torn", "reordered", "kept")
HEADER = struct.Struct("<IIQQIIII")
(LOOKUP, FORGET, GETATTR, SETATTR, MKDIR, UNLINK, RMDIR, RENAME, OPEN, READ, WRITE, STATFS, RELEASE,
 FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, FSYNCDIR, ACCESS, CREATE, INTERRUPT, DESTROY,
 BATCH_FORGET, RENAME2) = (
     1, 2, 3, 4, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 25, 26, 27, 28, 29, 30, 34, 35, 36, 38, 42,
     45)
CHANGING = (SETATTR, MKDIR, UNLINK, RMDIR, RENAME, RENAME2, WRITE, FSYNC, FSYNCDIR, CREATE)


class File:
    """One file: what programs see, what the disk has, and what was written in between."""

    def __init__(self, content=b"", mode=0o100600):
        self.content, self.durable, self.mode = bytearray(content), bytes(content), mode
        self.writes = []

    def write(self, offset, data):
        if len(self.content) < offset:
            self.content.extend(bytes(offset - len(self.content)))
        self.content[offset:offset + len(data)] = data
        self.writes.append((offset, bytes(data)))

    def resize(self, size):
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))
        self.writes.append((size, None))

    def sync(self):
        self.durable, self.writes = bytes(self.content), []

    def after_cut(self, mode, chance):
        """What the disk shows of it."""
        if mode == "kept":
            return bytes(self.content)
        if mode == "dropped" or not self.writes:
            return self.durable
        if mode == "sectors":
            return self.mixed(chance)
        count = chance.randrange(len(self.writes) + 1)
        some = self.writes[:count] if mode == "torn" else [
            write for write in self.writes if chance.random() < 0.5]
        if mode == "torn" and some and some[-1][1]:
            # A disk writes whole sectors: the last write ends at the end of one.
            offset, data = some[-1]
            end = chance.randrange(offset, offset + len(data) + SECTOR) // SECTOR * SECTOR
            some[-1] = (offset, data[:max(0, end - offset)])
        copy = File(self.durable)
        for offset, data in some:
            copy.resize(offset) if data is None else copy.write(offset, data)
        return bytes(copy.content)

    def mixed(self, chance):
        """Each sector is old or new; so is the length."""
        length = chance.choice((len(self.durable), len(self.content)))
        old = self.durable[:length].ljust(length, b"\0")
        new = bytes(self.content[:length]).ljust(length, b"\0")
        return b"".join(
            chance.choice((old, new))[at:at + SECTOR] for at in range(0, length, SECTOR))


class Folder:
    """The names in a folder, with the numbers of what they stand for, and those on the disk."""

    def __init__(self, names=()):
        self.names, self.mode = dict(names), 0o40700
        self.durable = dict(self.names)

    def sync(self):
        self.durable = dict(self.names)

    def after_cut(self, mode, chance):
        if mode in ("kept", "dropped"):
            return self.names if mode == "kept" else self.durable
        names = {}
        for name in sorted(set(self.names) | set(self.durable)):
            chosen = chance.choice((self.names, self.durable)).get(name)
            if chosen is not None:
                names[name] = chosen
        return names


class Lossy:
    """The server. `cut` is the number of the changing call at which the power fails; 0: never. One
    that lies answers a sync and keeps nothing: with it the tests are tested."""

    def __init__(self, folder, cut, mode, chance, victims, lies):
        self.folder, self.cut, self.mode, self.chance = folder, cut, mode, chance
        self.victims, self.lies = victims, lies
        self.nodes, self.next = {}, ROOT
        self.load(folder)
        self.kernel = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        self.changes, self.is_cut = 0, False
        # The number of each call that synced something, for whoever chooses where to cut.
        self.syncs, self.lost = [], 0

    def load(self, path):
        """Takes a folder or a file, with all that is in it, as what is on the disk."""
        number = self.next
        self.next += 1
        if os.path.isdir(path):
            self.nodes[number] = Folder()
            names = {name: self.load(os.path.join(path, name)) for name in sorted(os.listdir(path))}
            self.nodes[number] = Folder(names)
        else:
            with open(path, "rb") as file:
                self.nodes[number] = File(file.read(), os.stat(path).st_mode)
        return number

    def mount(self):
        options = f"fd={self.kernel},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        mounts.mount("fuse", self.folder, options)

    def is_cut_now(self):
        """Counts a call that changes something; True where the power fails instead."""
        if not self.is_cut:
            self.changes += 1
            self.is_cut = self.changes == self.cut
            if self.is_cut:
                # Nothing that the agent does from here on can leave the machine.
                victim = os.read(self.victims, 4)
                if victim:
                    os.kill(struct.unpack("<I", victim)[0], signal.SIGKILL)
                self.lost = sum(
                    1 for node in self.nodes.values() if isinstance(node, File) and node.writes)
        return self.is_cut

    def serve(self):
        """Answers until the file system is unmounted."""
        while True:
            try:
                request = os.read(self.kernel, 1 << 18)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                    continue
                return
            _, code, unique, node, *_ = HEADER.unpack_from(request)
            if code in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                failure, answer = 0, self.answer(code, node, request[HEADER.size:])
            except OSError as error:
                failure, answer = error.errno, b""
            try:
                os.write(
                    self.kernel, struct.pack("<IiQ", 16 + len(answer), -failure, unique) + answer)
            except OSError:
                # Whoever asked is dead.
                continue

    def attributes(self, node):
        one = self.nodes[node]
        size = len(one.content) if isinstance(one, File) else 0
        return struct.pack(
            "<QQQQQQIIIIIIIIII", node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, one.mode,
            1 if isinstance(one, File) else 2, os.getuid(), os.getgid(), 0, 4096, 0)

    def entry(self, node):
        return struct.pack("<QQQQII", node, 0, 0, 0, 0, 0) + self.attributes(node)

    def named(self, folder, name):
        number = self.nodes[folder].names.get(name)
        if number is None:
            raise OSError(errno.ENOENT, "")
        return number

    def made(self, folder, name, node):
        self.nodes[self.next] = node
        self.nodes[folder].names[name] = self.next
        self.next += 1
        return self.entry(self.next - 1)

    def answer(self, code, node, body):
        if code == INIT:
            _, _, ahead, _ = struct.unpack_from("<IIII", body)
            # Version 7.31, no options: every write comes here at once.
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, ahead, 0, 16, 12, 1 << 17, 1, 32, 0, 0)
        if code == LOOKUP:
            return self.entry(self.named(node, text(body)))
        if code == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self.attributes(node)
        if code in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if code == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return bytes(self.nodes[node].content[offset:offset + size])
        if code == READDIR:
            return self.listed(node, body)
        if code == STATFS:
            blocks = 1 << 20
            return struct.pack("<QQQQQIIII24x", blocks, blocks, blocks, 1 << 20, 1 << 20, 4096, 255,
                               4096, 0)
        if code in (RELEASE, RELEASEDIR, FLUSH, ACCESS, DESTROY):
            return b""
        if code in CHANGING:
            if self.is_cut_now():
                raise OSError(errno.EIO, "")
            return self.change(code, node, body)
        raise OSError(errno.ENOSYS, "")

    def change(self, code, node, body):
        if code == SETATTR:
            valid, _, _, size = struct.unpack_from("<IIQQ", body)
            if valid & 8:
                self.nodes[node].resize(size)
            if valid & 1:
                self.nodes[node].mode, = struct.unpack_from("<I", body, 68)
            return struct.pack("<QII", 0, 0, 0) + self.attributes(node)
        if code == WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            self.nodes[node].write(offset, body[40:40 + size])
            return struct.pack("<II", size, 0)
        if code in (FSYNC, FSYNCDIR):
            self.syncs.append(self.changes)
            if not self.lies:
                self.nodes[node].sync()
        elif code in (UNLINK, RMDIR):
            self.named(node, text(body))
            del self.nodes[node].names[text(body)]
        elif code in (RENAME, RENAME2):
            old, new = body[8 if code == RENAME else 16:].split(b"\0")[:2]
            target, = struct.unpack_from("<Q", body)
            moved = self.named(node, old.decode())
            del self.nodes[node].names[old.decode()]
            self.nodes[target].names[new.decode()] = moved
        elif code == CREATE:
            _, mode, _, _ = struct.unpack_from("<IIII", body)
            return self.made(node, text(body[16:]), File(mode=mode)) + struct.pack("<QII", 0, 0, 0)
        elif code == MKDIR:
            return self.made(node, text(body[8:]), Folder())
        return b""

    def listed(self, node, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        answer = b""
        for index, (name, number) in list(enumerate(self.nodes[node].names.items(), 1))[offset:]:
            coded = name.encode()
            kind = 8 if isinstance(self.nodes[number], File) else 4
            one = struct.pack("<QQII", number, index, len(coded), kind) + coded
            one += bytes(-len(one) % 8)
            if len(answer) + len(one) > size:
                break
            answer += one
        return answer

    def write_down(self, node=ROOT, path=None):
        """Puts into the folder below what the disk shows now."""
        one, path = self.nodes[node], path or self.folder
        mode = self.mode if self.is_cut else "kept"
        content = one.after_cut(mode, self.chance)
        if isinstance(one, File):
            with open(path, "wb") as file:
                file.write(content)
            os.chmod(path, stat.S_IMODE(one.mode))
            return
        if node == ROOT:
            for name in os.listdir(path):
                below = os.path.join(path, name)
                shutil.rmtree(below) if os.path.isdir(below) else os.unlink(below)
        else:
            os.mkdir(path, 0o700)
        for name, number in content.items():
            self.write_down(number, os.path.join(path, name))


def text(body):
    return body.split(b"\0", 1)[0].decode()


class Mounted:
    """The file system over a folder, served by a process of its own, until `unmount`."""

    def __init__(self, folder, cut=0, mode="kept", seed=0, lies=False):
        self.folder = folder
        reader, self.teller = os.pipe()
        self.results, writer = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.close(self.teller)
            os.close(self.results)
            code = 1
            try:
                code = serve(folder, cut, mode, seed, reader, writer, lies)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(reader)
        os.close(writer)
        if os.read(self.results, 1) != b"m":
            os.waitpid(self.process, 0)
            raise OSError(errno.EPERM, "a FUSE file system cannot be mounted here")

    def began(self, process):
        """Tells whom the cut kills; the process does nothing before it is told."""
        os.write(self.teller, struct.pack("<I", process.pid))

    def unmount(self):
        """What it counted: changes, calls that synced, files that lost something, and whether
        the power failed."""
        os.close(self.teller)
        for _ in range(200):
            if mounts.unmount(self.folder):
                break
            # The killed process is gone, but the kernel may still hold its files for a moment.
            time.sleep(0.01)
        else:
            mounts.unmount(self.folder, lazily=True)
        answer = b""
        while chunk := os.read(self.results, 1 << 16):
            answer += chunk
        os.close(self.results)
        _, status = os.waitpid(self.process, 0)
        if status != 0:
            raise OSError(errno.EIO, "the FUSE server ended badly")
        changes, lost, is_cut, *syncs = struct.unpack(f"<{len(answer) // 4}I", answer)
        return changes, syncs, lost, bool(is_cut)


def serve(folder, cut, mode, seed, victims, results, lies):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = Lossy(folder, cut, mode, random.Random(seed), victims, lies)
    server.mount()
    os.write(results, b"m")
    server.serve()
    server.write_down()
    os.write(results, struct.pack(
        f"<III{len(server.syncs)}I", server.changes, server.lost, server.is_cut, *server.syncs))
    return 0
