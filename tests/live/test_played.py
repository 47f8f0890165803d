"""The demo live, on one machine, in real processes: what a replay says is said, once, whatever dies on the way."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.store.schema import ledger
from pipelines.playing import Cue
from pipelines.replay import Wanted, replay
from pipelines.report.run import Run, read_run
from schemas.settings import PERSON_KEY, keys_of, read
from schemas.streams import ORDERS
from schemas.times import DAY, HOUR, Millis
from tests.live.plays import lines

DEMO = Path(__file__).parents[2] / "infra" / "demo"
PACE = 6_000
SLOWLY = 1_200
Stage = Any
SetUp = Callable[..., Stage]


def until_then(cues: list[Cue], after: Millis) -> list[Cue]:
    """What comes within so long of the first cue."""
    return [cue for cue in cues if cue.at < cues[0].at + after]


def said(run: Run) -> Counter[tuple[Any, ...]]:
    """Each message: to whom, about what, on which channel, when it was decided."""
    slots = [tuple((slot.subject, slot.kind, slot.occurrence) for slot in message.slots) for message in run.messages]
    return Counter(
        (m.shop, m.recipient, m.kind, m.channel, m.generation, slot, m.at)
        for m, slot in zip(run.messages, slots, strict=True)
    )


def decided(run: Run) -> dict[tuple[str, ...], Any]:
    """Each decision's last word; what a replay still holds at its end is none yet."""
    words = [d for d in run.decisions if d.verdicts != {"": "held"}]
    return {(d.shop, d.recipient, d.order, d.subject, d.kind, d.occurrence): (d.verdicts, d.at) for d in words}


def replayed(events: Iterable[bytes], until: Millis, folder: Path) -> Run:
    """What a replay of these events says until then."""
    folder.mkdir()
    log = folder / "log.jsonl"
    log.write_bytes(b"".join(event + b"\n" for event in events))
    replay(Wanted((str(log),), DEMO / "shops", folder, until=until), keys_of(read(PERSON_KEY, {})))
    return read_run(folder)


def hold_to_replay(live: Run, expected: Run, cues: list[Cue]) -> None:
    """The same decisions and messages as a replay of the log as it was recorded gives: behind what the pipeline itself
    told the log, an event is recorded later than the story has it. At this pace minutes go by between two stages: what
    goes to Gather or Plan by a shorter way (a customer's word, a receipt, a link) may come before news that was
    recorded minutes earlier, and of an order's several parcels one before the other. Of two orders in one parcel, that
    one speaks for it which comes first."""
    parcels = Counter(order.order for order in expected.orders for _ in order.parcels)
    shortcuts = {name for cue in cues for name in _by_a_shorter_way(cue)}
    shortcuts |= {order for order, number in parcels.items() if number > 1}
    ours, theirs = decided(live), decided(expected)
    shortcuts |= {name[2] for name in theirs for other in theirs if name[3] == other[3] and name[2] != other[2]}
    assert ours.keys() == theirs.keys()
    apart = {(name[1], name[2]) for name in ours if ours[name] != theirs[name]}
    assert [pair for pair in apart if not shortcuts & set(pair)] == []
    assert len(apart) <= 5
    assert sum((said(live) - said(expected)).values()) <= 5
    assert sum((said(expected) - said(live)).values()) <= 5


def _by_a_shorter_way(cue: Cue) -> tuple[str, ...]:
    """The customer or the order of an event that overtakes news at a high pace."""
    if cue.entry.stream.name not in ("customers", "receipts", "orders"):
        return ()
    try:
        event = json.loads(cue.entry.event)
        data = event["data"]
    except (ValueError, KeyError, TypeError):
        return ()
    if event["type"] == "awizo.shipment.linked.v1":
        return (data["order"],)
    who = data.get("who") or {}
    return tuple(filter(None, (who.get("customer"), data.get("recipient"))))


