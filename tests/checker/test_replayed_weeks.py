"""Weeks of one calendar week as one log, replayed whole, with providers that fail: no rule of the checker is broken."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from checking.checker import CHECKS
from checking.log import read_log
from checking.run import read_outputs
from checking.world import Bundles, World
from click.testing import CliRunner
from generated.sheet import iso
from generated.weeks import MONDAYS, week

from pipelines.cli import awizo

SHOPS = Path(__file__).parents[2] / "infra" / "demo" / "shops"
SEEDS = range(0, 40, 5)
"""Weeks that begin on the first of the Mondays: the same few customers buy in all of them."""


def faults() -> list[dict[str, Any]]:
    """Both providers limit for hours of every day."""
    days = [MONDAYS[0] + timedelta(days=day) for day in range(12)]
    return [limit(channel, day, hours) for day in days for channel, hours in (("sms", 3), ("email", 1))]


def limit(channel: str, day: datetime, hours: int) -> dict[str, Any]:
    """A provider that says "too many" from 08:00 UTC on."""
    since = day + timedelta(hours=8)
    return {"what": "limit", "channel": channel, "since": iso(since), "until": iso(since + timedelta(hours=hours))}


@pytest.fixture(scope="module")
def replayed_weeks(tmp_path_factory: pytest.TempPathFactory, bundles: Bundles) -> World:
    folder = tmp_path_factory.mktemp("weeks")
    lines = [line for seed in SEEDS for line in week(seed)]
    (folder / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "faults.json").write_text(json.dumps(faults()))
    out = folder / "out"
    asked = ["replay", folder / "events.jsonl", "--shops", SHOPS, "--faults", folder / "faults.json", "--out", out]
    done = CliRunner().invoke(awizo, [*map(str, asked), "--until", "quiet"])
    assert done.exit_code == 0, done.output
    return World(read_log(lines), bundles, read_outputs(out))


def test_many_messages_waited_for_their_provider(replayed_weeks: World) -> None:
    tried = [row for row in replayed_weeks.run.outcomes if row["attempts"] > 1]
    assert len(tried) > 20
    assert len(replayed_weeks.told) > 200


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_replayed_weeks_break_no_rule(check: Any, replayed_weeks: World) -> None:
    assert list(check(replayed_weeks)) == []
