"""The guard: when a run halts, and when a source is set aside."""

import json

import pytest

from connectors.guarding import HALT, NAMELESS, QUARANTINE, Guard, Limits, source_of
from connectors.store.opening import Store
from connectors.store.progress import Progress
from connectors.store.shared import Shared
from schemas.messages import DeadLetter
from schemas.times import MINUTE, SECOND

LIMITS = Limits(own=3, own_within=5 * MINUTE, flood=3, flood_within=MINUTE)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000

    def __call__(self) -> int:
        return self.at


def event(source: str) -> bytes:
    return json.dumps({"source": source, "type": "broken"}).encode()


def bad(source: str, number: int = 1) -> list[DeadLetter]:
    return [DeadLetter("Normalize", "Field required", "data.order", event(source))] * number


def own(number: int = 1) -> list[DeadLetter]:
    return [DeadLetter("Plan", "KeyError at plan.py:12 in step", "sowa/c1", b"")] * number


def test_a_source_that_floods_is_set_aside_and_the_others_go_on(store: Store) -> None:
    guard = Guard(Shared(store), LIMITS, Hands(), position=17)
    guard.judge(bad("/shops/lela", 3))
    assert not guard.sets_aside(event("/shops/lela"))
    guard.judge(bad("/shops/lela"))
    assert guard.sets_aside(event("/shops/lela"))
    assert not guard.sets_aside(event("/shops/sowa"))
    assert Progress(store).mark(f"{QUARANTINE}/shops/lela") == 17
    assert "redrive source /shops/lela" in Shared(store).flags(QUARANTINE)[0].remedy


def test_a_look_sees_at_once_that_a_source_was_let_in_again(store: Store) -> None:
    guard = Guard(Shared(store), LIMITS, Hands())
    guard.judge(bad("/shops/lela", 4))
    assert guard.sets_aside(event("/shops/lela"))
    Shared(store).lower_flag(f"{QUARANTINE}/shops/lela")
    assert guard.sets_aside(event("/shops/lela"))
    guard.look()
    assert not guard.sets_aside(event("/shops/lela"))


def test_a_few_bad_events_now_and_then_are_no_flood(store: Store) -> None:
    clock = Hands()
    guard = Guard(Shared(store), LIMITS, clock)
    for _ in range(20):
        guard.judge(bad("/shops/lela"))
        clock.at += MINUTE // 2
    assert not guard.sets_aside(event("/shops/lela"))


def test_parts_of_webhooks_that_cannot_be_read_are_no_flood_but_whole_ones_are(store: Store) -> None:
    webhook = json.dumps({"source": "/shops/sowa/shopify", "type": "awizo.shop.reported.v1"}).encode()
    guard = Guard(Shared(store), LIMITS, Hands())
    guard.judge([DeadLetter("Normalize", "a title", "data.fulfillments[0].tracking_company", webhook)] * 20)
    assert not guard.sets_aside(webhook)
    guard.judge([DeadLetter("Normalize", "not JSON", "", webhook)] * 4)
    assert guard.sets_aside(webhook)


def test_failures_of_our_own_code_halt_the_run_until_an_operator_says_so(store: Store) -> None:
    clock = Hands()
    guard = Guard(Shared(store), LIMITS, clock)
    guard.judge([*own(3), *bad("/shops/lela")])
    assert not guard.is_halted()
    guard.judge(own())
    assert guard.is_halted()
    assert "plan.py:12" in Shared(store).flags(HALT)[0].reason
    clock.at += 10 * MINUTE
    assert guard.is_halted()
    Shared(store).lower_flag(HALT)
    clock.at += SECOND
    assert not guard.is_halted()


def test_one_worker_s_flag_holds_the_others(store: Store) -> None:
    clock = Hands()
    one, other = Guard(Shared(store), LIMITS, clock), Guard(Shared(store), LIMITS, clock)
    one.judge(own(4))
    assert other.is_halted()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"source": 7}', b'{"source": ""}', b"\xff\xfe"])
def test_what_names_no_source_is_nobody_s(text: bytes) -> None:
    assert source_of(text) == NAMELESS
