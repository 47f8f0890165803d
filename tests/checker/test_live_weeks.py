"""Live, with arrivals that come minutes late: no rule of the checker is broken.

What comes late is known late: the checker is given the log, and the scans of the run, as of when they came.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from checking.checker import violations
from checking.run import Outputs
from generated.driver import KEY, Bundles, Said, deliver, outputs
from generated.live import Driver, Lateness
from generated.sheet import iso
from generated.weeks import week

from couriers.registry import read
from pipelines.rules.book import book_of
from pipelines.rules.context import LogContext, pack_entry
from pipelines.rules.normalize import Door, Keyed, normalize
from schemas.messages import DeadLetter
from schemas.times import MINUTE, Millis, from_millis, to_millis
from schemas.wire import name_of

DEMO = Path(__file__).parents[2] / "infra" / "demo"


def late_by(seed: int) -> Lateness:
    """Up to five minutes, the same for all that was recorded at one moment."""
    return lambda recorded: int(name_of(seed, recorded), 16) % (5 * MINUTE)


def live(lines: Iterable[bytes], bundles: Bundles, lateness: Lateness) -> Said:
    door = Door(book_of(bundles, KEY), read)
    items = [item for line in lines for item in normalize(line, door).items]
    entries = [pack_entry(item) for item in items if not isinstance(item, Keyed | DeadLetter)]
    driver = Driver(LogContext(bundles, entries))
    driver.run([item for item in items if isinstance(item, Keyed)], lateness)
    return Said(dict(driver.items), driver.records, [])


def as_they_came(lines: Iterable[bytes], lateness: Lateness) -> Iterable[bytes]:
    """The log with the times at which its events came."""
    for line in lines:
        try:
            event = json.loads(line)
            event["recordedtime"] = _came(event.get("recordedtime", event["time"]), lateness)
        except (ValueError, TypeError, KeyError):
            yield line
        else:
            yield json.dumps(event).encode()


def _came(recorded: str, lateness: Lateness) -> str:
    moment: Millis = to_millis(datetime.fromisoformat(recorded))
    return iso(from_millis(moment + lateness(moment)))


def known_as_they_came(run: Outputs, lateness: Lateness) -> Outputs:
    """The run's scans with the times at which they came."""

    def came(row: dict[str, Any]) -> dict[str, Any]:
        scans = [{**scan, "recorded_at": _came(scan["recorded_at"], lateness)} for scan in row["history"]]
        return {**row, "history": scans}

    return run._replace(parcels=[came(row) for row in run.parcels])


def judged(lines: list[bytes], bundles: Bundles, seed: int) -> list[Any]:
    lateness = late_by(seed)
    said = live(lines, bundles, lateness)
    run = known_as_they_came(outputs(said, deliver(said)), lateness)
    return violations(list(as_they_came(lines, lateness)), bundles, run)


@pytest.mark.parametrize("seed", range(3))
def test_the_demo_lived_minutes_late_breaks_no_rule(seed: int, bundles: Bundles) -> None:
    assert judged((DEMO / "events.jsonl").read_bytes().splitlines(), bundles, seed) == []


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_a_week_lived_minutes_late_breaks_no_rule(seed: int, bundles: Bundles) -> None:
    assert judged(week(seed), bundles, seed) == []
