"""`awizo play`, stopped: nothing that it started outlives it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest

from pipelines.prism import BINARY
from tests.live.plays import until

DEMO = Path(__file__).parents[2] / "infra" / "demo"


@pytest.fixture
def played(prism: str, tmp_path: Path) -> Iterator["Popen[bytes]"]:
    """`awizo play`, in a session of its own."""
    code = "from pipelines.cli import main; main()"
    asked = ["play", str(DEMO / "events.jsonl"), "--shops", str(DEMO / "shops"), "--out", str(tmp_path), "--port", "0"]
    command = [sys.executable, "-c", code, *asked]
    process = Popen(command, start_new_session=True, stdout=DEVNULL, stderr=DEVNULL)
    yield process
    for number in session(process):
        os.kill(number, signal.SIGKILL)
    process.wait()


def session(process: "Popen[bytes]") -> dict[int, str]:
    """What runs in the session that this process began: number -> name."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            number, _, rest = (folder / "stat").read_text("utf-8").partition(" (")
        except OSError:  # it has ended meanwhile
            continue
        name, _, fields = rest.rpartition(") ")
        state, _, _, of = fields.split()[:4]
        if int(of) == process.pid and state != "Z":
            found[int(number)] = name
    return found


@pytest.mark.long
@pytest.mark.parametrize("times", [1, 2])
def test_all_that_play_started_is_gone_when_it_returns(played: "Popen[bytes]", times: int) -> None:
    until(lambda: BINARY in session(played).values(), "Prism")
    os.killpg(played.pid, signal.SIGINT)
    if times == 2:  # in the midst of its end
        until(lambda: BINARY not in session(played).values(), "the end of Prism")
        with suppress(ProcessLookupError):
            os.killpg(played.pid, signal.SIGINT)
    until(lambda: played.poll() is not None, "the end of play")
    assert session(played) == {}
