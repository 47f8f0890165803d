"""A command that dies with the process that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.tied import tied

PARENT = """
import subprocess, sys
from pipelines.tied import tied
child = subprocess.Popen(tied([sys.executable, "-c", sys.argv[1]]), stdout=subprocess.PIPE)
print(child.stdout.readline().decode().strip(), flush=True)
sys.stdin.read()
"""
SLEEPER = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"


def test_the_process_becomes_the_command() -> None:
    command = tied([sys.executable, "-c", "import os; print(os.getpid())"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate()
    assert int(said) == process.pid


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_kill_of_the_parent_ends_the_command() -> None:
    pipe, root = subprocess.PIPE, Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", PARENT, SLEEPER], stdin=pipe, stdout=pipe, cwd=root) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    subprocess.run(["tail", f"--pid={child}", "-f", "/dev/null"], timeout=60, check=True)  # returns when it is gone


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux asks who the parent is")
def test_a_command_whose_parent_is_gone_already_does_not_begin() -> None:
    command = tied([sys.executable, "-c", "print('begun')"])
    orphan = ["1" if part == str(os.getpid()) else part for part in command]
    done = subprocess.run(orphan, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
