"""A pipeline that was away: what happened meanwhile counts before anything is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checking.checker import violations

from connectors.shops import load_shops
from tests.live.plays import at, created, doubled, in_order, lines, outputs, placed, scanned, sent

DEMO = Path(__file__).parents[2] / "infra" / "demo"
PACE = 6_000
SetUp = Callable[..., Any]

MANY = [f"8{number:03d}" for number in range(100)]
"""Orders whose parcels are delivered while nobody is there."""

FEW = [f"9{number:03d}" for number in range(10)]
"""Orders whose parcels go on quietly."""


def held_at_eleven(overnight: str) -> list[Any]:
    """Parcels that leave in the evening, so that their word is held until 08:00."""
    cues = [placed("7000", at("13.10 15:00"))]  # begins the story
    for number, order in enumerate([*MANY, *FEW]):
        moment = number * 1_000
        cues += [
            placed(order, at("13.10 15:00") + moment),
            created(order, at("13.10 16:00") + moment),
            scanned(order, "accepted", at("13.10 21:30") + moment),
        ]
        if order in MANY:
            cues.append(scanned(order, "out_for_delivery", at(overnight) + moment))
            cues.append(scanned(order, "delivered", at(overnight) + 600_000 + moment))
    return in_order(cues)


def hold(played: Any, until: str, folder: Path) -> None:
    """What is held is not said of those parcels that are delivered by now, and is of the others, once."""
    played.play(at(until))
    played.end()
    said = sent(played)
    assert [order for order in FEW if said[order, "shipped"] != 1] == []
    assert [order for order in MANY if said[order, "shipped"] or said[order, "out_for_delivery"]] == []
    assert [order for order in MANY if said[order, "delivered"] != 1] == []
    assert doubled(played) == []
    assert violations(lines(played), load_shops(DEMO / "shops"), outputs(played, folder)) == []


@pytest.mark.long
def test_what_was_held_overnight_is_not_said_of_parcels_that_came_while_the_pipeline_was_away(
    stage: SetUp, tmp_path: Path
) -> None:
    played = stage(held_at_eleven(overnight="14.10 02:00"), PACE)
    played.start()
    played.play(at("13.10 22:30"))  # nothing is in flight: a doubt is looked up for minutes, which are days here
    assert played.player.clock.now() < at("14.10 02:00")
    assert sum(times for (_, kind), times in sent(played).items() if kind == "shipped") == 0
    played.kill()
    played.player.skip(at("14.10 07:00"))
    played.start()
    hold(played, "14.10 12:00", tmp_path / "run")


@pytest.mark.long
def test_an_hour_s_backlog_over_the_release_of_the_night_s_messages_contradicts_none_of_them(
    stage: SetUp, tmp_path: Path
) -> None:
    played = stage(held_at_eleven(overnight="14.10 08:05"), PACE)
    played.start()
    played.play(at("14.10 05:00"))
    played.kill()
    assert played.player.clock.now() < at("14.10 08:00")
    assert sum(times for (_, kind), times in sent(played).items() if kind == "shipped") == 0
    played.player.skip(at("14.10 08:30"))
    played.player.rate = 120  # at a pace where the hour is a backlog, not the latency of a moment
    played.start()
    played.play(at("14.10 08:40"))
    played.player.rate = PACE
    hold(played, "14.10 12:00", tmp_path / "run")
