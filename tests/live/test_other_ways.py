"""The demo's first days lived in other ways: on PostgreSQL, and with arrivals late, doubled and out of order."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checking.checker import violations

from connectors.shops import load_shops
from pipelines.playing import Cue
from schemas.times import DAY, HOUR, MINUTE
from tests.live.plays import doubled, lines, outputs

DEMO = Path(__file__).parents[2] / "infra" / "demo"
PACE = 6_000
SetUp = Callable[..., Any]


def days(cues: list[Cue], number: int) -> list[Cue]:
    return [cue for cue in cues if cue.at < cues[0].at + number * DAY]


def hold(played: Any, until: int, folder: Path, least: int) -> None:
    """Play to the end: the checker is silent, and nothing is doubled."""
    played.start()
    played.play(until)
    played.end()
    assert len(played.sandbox.accepted()) > least
    assert doubled(played) == []
    assert violations(lines(played), load_shops(DEMO / "shops"), outputs(played, folder)) == []


@pytest.mark.played
def test_two_days_on_postgresql_break_no_rule(stage: SetUp, cues: list[Cue], postgres: Any, tmp_path: Path) -> None:
    some = days(cues, 2)
    hold(stage(some, PACE, url=postgres.url), some[-1].at + 12 * HOUR, tmp_path / "run", least=25)


@pytest.mark.played
@pytest.mark.parametrize("seed", range(2))
def test_arrivals_late_doubled_and_jittered_break_no_rule(
    seed: int, stage: SetUp, cues: list[Cue], tmp_path: Path
) -> None:
    chance = random.Random(seed)
    some = days(cues, 4)
    late = [cue._replace(at=cue.at + chance.randrange(5 * MINUTE)) for cue in some]
    twice = [cue._replace(at=cue.at + chance.randrange(2 * HOUR)) for cue in chance.sample(late, len(late) // 5)]
    played = stage(sorted([*late, *twice], key=lambda cue: cue.at), PACE)
    hold(played, some[-1].at + 12 * HOUR, tmp_path / "run", least=60)
