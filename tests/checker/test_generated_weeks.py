"""Two hundred generated weeks break no rule of the checker, and neither order nor doubles change what is said."""

import json
from collections import Counter
from datetime import datetime
from random import Random
from typing import Any

import pytest
from checking.checker import CHECKS
from checking.log import read_log
from checking.run import Outputs
from checking.world import Violation, World
from generated.driver import Bundles, decisions, deliver, outputs, run_rules
from generated.receipts import receipts
from generated.weeks import week

SEEDS = range(200)


def _weeks(first: int) -> list[Any]:
    """Each sixth week from this one on; of them each third in every run, the others in a long proof."""
    seeds = range(first, 200, 6)
    return [pytest.param(seed, marks=() if seed % 18 == first else pytest.mark.long) for seed in seeds]


SOME = _weeks(0)
"""Weeks that are run again in another order."""
ANSWERED = _weeks(1)
"""Weeks that are run again with what providers said of their messages."""


def world_of(lines: list[bytes], bundles: Bundles) -> World:
    said = run_rules(lines, bundles)
    assert said.dead == []
    return World(read_log(lines), bundles, outputs(said, deliver(said)))


class Worlds(dict[int, World]):
    """The weeks that were run, by seed; each is run when it is first asked for."""

    def __init__(self, bundles: Bundles) -> None:
        super().__init__()
        self._bundles = bundles

    def __missing__(self, seed: int) -> World:
        self[seed] = world_of(week(seed), self._bundles)
        return self[seed]


@pytest.fixture(scope="session")
def worlds(bundles: Bundles) -> Worlds:
    return Worlds(bundles)


def broken(world: World) -> list[Violation]:
    """The rules that the week broke."""
    return [violation for check in CHECKS for violation in check(world)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_week_breaks_no_rule(seed: int, worlds: Worlds) -> None:
    assert broken(worlds[seed]) == []


@pytest.mark.parametrize("seed", ANSWERED)
def test_a_week_whose_messages_are_answered_breaks_no_rule(seed: int, worlds: Worlds, bundles: Bundles) -> None:
    answers = receipts(seed, worlds[seed].told)
    assert answers
    assert broken(world_of([*week(seed), *answers], bundles)) == []


def test_weeks_tell_and_leave_unsaid_enough_to_judge_by(worlds: Worlds) -> None:
    some = [worlds[seed] for seed in SEEDS]
    went = Counter(told.kind for world in some for told in world.told)
    verdicts = Counter(v for w in some for row in w.run.decisions for v in row["verdicts"].values())
    assert sum(went.values()) > 5_000
    assert min(went.values()) > 10
    assert len(went) >= 21
    assert {"cap", "stale", "backfill", "erased", "paused", "opted_out", "no_consent", "merged"} <= set(verdicts)
    assert {"superseded", "quiet_hours_past_validity", "state_too_old", "recipient_removed"} <= set(verdicts)


@pytest.mark.parametrize("seed", SOME)
def test_a_week_shuffled_and_doubled_says_the_same(seed: int, bundles: Bundles) -> None:
    lines = week(seed)
    once = run_rules(lines, bundles)
    mixed = [*lines, *lines]
    Random(seed).shuffle(mixed)
    twice = run_rules(mixed, bundles)
    assert twice.items == once.items
    assert decisions(twice) == decisions(once)


def later(lines: list[bytes], chance: Random) -> list[bytes]:
    """The same log, but the couriers' payloads come when all is over, in any order."""
    events = [json.loads(line) for line in lines]
    reports = [event for event in events if event["type"] == "awizo.courier.reported.v1"]
    end = max(datetime.fromisoformat(event["recordedtime"]) for event in events).timestamp()
    for minute, event in enumerate(chance.sample(reports, len(reports))):
        event["recordedtime"] = f"{datetime.fromtimestamp(end + 60 * minute).astimezone().isoformat()}"
    return [json.dumps(event).encode() for event in events]


def histories(run: Outputs) -> dict[str, list[tuple[str, str, str]]]:
    """What each parcel went through, in the end; without parcels of which a clock was wrong."""
    lines = {f"{row['courier']}/{row['number']}": row["history"] for row in run.parcels}
    return {
        parcel: [(scan["status"], scan["reason"], scan["occurred_at"]) for scan in history if scan["applied"]]
        for parcel, history in lines.items()
        if not any("clamped" in scan["flags"] for scan in history)
    }


@pytest.mark.parametrize("seed", SOME)
def test_scans_that_come_in_another_order_give_the_same_history(seed: int, bundles: Bundles) -> None:
    lines = week(seed)
    runs = [outputs(run_rules(log, bundles), []) for log in (lines, later(lines, Random(seed)))]
    assert histories(runs[0])
    assert histories(runs[0]) == histories(runs[1])
