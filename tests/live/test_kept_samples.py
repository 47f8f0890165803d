"""What yesterday's code held and handed on is read today, and says the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.shops import load_shops
from pipelines.graph import ACTORS
from pipelines.rules.context import LogContext
from pipelines.rules.unfold import live_wake, load_cell
from schemas.times import DAY
from tests.live.keeping import DEMO, Sample, said

KEPT = [
    pytest.param(Sample(*json.loads(line)), id=f"{file.stem}-{number}")
    for file in sorted(Path(__file__).with_name("kept").glob("*.jsonl"))
    for number, line in enumerate(file.read_bytes().splitlines())
]

SORTS = {
    *(f"{sort}/{actor.name}" for sort in ("cell", "arrival") for actor in ACTORS),
    *(f"record/{name}" for name in ("parcelrecord", "scanrecord", "orderrecord", "decision", "dead_letter")),
    *("context", "items/messages", "items/notices"),
}


def still_says(now: Any, then: Any) -> bool:
    """Whether today's reading holds all of what was read then: what is new since may stand beside or behind it."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and still_says(now[name], then[name]) for name in then)
    if isinstance(then, list):
        return isinstance(now, list) and len(now) >= len(then) and all(map(still_says, now, then))
    return bool(now == then)


def test_there_are_samples_of_every_sort() -> None:
    assert {param.values[0].sort for param in KEPT} == SORTS  # type: ignore[union-attr]


@pytest.mark.parametrize("sample", KEPT)
def test_kept_bytes_say_what_they_said(sample: Sample) -> None:
    assert still_says(said(sample.sort, bytes.fromhex(sample.packed)), sample.said)


@pytest.mark.parametrize("sample", [param for param in KEPT if param.values[0].sort.startswith("cell/")])  # type: ignore[union-attr]
def test_a_kept_cell_lives_on(sample: Sample) -> None:
    actor = next(actor for actor in ACTORS if actor.name == sample.sort.removeprefix("cell/"))
    cell = load_cell(bytes.fromhex(sample.packed))
    _, life = live_wake(actor, cell, cell.wake_at or cell.now + 30 * DAY, LogContext(load_shops(DEMO / "shops")))
    assert life.failed == []
    assert cell.wake_at is None or life.now > cell.now


def test_a_reading_that_lost_or_changed_something_does_not_pass() -> None:
    assert still_says({"a": [1, 2, 3], "b": 1}, {"a": [1, 2]})
    assert not still_says({"a": [1]}, {"a": [1, 2]})
    assert not still_says({"b": 1}, {"a": 1})
    assert not still_says([1, 3], [1, 2])
