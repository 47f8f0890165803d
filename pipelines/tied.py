"""A command that dies with the process that started it, however that one dies.

What ties them runs in a process of its own that then becomes the command. Code between fork and exec would run in a
copy of a process that has threads: there gRPC aborts now and then over what it was polling.
"""

import ctypes
import os
import signal
import sys

_PDEATHSIG = 1  # prctl: the signal that a child gets when its parent dies; an exec keeps it


def tied(command: list[str]) -> list[str]:
    """The arguments of a process that becomes this command and dies with the one that asks here."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def _become(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we could ask: nobody would tell us
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