def lost(live: Run, expected: Run) -> list[tuple[Any, ...]]:
    """What the replay sent and the live run did not, with what became of it; None: nobody has heard of it."""
    sent = [_place(outcome) for outcome in expected.outcomes if outcome.state == "sent"]
    became = {_place(outcome): (outcome.state, outcome.reason, outcome.at) for outcome in live.outcomes}
    return [(place, became.get(place)) for place in sent if became.get(place, ("",))[0] != "sent"]


def _place(outcome: Any) -> tuple[Any, ...]:
    slots = tuple((slot.subject, slot.kind, slot.occurrence) for slot in outcome.slots)
    return (outcome.shop, outcome.recipient, outcome.channel, outcome.generation, slots)


def in_doubt(stage: Stage) -> int:
    """Messages in flight, or in doubt."""
    with stage.store.reading() as connection:
        query = select(func.count()).where(ledger.c.state.in_(("intent", "unknown")))
        return connection.scalar(query) or 0


def test_two_days_played_live_say_what_the_replay_of_their_log_says(
    stage: SetUp, cues: list[Cue], tmp_path: Path
) -> None:
    some = until_then(cues, 2 * DAY)
    until = some[-1].at + 12 * HOUR
    played = stage(some, PACE)
    played.start()
    assert played.player.play(played.stopped, played.is_alive, until)
    played.end()
    expected = replayed(lines(played), until, tmp_path / "replay")
    assert decided(played.run()) == decided(expected)
    assert said(played.run()) == said(expected)
    assert len(played.sandbox.accepted()) > 25


@pytest.mark.played
def test_the_whole_demo_played_live_says_what_its_replay_says(stage: SetUp, cues: list[Cue], tmp_path: Path) -> None:
    until = cues[-1].at + 4 * DAY
    played = stage(cues, PACE)
    played.start()
    assert played.player.play(played.stopped, played.is_alive, until)
    played.end()
    expected = replayed(lines(played), until, tmp_path / "replay")
    hold_to_replay(played.run(), expected, cues)


@pytest.mark.played
def test_a_pipeline_killed_twenty_times_loses_and_doubles_nothing(
    stage: SetUp, cues: list[Cue], tmp_path: Path
) -> None:
    """Slowly: what a death costs is seconds, and at the pace of the whole demo they are hours, in which a message may
    rightly become pointless, or its day end."""
    some = until_then(cues, 3 * DAY + 12 * HOUR)
    until = some[-1].at + 6 * HOUR  # quiet by then
    chance = random.Random(20261025)
    begin = next(cue.at for cue in some if cue.entry.stream == ORDERS)
    deaths = sorted(chance.randrange(begin, some[-1].at + HOUR) for _ in range(20))
    played = stage(some, SLOWLY)
    played.start()
    killer = threading.Thread(target=_kill_at, args=(played, list(deaths)), daemon=True)
    killer.start()
    while not played.player.play(played.stopped, played.is_alive, until):
        played.start()
        _settled(played)
    killer.join()
    played.settle()
    played.end()
    assert played.starts == 21
    expected = replayed(lines(played), until, tmp_path / "replay")
    keys = Counter(one.key for one in played.sandbox.accepted())
    assert [key for key, times in keys.items() if times > 1] == []
    live = played.run()
    assert lost(live, expected) == []
    assert Counter(outcome.state for outcome in live.outcomes)["sent"] == len(keys) > 80
    assert {message.kind for message in live.messages} >= {"pickup_reminder", "ready_for_pickup"}
    hold_to_replay(live, expected, some)


def _kill_at(played: Stage, deaths: list[Millis]) -> None:
    """Kill the pipeline when the story is there; the story stands until it is back."""
    while deaths:
        if played.player.clock.now() >= deaths[0] and played.is_alive() and played.player.clock.rate() > 0:
            deaths.pop(0)
            played.kill()
        time.sleep(0.01)


def _settled(played: Stage) -> None:
    """Wait until nothing is in doubt: the story goes thousands of times as fast as the providers' settling."""
    deadline = time.monotonic() + 400
    while in_doubt(played) and time.monotonic() < deadline:
        time.sleep(0.5)
