"""`engage` on a disk that hangs: syncs wait in the kernel until they are let go.

    python hanging_disk.py serve --config engage.toml

With each line of standard input the disk begins to hang, or goes on again, and standard
output says which. No root and no special file system: the process has the kernel ask it
before any sync (seccomp_unotify(2)), and a thread of its own gives the answers.
"""

from __future__ import annotations

import ctypes
import fcntl
import platform
import struct
import sys
import threading
from typing import Final

from engage.cli import main

# By machine: the numbers of seccomp(2), fsync(2) and fdatasync(2).
_CALLS: Final = {"x86_64": (317, 74, 75), "aarch64": (277, 82, 83)}
_NO_NEW_PRIVILEGES: Final = 38
_SET_FILTER, _NEW_LISTENER = 1, 8
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_GO_ON: Final = 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def ask_before_syncs() -> int:
    """Have the kernel ask before every sync from now on; return where it asks."""
    seccomp, *syncs = _CALLS[platform.machine()]
    # Each step: what it does, how many it skips if so and if not, with which number.
    steps = (
        (_LOAD, 0, 0, 0),
        (_EQUALS, 1, 0, syncs[0]),
        (_EQUALS, 0, 1, syncs[1]),
        (_RETURN, 0, 0, _ASK),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *step) for step in steps)
    )
    program = _Program(len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    refused = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    listener = libc.syscall(seccomp, _SET_FILTER, _NEW_LISTENER, ctypes.byref(program))
    if refused or listener < 0:
        raise OSError(ctypes.get_errno(), "this kernel does not let us ask")
    return int(listener)


def answer(listener: int, may_go: threading.Event) -> None:
    """Let each sync go on, as soon as they may."""
    while True:
        asked = bytearray(80)
        fcntl.ioctl(listener, _RECEIVE, asked)
        may_go.wait()
        (number,) = struct.unpack_from("Q", asked)
        fcntl.ioctl(listener, _SEND, struct.pack("QqiI", number, 0, 0, _GO_ON))


def toggle(may_go: threading.Event) -> None:
    """Hang, and go on again, with each line that comes."""
    for _ in sys.stdin:
        if may_go.is_set():
            may_go.clear()
        else:
            may_go.set()
        sys.stdout.write("goes on\n" if may_go.is_set() else "hangs\n")
        sys.stdout.flush()


if __name__ == "__main__":
    gate = threading.Event()
    gate.set()
    where = ask_before_syncs()
    threading.Thread(target=answer, args=(where, gate), daemon=True).start()
    threading.Thread(target=toggle, args=(gate,), daemon=True).start()
    raise SystemExit(main(sys.argv[1:]))
