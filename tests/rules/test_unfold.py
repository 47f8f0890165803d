"""The loop over one key: order, wakes, doubles, failures, and the live steps that share it."""

import random
from dataclasses import replace

import msgspec
import pytest

from pipelines.rules.actor import Actor, Context, Step
from pipelines.rules.context import LogContext
from pipelines.rules.unfold import (
    EMPTY,
    RESTLESS,
    cause,
    dump_cell,
    live_arrival,
    live_wake,
    load_cell,
    name_in,
    recorded_in,
    unfold,
)
from schemas.parcels import Report, Scan
from schemas.times import Millis
from schemas.wire import Arrival, Stream, pack


class Diary(msgspec.Struct, frozen=True, array_like=True):
    """Everything that happened, and the wakes that are still wanted."""

    lines: tuple[str, ...] = ()
    wakes: tuple[Millis, ...] = ()


def _write(state: Diary | None, now: Millis, arrival: Arrival | None, _context: Context) -> Step[Diary]:
    """A code `+30` asks for a wake 30 ms later; `raise` raises; `end` forgets the key; `stuck` asks for now."""
    state = state or Diary()
    code = arrival.body.scans[0].raw_code if arrival is not None and isinstance(arrival.body, Report) else "wake"
    if code == "raise":
        raise LookupError("+48 500 000 000")
    if code == "end":
        return Step(None, ("ended",), None)
    if code == "stuck":
        return Step(state, ("never said",), now)
    wakes = tuple(wake for wake in state.wakes if wake > now)
    if code.startswith("+"):
        wakes = (*wakes, now + int(code))
    line = f"{now}:{code}"
    return Step(Diary((*state.lines, line), wakes), (line,), min(wakes, default=None))


def _open(state: Diary, until: Millis) -> tuple[str, ...]:
    return tuple(f"open at {until}: {wake}" for wake in state.wakes)


def _load(data: bytes) -> Diary:
    return msgspec.msgpack.decode(data, type=Diary)


DIARY = Actor("diary", _write, _load, msgspec.msgpack.encode, _open)
CONTEXT = LogContext({})


def through_bytes(actor: Actor) -> Actor:
    """The same actor, whose every state goes through its bytes."""

    def step(state: object, now: Millis, arrival: Arrival | None, context: Context) -> Step:
        made = actor.step(state, now, arrival, context)
        return made if made.state is None else made._replace(state=actor.load(actor.dump(made.state)))

    return replace(actor, step=step)


def at(recorded: Millis, code: str, name: str = "", stream: Stream = Stream.PARCELS) -> bytes:
    body = Report((Scan("tiny", "1", recorded, "in_transit", code, "tiny"),))
    return pack(Arrival(recorded, stream, "/tiny", name or f"{recorded}-{code}", body))


def lived(arrivals: list[bytes], until: Millis | None = None) -> list[object]:
    return [output for _, output in unfold(through_bytes(DIARY), arrivals, CONTEXT, until).said]


def test_arrivals_are_taken_in_their_order_whatever_the_order_they_come_in() -> None:
    arrivals = [at(1, "a"), at(2, "b", stream=Stream.ORDERS), at(2, "c", stream=Stream.NEWS), at(3, "d")]
    for seed in range(20):
        shuffled = random.Random(seed).sample(arrivals, len(arrivals))
        assert lived(shuffled) == ["1:a", "2:b", "2:c", "3:d"]


def test_an_event_counts_once_as_it_was_first_recorded() -> None:
    assert lived([at(9, "a", "x"), at(5, "b", "x"), at(7, "c", "x"), at(8, "d", "y")]) == ["5:b", "8:d"]


def test_wakes_due_before_or_with_an_arrival_run_before_it() -> None:
    assert lived([at(0, "+10"), at(9, "a"), at(10, "b"), at(11, "c")]) == ["0:+10", "9:a", "10:wake", "10:b", "11:c"]


def test_a_run_ends_with_the_wakes_of_that_moment_and_says_what_is_open() -> None:
    arrivals = [at(0, "+10"), at(0, "+20", "b"), at(30, "later")]
    assert lived(arrivals, until=10) == ["0:+10", "0:+20", "10:wake", "open at 10: 20"]


def test_a_run_until_all_is_quiet_leaves_no_wake() -> None:
    assert lived([at(0, "+10"), at(0, "+20", "b")]) == ["0:+10", "0:+20", "10:wake", "20:wake"]


