"""Mounts that nobody else sees and processes that nobody leaves behind: both end with these tests."""

import ctypes
import os
import signal

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NAMESPACE, PRIVATE = 0x20000, 1 << 18 | 1 << 14
NO_SUID_NO_DEVICES = 6


def apart():
    """Gives this process a name space of its own; False where it may not have one."""
    return (os.getuid() == 0 and LIBC.unshare(NEW_NAMESPACE) == 0
            and LIBC.mount(b"none", b"/", None, PRIVATE, None) == 0)


def dies_with_its_parent():
    """The kernel kills this process when the one that started it ends, however it ends."""
    LIBC.prctl(1, signal.SIGKILL)


def mount(kind, folder, options):
    if LIBC.mount(kind.encode(), folder.encode(), kind.encode(), NO_SUID_NO_DEVICES,
                  options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"a {kind} file system cannot be mounted here")


def remount(kind, folder, options):
    if LIBC.mount(kind.encode(), folder.encode(), kind.encode(), NO_SUID_NO_DEVICES | 32,
                  options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"{folder} cannot be mounted anew")


def unmount(folder, lazily=False):
    return LIBC.umount2(folder.encode(), 2 if lazily else 0) == 0
