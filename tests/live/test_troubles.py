"""What goes wrong while a run is under way: the store away, the runner gone, a flood, our own code, a broken bundle."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.guarding import HALT, QUARANTINE
from connectors.log.publisher import Entry
from connectors.store.cells import Cells
from connectors.store.progress import Progress
from connectors.store.shared import Flag, Shared
from pipelines.playing import Cue
from schemas.errors import StoreDown
from schemas.streams import ORDERS
from schemas.times import HOUR, MINUTE, SECOND, Millis, to_millis
from tests.live.plays import at, created, doubled, in_order, placed, scanned, sent, until

DEMO = Path(__file__).parents[2] / "infra" / "demo"
PACE = 600
CALM = 60
SetUp = Callable[..., Any]

BEGIN = at("14.10 10:00")
ORDERS_OF = [f"6{number:03d}" for number in range(20)]


def day(orders: list[str], begin: Millis = BEGIN, shop: str = "sowa") -> list[Cue]:
    """Parcels that leave a minute after each other, and come two hours later."""
    cues = []
    for number, order in enumerate(orders):
        moment = begin + number * MINUTE
        cues += [
            placed(order, moment, shop),
            created(order, moment + MINUTE, shop),
            scanned(order, "accepted", moment + 10 * MINUTE),
            scanned(order, "delivered", moment + 2 * HOUR),
        ]
    return in_order(cues)


def all_told(played: Any, orders: list[str]) -> bool:
    """Whether each order's customer heard all three words, once."""
    said = sent(played)
    return all(said[order, kind] == 1 for order in orders for kind in ("order_received", "shipped", "delivered"))


