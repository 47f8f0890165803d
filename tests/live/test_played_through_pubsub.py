"""The demo live through Pub/Sub, in real processes: the log in the store is what came, once, and its replay says the
same; a pipeline that is killed loses and doubles nothing."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from emulator import made
from sqlalchemy import func, select

from connectors.log.pubsub import Place, PubSub
from connectors.log.store_log import Logged, StoreLog
from connectors.store.schema import ledger
from pipelines.playing import Cue
from pipelines.replay import Wanted, replay
from pipelines.report.run import Run, read_run
from schemas.settings import PERSON_KEY, keys_of, read
from schemas.streams import DECISIONS, OUTCOMES, RESULTS, Stream
from schemas.times import DAY, HOUR, Millis

DEMO = Path(__file__).parents[2] / "infra" / "demo"
PACE = 1_200  # a latency of seconds is half an hour: more would be a story of its own
OURS = b'"source":"/awizo/track'  # what the pipeline tells itself
Stage = Any
SetUp = Callable[..., Stage]


def environment(place: Place) -> dict[str, str]:
    return {"AWIZO_LOG": "pubsub", "AWIZO_PUBSUB_PROJECT": place.project}


def archive(stage: Stage) -> list[Logged]:
    """All that the log in the store holds."""
    return StoreLog(stage.store, lambda: 0).read(0, 100_000)


def came(log: Sequence[Logged]) -> Counter[bytes]:
    """What the log has of others."""
    return Counter(one.event for one in log if OURS not in one.event)


def replayed(log: Sequence[Logged], until: Millis, folder: Path) -> Run:
    """What a replay of the log says, recorded when the log recorded it."""
    folder.mkdir()
    file = folder / "log.jsonl"
    file.write_bytes(b"".join(_line(one) + b"\n" for one in log))
    replay(Wanted((str(file),), DEMO / "shops", folder, until=until), keys_of(read(PERSON_KEY, {})))
    return read_run(folder)


def _line(one: Logged) -> bytes:
    try:
        event = json.loads(one.event)
    except ValueError:
        return one.event
    if not isinstance(event, dict):
        return one.event
    at = datetime.fromtimestamp(one.recorded_at / 1000, UTC).isoformat()
    return json.dumps(event | {"recordedtime": at}).encode()


def slots(run: Run) -> dict[tuple[str, ...], Any]:
    """Each decision's last word; when it fell is the pipeline's own latency, thousands of times over."""
    return {(d.shop, d.recipient, d.order, d.subject, d.kind, d.occurrence): d.verdicts for d in run.decisions}


def pulled(pubsub: PubSub, stream: Stream) -> list[dict[str, Any]]:
    """The rows that somebody else reads of a result topic."""
    found: list[dict[str, Any]] = []
    while some := pubsub.pull(stream, 500, 3.0):
        found += [json.loads(one.event) for one in some]
        pubsub.acknowledge(stream, [one.ack_id for one in some])
    return found


def apart(live: Run, expected: Run) -> list[Any]:
    ours, theirs = slots(live), slots(expected)
    return [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]


@pytest.mark.played
def test_two_days_through_pubsub_say_what_the_replay_of_their_log_says(
    stage: SetUp, cues: list[Cue], place: Place, tmp_path: Path
) -> None:
    some = [cue for cue in cues if cue.at < cues[0].at + 2 * DAY]
    until = some[-1].at + 12 * HOUR
    pubsub = made(place)
    for stream in RESULTS:
        pubsub.make_subscription(stream)
    played = stage(some, PACE, publisher=pubsub, **environment(place))
    played.start()
    assert played.player.play(played.stopped, played.is_alive, until)
    played.end()
    log, live = archive(played), played.run()
    assert came(log) == Counter(cue.entry.event for cue in some)
    assert apart(live, replayed(log, until, tmp_path / "replay")) == []
    assert len(played.sandbox.accepted()) > 25
    decisions = pulled(pubsub, DECISIONS)
    assert {(row["subject"], row["kind"], row["recipient"]) for row in decisions} == {
        (decision.subject, decision.kind, decision.recipient) for decision in live.decisions
    }
    assert {row["key"] for row in pulled(pubsub, OUTCOMES) if row["state"] == "sent"} == {
        one.key for one in played.sandbox.accepted()
    }


@pytest.mark.played
def test_a_pipeline_killed_at_random_moments_loses_and_doubles_nothing_of_what_came_by_pubsub(
    stage: SetUp, cues: list[Cue], place: Place, tmp_path: Path
) -> None:
    some = [cue for cue in cues if cue.at < cues[0].at + 2 * DAY]
    until = some[-1].at + 12 * HOUR
    chance = random.Random(20261128)
    deaths = sorted(chance.randrange(some[0].at, until - 6 * HOUR) for _ in range(5))
    played = stage(some, PACE, publisher=made(place), **environment(place))
    played.start()
    killer = threading.Thread(target=_kill_at, args=(played, deaths), daemon=True)
    killer.start()
    while not played.player.play(played.stopped, played.is_alive, until):
        played.start()
    killer.join(30)
    _settled(played)
    played.end()
    assert (played.starts, deaths) == (6, [])
    log, live = archive(played), played.run()
    assert came(log) == Counter(cue.entry.event for cue in some)
    keys = Counter(one.key for one in played.sandbox.accepted())
    assert [key for key, times in keys.items() if times > 1] == []
    states = Counter(outcome.state for outcome in live.outcomes)
    assert set(states) <= {"sent", "failed"}
    assert states["sent"] == len(keys) > 25
    assert len(apart(live, replayed(log, until, tmp_path / "replay"))) <= 5  # as in test_played: minutes by latency


def _kill_at(played: Stage, deaths: list[Millis]) -> None:
    """Kill the pipeline when the story is there; the story stands until it is back."""
    while deaths:
        if played.player.clock.now() >= deaths[0] and played.is_alive() and played.player.clock.rate() > 0:
            deaths.pop(0)
            played.kill()
        time.sleep(0.01)


def _settled(played: Stage) -> None:
    """Wait until nothing is in doubt."""
    deadline = time.monotonic() + 400
    query = select(func.count()).where(ledger.c.state.in_(("intent", "unknown")))
    while time.monotonic() < deadline:
        with played.store.reading() as connection:
            if not connection.scalar(query):
                return
        time.sleep(0.5)
