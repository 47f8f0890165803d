"""What a start begins with: history is not said, and rebuilt states do not depend on how often they were rebuilt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.live import LiveSettings
from connectors.log.store_log import StoreLog
from connectors.sandbox.address import SandboxAddress
from connectors.shelving import put
from connectors.store.bundles import BundleShelf
from connectors.store.live_tables import cells
from connectors.store.opening import SANDBOX, Store, open_store
from pipelines.playing import Cue
from pipelines.rebuild import rebuild
from schemas.times import DAY, HOUR, MINUTE, Millis, from_millis
from tests.live.plays import at, created, doubled, in_order, placed, scanned, sent

DEMO = Path(__file__).parents[2] / "infra" / "demo"
SetUp = Callable[..., Any]

BEGIN = at("14.10 10:00")
OLD = [f"5{number:03d}" for number in range(5)]
NEW = [f"4{number:03d}" for number in range(5)]


def story() -> list[Cue]:
    """Some orders before a pipeline ever ran, and some after."""
    cues = []
    for begin, orders in ((BEGIN, OLD), (BEGIN + 3 * HOUR, NEW)):
        for number, order in enumerate(orders):
            moment = begin + number * MINUTE
            cues += [placed(order, moment), created(order, moment), scanned(order, "accepted", moment + 5 * MINUTE)]
    return in_order(cues)


def started(stage: SetUp, *arguments: str) -> Any:
    """The story, whose first part is in the log before the first start."""
    played = stage(story(), 600)
    played.player.skip(BEGIN + 2 * HOUR)
    played.start(*arguments)
    played.play(BEGIN + 5 * HOUR)
    return played


def test_what_was_decided_before_the_first_start_is_recorded_and_never_sent(stage: SetUp) -> None:
    played = started(stage)
    said = sent(played)
    assert [order for order in OLD if any(said[order, kind] for kind in ("order_received", "shipped"))] == []
    assert [order for order in NEW if not (said[order, "order_received"] == said[order, "shipped"] == 1)] == []
    assert {row.order for row in played.run().decisions} == {*OLD, *NEW}


@pytest.mark.long
def test_since_lets_go_what_was_decided_before_the_first_start(stage: SetUp) -> None:
    played = started(stage, "--since", from_millis(BEGIN - HOUR).isoformat())
    said = sent(played)
    assert [order for order in [*OLD, *NEW] if said[order, "order_received"] != 1] == []
    assert doubled(played) == []


def filled(path: Path, cues: list[Cue]) -> Store:
    """A store whose log holds these cues, recorded when they came."""
    store = open_store(f"sqlite:///{path}", SANDBOX)
    put(BundleShelf(store), DEMO / "shops", cues[0].at)
    moment: Millis = 0
    log = StoreLog(store, lambda: moment)
    for cue in cues:
        if cue.at != moment:
            moment = cue.at
        log.publish([cue.entry])
    return store


def states(store: Store) -> dict[tuple[str, str], tuple[Any, bytes]]:
    """(actor, key) -> when it wakes, and its bytes, of the newest generation."""
    with store.reading() as connection:
        rows = connection.execute(cells.select()).all()
    newest = max(row.generation for row in rows)
    return {(row.actor, row.key): (row.wake_at, row.cell) for row in rows if row.generation == newest}


@pytest.mark.parametrize("hours", [pytest.param(24, marks=pytest.mark.played), 60])
def test_states_rebuilt_bit_by_bit_are_those_of_one_whole_rebuild(hours: int, cues: list[Cue], tmp_path: Path) -> None:
    some = [cue for cue in cues if cue.at < cues[0].at + 6 * DAY]
    nobody = SandboxAddress("http://127.0.0.1:9", "http://127.0.0.1:9", ())
    end = some[-1].at + HOUR
    found = []
    for name, every in (("whole", end - some[0].at), ("bits", hours * HOUR)):
        store = filled(tmp_path / name, some)
        settings = LiveSettings(f"sqlite:///{tmp_path}/{name}", nobody)
        cut_off = some[0].at
        while cut_off < end:
            cut_off = min(cut_off + every, end)
            rebuild(settings, cut_off)
        found.append(states(store))
        store.close()
    assert len(found[0]) > 50
    assert found[0] == found[1]