def command(played: Any, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`awizo ...` beside the run, in a process of its own."""
    code = "from pipelines.cli import main; main()"
    asked = [sys.executable, "-c", code, *arguments]
    return subprocess.run(asked, env=played.environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.played
def test_a_store_that_others_hold_for_a_while_loses_and_doubles_nothing(stage: SetUp, tmp_path: Path) -> None:
    played = stage(day(ORDERS_OF), PACE)
    played.start()
    played.go_on(BEGIN + 15 * MINUTE)
    blocking = sqlite3.connect(tmp_path / "live.db", isolation_level=None)
    for _ in range(3):
        played.player.skip(played.player.clock.now() + 20 * MINUTE)
        blocking.execute("BEGIN EXCLUSIVE")
        held_until = time.monotonic() + 3
        until(lambda held=held_until: time.monotonic() > held, "the time for which the store is held")  # type: ignore[misc]
        blocking.execute("ROLLBACK")
    blocking.close()
    played.play(BEGIN + 4 * HOUR)
    assert all_told(played, ORDERS_OF)
    assert doubled(played) == []


@pytest.mark.played
def test_a_postgresql_that_goes_away_and_comes_back_loses_and_doubles_nothing(stage: SetUp, postgres: Any) -> None:
    played = stage(day(ORDERS_OF), PACE, url=postgres.url)
    played.start()
    played.go_on(BEGIN + 15 * MINUTE)
    for mode in ("fast", "immediate"):
        played.player.skip(played.player.clock.now() + 20 * MINUTE)  # in the midst of what is new
        postgres.stop(mode)
        away = time.monotonic() + 5
        until(lambda away=away: time.monotonic() > away, "the time for which it is away")  # type: ignore[misc]
        postgres.start()
        until(lambda: answers(played), "the store")
    played.play(BEGIN + 4 * HOUR)
    assert played.starts == 1
    assert all_told(played, ORDERS_OF)
    assert doubled(played) == []


def answers(played: Any) -> bool:
    try:
        return Progress(played.store).mark() is not None
    except StoreDown:
        return False


@pytest.mark.played
def test_a_runner_that_dies_is_begun_anew_by_the_run_itself(stage: SetUp) -> None:
    played = stage(day(ORDERS_OF), PACE)
    played.start()
    played.play(BEGIN + 15 * MINUTE)  # it runs by now
    for child in _children(played.process.pid):
        subprocess.run(["kill", "-9", str(child)], check=True)
    played.play(BEGIN + 4 * HOUR)
    assert played.starts == 1
    assert all_told(played, ORDERS_OF)
    assert doubled(played) == []


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


def broken(number: int) -> Entry:
    """An event of the other shop that lacks what it is about."""
    event = {"specversion": "1.0", "id": f"b{number}", "source": "/shops/lela", "type": "awizo.order.placed.v1"}
    return Entry(ORDERS, json.dumps(event | {"time": "2026-10-14T09:00:00Z", "data": {"shop": "lela"}}).encode())


@pytest.mark.played
def test_a_flood_of_broken_events_of_one_shop_holds_up_no_message_of_another(
    stage: SetUp, capsys: pytest.CaptureFixture[str]
) -> None:
    flood = BEGIN + 20 * MINUTE
    good = placed("7777", flood + 3 * HOUR, "lela")
    broken_ones = [Cue(flood, broken(number)) for number in range(10_000)]
    played = stage(in_order([*day(["6900"], BEGIN - 3 * HOUR), *day(ORDERS_OF), *broken_ones, good]), PACE)
    played.start()
    played.play(BEGIN)  # what a start takes is of no interest here
    played.player.rate = CALM
    played.play(BEGIN + 35 * MINUTE)
    played.player.rate = PACE
    played.play(BEGIN + 5 * HOUR)
    flags = Shared(played.store).flags(QUARANTINE)
    assert [flag.name for flag in flags] == [f"{QUARANTINE}/shops/lela"]
    assert all_told(played, ORDERS_OF)
    late = _lateness(played)
    before = max(late[order] for order in ORDERS_OF[:9])
    beside = max(late[order] for order in ORDERS_OF[9:])
    with capsys.disabled():
        print(f"\nfrom a scan to its message, at most: {before:.2f} s, beside a flood of 10,000 {beside:.2f} s")
    assert beside < before + 1
    assert sent(played)["7777", "order_received"] == 0
    assert command(played, "redrive", "source", "/shops/lela", "--go").returncode == 0
    played.play(BEGIN + 6 * HOUR)
    assert sent(played)["7777", "order_received"] == 1


def _lateness(played: Any) -> dict[str, float]:
    """Order -> seconds of machine time between the parcel's first scan and the claim of the message about it."""
    scanned_at = {order: BEGIN + number * MINUTE + 10 * MINUTE for number, order in enumerate(ORDERS_OF)}
    shipped = [row for row in played.run().outcomes if row.kind == "shipped" and row.order in scanned_at]
    return {row.order: (_millis(row.at) - scanned_at[row.order]) / CALM / SECOND for row in shipped}


def _millis(text: str) -> Millis:
    return to_millis(datetime.fromisoformat(text))


@pytest.mark.played
def test_a_halted_run_reads_nothing_until_an_operator_resumes_it_and_loses_nothing(stage: SetUp) -> None:
    played = stage(day(ORDERS_OF), PACE)
    played.start()
    played.go_on(BEGIN + 15 * MINUTE)
    Shared(played.store).raise_flag(Flag(HALT, "our own code failed", "mend it"))
    until(lambda: _stands(played), "a mark that stands")
    before = sum(sent(played).values())
    played.player.skip(BEGIN + HOUR)
    assert _stands(played)
    assert sum(sent(played).values()) == before
    assert "our own code failed" in command(played, "doctor", "--offline").stdout
    command(played, "doctor", "--offline", "--resume")
    played.play(BEGIN + 4 * HOUR)
    assert all_told(played, ORDERS_OF)
    assert doubled(played) == []


def _stands(played: Any) -> bool:
    """Whether the mark has not moved within a while, though the clock went on."""
    progress, clock = Progress(played.store), played.player.clock
    mark = progress.mark()
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        time.sleep(0.1)
    return progress.mark() == mark and clock.now() >= (mark or 0)


@pytest.mark.played
def test_a_broken_bundle_is_refused_and_a_good_one_is_in_force_in_a_run_that_is_under_way(
    stage: SetUp, tmp_path: Path
) -> None:
    early, late = ORDERS_OF[:10], ORDERS_OF[10:]
    played = stage(in_order([*day(early), *day(late, BEGIN + 2 * HOUR)]), PACE)
    played.start()
    played.go_on(BEGIN + HOUR)
    shops = tmp_path / "shops"
    shutil.copytree(DEMO / "shops" / "sowa" / "2", shops / "sowa" / "3")
    file = shops / "sowa" / "3" / "shop.yaml"
    words = (
        file.read_text("utf-8").replace('version: "2"', 'version: "3"').replace("name: Sklep Sowa", "name: Nowa Sowa")
    )
    file.write_text(words + "\nunheard_of: 1\n", "utf-8")
    refused = command(played, "shops", "apply", str(shops))
    assert refused.returncode == 2
    file.write_text(words, "utf-8")
    applied = command(played, "shops", "apply", str(shops))
    assert applied.returncode == 0, applied.stderr
    played.play(BEGIN + 6 * HOUR)
    assert all_told(played, ORDERS_OF)
    versions = {order: {row.bundle for row in played.run().decisions if row.order == order} for order in ORDERS_OF}
    assert {order: versions[order] for order in late} == {order: {"3"} for order in late}
    assert any("3" not in versions[order] or len(versions[order]) > 1 for order in early)
    names = [
        one.subject + one.text + one.sender_name for one in played.sandbox.accepted() if "Nowa Sowa" in one.sender_name
    ]
    assert len(names) >= len(late) * 3


@pytest.mark.played
def test_a_rebuild_by_hand_disturbs_no_run_and_gives_what_a_whole_one_gives(stage: SetUp) -> None:
    played = stage(day(ORDERS_OF), PACE)
    played.start()
    for hours in (1, 2):
        played.play(BEGIN + hours * HOUR)
        done = command(played, "rebuild")
        assert done.returncode == 0, done.stderr
    played.play(BEGIN + 4 * HOUR)
    assert all_told(played, ORDERS_OF)
    assert doubled(played) == []
    cells = Cells(played.store)
    assert cells.newest().cut_off > BEGIN
