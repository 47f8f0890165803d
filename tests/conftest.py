"""What several rooms of tests share: the demo's replay, run once, and the way to the independent checker."""

import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `emulator`
sys.path.insert(0, str(Path(__file__).parent / "checker"))  # `checking`: no package of the project, shared by tests

DEMO = Path(__file__).parents[1] / "infra" / "demo"

Row = dict[str, Any]


def pytest_xdist_auto_num_workers() -> int:
    """One more worker than processors: many tests wait for a process of theirs."""
    return (os.cpu_count() or 1) + 1


WAITING = ("tests/live/", "tests/gateway/pages/test_browser.py", "tests/connectors/test_pubsub.py")
"""Where tests wait for other processes most of their time: they come first, so that others run beside them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(WAITING))


class Replayed:
    """The rows of a replay's folder, read when they are first asked for."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._read: dict[str, list[Row]] = {}

    def rows(self, name: str) -> list[Row]:
        """The rows of `messages`, `decisions`, `outcomes` or `dead_letters`."""
        if name not in self._read:
            lines = (self.out / f"{name}.jsonl").read_bytes().splitlines()
            self._read[name] = [json.loads(line) for line in lines]
        return self._read[name]


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The demo, replayed as `make run` does."""
    from click.testing import CliRunner

    from pipelines.cli import awizo

    out = tmp_path_factory.mktemp("demo")
    asked = ["replay", DEMO / "events.jsonl", "--shops", DEMO / "shops", "--faults", DEMO / "faults.json"]
    done = CliRunner().invoke(awizo, [*map(str, asked), "--until", "quiet", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return Replayed(out)


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Any]:
    """Google's emulator of Pub/Sub; without it the tests that need it are skipped, by name."""
    from emulator import NEEDED, Emulator, found

    where = found()
    if isinstance(where, str):
        if os.environ.get(NEEDED):
            raise AssertionError(where)
        pytest.skip(where)
    started = Emulator(*where)
    yield started
    started.kill()


_projects = itertools.count()


@pytest.fixture
def emulator(running_emulator: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The emulator, which this process finds."""
    for name, value in running_emulator.environment.items():
        monkeypatch.setenv(name, value)
    return running_emulator


@pytest.fixture
def place(emulator: Any) -> Any:
    """A project of its own at the emulator, with nothing in it."""
    from connectors.log.pubsub import Place

    return Place(f"test-{next(_projects)}")
