"""What several rooms of tests share: the demo's replay, run once, and the way to the independent checker."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "checker"))  # `checking`: no package of the project, shared by tests

DEMO = Path(__file__).parents[1] / "infra" / "demo"

Row = dict[str, Any]


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