def test_a_step_that_raises_leaves_the_state_and_the_key_goes_on() -> None:
    life = unfold(through_bytes(DIARY), [at(1, "a"), at(2, "raise"), at(3, "b")], CONTEXT)
    assert [output for _, output in life.said] == ["1:a", "3:b"]
    assert life.state == Diary(("1:a", "3:b"))
    assert [failure.original for failure in life.failed] == [at(2, "raise")]


def test_a_failure_names_class_and_place_and_no_value() -> None:
    (failure,) = unfold(DIARY, [at(2, "raise")], CONTEXT).failed
    assert failure.reason.startswith("LookupError at test_unfold.py:")
    assert "500" not in failure.reason


def test_a_wake_that_is_not_later_than_now_is_named_as_the_actors_bug() -> None:
    life = unfold(DIARY, [at(2, "stuck"), at(3, "a")], CONTEXT)
    assert [output for _, output in life.said] == ["3:a"]
    assert life.failed[0].reason.startswith("RestlessActor")


def test_an_actor_that_wakes_without_end_is_stopped() -> None:
    def restless(_state: object, now: Millis, _arrival: Arrival | None, _context: Context) -> Step:
        return Step(Diary(), (), now + 1)

    life = unfold(replace(DIARY, step=restless), [at(0, "a")], CONTEXT)
    assert life.now == RESTLESS
    assert [failure.reason for failure in life.failed] == ["RestlessActor"]


def test_a_key_that_was_forgotten_begins_anew() -> None:
    life = unfold(DIARY, [at(1, "a"), at(2, "end"), at(3, "b")], CONTEXT)
    assert [output for _, output in life.said] == ["1:a", "ended", "3:b"]
    assert life.state == Diary(("3:b",))


def test_bytes_that_cannot_be_read_are_buried_alone() -> None:
    broken = at(2, "x")[:-3]
    life = unfold(DIARY, [at(1, "a"), broken, at(3, "b")], CONTEXT)
    assert [output for _, output in life.said] == ["1:a", "3:b"]
    assert life.failed[0].original == broken


def test_a_packed_arrival_tells_its_name_and_time_without_being_unpacked() -> None:
    assert name_in(at(7, "a", "id")) == b"/tiny\0id"
    assert recorded_in(at(7, "a")) == 7


def test_a_cause_without_a_traceback_is_its_class() -> None:
    assert cause(ValueError("secret")) == "ValueError"


# live


def played(arrivals: list[bytes], until: Millis | None = None) -> list[object]:
    """The key's life by live steps: each arrival as it comes, wakes between them, every cell through its bytes."""
    cell, said = EMPTY, []
    for arrival in arrivals:
        while cell.wake_at is not None and cell.wake_at < recorded_in(arrival):
            cell, life = live_wake(DIARY, load_cell(dump_cell(cell)), cell.wake_at, CONTEXT)
            said += life.said
        cell, stepped = live_arrival(DIARY, load_cell(dump_cell(cell)), arrival, CONTEXT)
        said += stepped.said if stepped else []
    while cell.wake_at is not None and (until is None or cell.wake_at <= until):
        cell, life = live_wake(DIARY, load_cell(dump_cell(cell)), cell.wake_at, CONTEXT)
        said += life.said
    return [output for _, output in said]


@pytest.mark.parametrize("seed", range(50))
def test_live_steps_in_order_say_what_the_loop_says(seed: int) -> None:
    chance = random.Random(seed)
    codes = ["a", "+5", "+30", "+31", "raise", "end", "stuck"]
    arrivals = sorted(at(chance.randrange(100), chance.choice(codes), str(n)) for n in range(20))
    arrivals = [arrival for arrival in arrivals for _ in range(chance.choice((1, 1, 2)))]
    assert played(arrivals) == lived(arrivals)


def test_a_late_arrival_never_makes_now_go_back() -> None:
    assert played([at(50, "a"), at(40, "b"), at(60, "c")]) == ["50:a", "50:b", "60:c"]


def test_an_arrival_that_overtakes_a_due_wake_finds_it_done_first() -> None:
    cell, _ = live_arrival(DIARY, EMPTY, at(0, "+10"), CONTEXT)
    cell, life = live_arrival(DIARY, cell, at(15, "a"), CONTEXT)
    assert life is not None
    assert life.said == [(10, "10:wake"), (15, "15:a")]


def test_a_known_arrival_changes_nothing() -> None:
    cell, _ = live_arrival(DIARY, EMPTY, at(0, "a"), CONTEXT)
    assert live_arrival(DIARY, cell, at(0, "a"), CONTEXT) == (cell, None)


def test_a_cell_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        load_cell(b"\x7f" + dump_cell(EMPTY)[1:])
