"""The ledger's rules, enumerated."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules.ledger import (
    CLOSED,
    EXPIRED,
    IN_FLIGHT,
    OPTED_OUT,
    SETTLED,
    SUPERSEDED,
    SUPERSEDED_IN_DOUBT,
    TOLD_BEFORE,
    TRANSITIONS,
    WAITING,
    Backoff,
    Event,
    Follow,
    Go,
    Identity,
    Never,
    Standing,
    State,
    Wait,
    again,
    follow,
    follow_all,
    key_of,
    last_checks,
    move,
    next_opening,
)

LOOK_UP = {Event.ABSENT, Event.LET_GO}
"""What comes of a look-up: not there, or not to be known, of a message that had rather come twice than never."""

DAY = ((100, 200), (300, 400))


def test_nothing_in_flight_is_sent_again_without_a_look_up() -> None:
    back = {event for (state, event), after in TRANSITIONS.items() if state in IN_FLIGHT and after in WAITING}
    assert back == LOOK_UP | {Event.NOT_SENT}
    assert (State.UNKNOWN, Event.NOT_SENT) not in TRANSITIONS
    assert not any(state in IN_FLIGHT and event == Event.CLAIM for state, event in TRANSITIONS)


def test_only_what_waits_can_be_claimed() -> None:
    claimed = {state for (state, event) in TRANSITIONS if event == Event.CLAIM}
    assert claimed == WAITING


def test_every_state_reaches_an_end() -> None:
    for state in State:
        reached, edge = {state}, {state}
        while edge:
            edge = {after for (before, _), after in TRANSITIONS.items() if before in edge} - reached
            reached |= edge
        assert reached & SETTLED


def test_nothing_withdrawn_waits_again() -> None:
    for state, event in itertools.product(State, Event):
        assert move(state, event, marked=True) not in WAITING


def test_a_withdrawal_ends_what_waits_marks_what_flies_and_leaves_what_was_sent() -> None:
    after = {state: move(state, Event.WITHDRAW) for state in State}
    assert {state for state, new in after.items() if new == State.FAILED} == {State.NEW, State.DEFERRED, State.PARKED}
    assert after[State.INTENT] == State.INTENT
    assert after[State.UNKNOWN] == State.UNKNOWN
    assert all(after[state] is None for state in SETTLED)


def test_evidence_wins_over_every_open_state() -> None:
    for state in (State.NEW, State.DEFERRED, State.INTENT, State.UNKNOWN, State.PARKED):
        assert move(state, Event.SEEN_SENT) == State.SENT
        assert move(state, Event.SEEN_DELIVERED) == State.DELIVERED


def test_delivered_is_never_taken_back() -> None:
    assert not any(state == State.DELIVERED for state, _ in TRANSITIONS)


@pytest.mark.parametrize(
    ("standing", "answer"),
    [
        (Standing(State.FAILED, SUPERSEDED), Follow.YES),
        (Standing(State.FAILED, "21614"), Follow.YES),
        (Standing(State.FAILED, EXPIRED), Follow.YES),
        (Standing(State.UNDELIVERED), Follow.YES),
        (Standing(State.FAILED, TOLD_BEFORE), Follow.NO),
        (Standing(State.FAILED, SUPERSEDED_IN_DOUBT), Follow.NO),
        (Standing(State.SENT), Follow.NO),
        (Standing(State.DELIVERED), Follow.NO),
        (Standing(State.INTENT), Follow.WAIT),
        (Standing(State.UNKNOWN), Follow.WAIT),
        (Standing(State.NEW), Follow.WAIT),
        (Standing(State.DEFERRED), Follow.WAIT),
        (Standing(State.PARKED), Follow.WAIT),
    ],
)
def test_a_generation_goes_only_after_what_surely_was_not_sent(standing: Standing, answer: Follow) -> None:
    assert follow(standing) == answer


def test_one_earlier_generation_that_was_sent_is_enough_to_stay_silent() -> None:
    assert follow_all([Standing(State.FAILED), Standing(State.SENT), Standing(State.INTENT)]) == Follow.NO
    assert follow_all([]) == Follow.YES


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (100, Go()),
        (199, Go()),
        (50, Wait(100, CLOSED)),
        (200, Wait(300, CLOSED)),
        (399, Go()),
        (400, Never(EXPIRED)),
    ],
)
def test_the_hour_decides_at_each_claim(now: int, verdict: object) -> None:
    assert last_checks(now, 400, DAY) == verdict


def test_an_opening_past_validity_is_no_opening() -> None:
    assert last_checks(250, 300, DAY) == Never(EXPIRED)


@pytest.mark.parametrize(
    ("wait", "valid_until", "moment"),
    [(900_000, 10_000_000, 901_000), (900_000, 601_000, 301_000), (900_000, 1_500, 2_000)],
)
def test_what_is_in_the_way_is_asked_about_again_while_there_is_time(wait: int, valid_until: int, moment: int) -> None:
    assert again(1_000, wait, valid_until) == moment


def test_no_interval_is_no_sending() -> None:
    assert last_checks(0, 1_000, ()) == Never(EXPIRED)


def test_a_message_waits_for_its_own_time() -> None:
    assert last_checks(100, 400, DAY, not_before=150) == Wait(150, CLOSED)


def test_a_suppressed_address_gets_nothing_whatever_the_hour() -> None:
    assert last_checks(100, 400, DAY, suppressed=True) == Never(OPTED_OUT)


@settings(deadline=None)
@given(st.integers(0, 500), st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=5))
def test_the_next_opening_lies_in_an_interval_and_none_comes_before(moment: int, spans: list[tuple[int, int]]) -> None:
    opening = next_opening(moment, spans)
    inside = [m for m in range(moment, 501) if any(opens <= m < closes for opens, closes in spans)]
    assert opening == min(inside, default=None)


def test_the_key_changes_with_every_part_of_the_identity() -> None:
    base = Identity("s", "r", "inpost/1", "shipped", "a", "sms", 0)
    others = [
        Identity("t", "r", "inpost/1", "shipped", "a", "sms", 0),
        Identity("s", "q", "inpost/1", "shipped", "a", "sms", 0),
        Identity("s", "r", "inpost/2", "shipped", "a", "sms", 0),
        Identity("s", "r", "inpost/1", "delivered", "a", "sms", 0),
        Identity("s", "r", "inpost/1", "shipped", "b", "sms", 0),
        Identity("s", "r", "inpost/1", "shipped", "a", "email", 0),
        Identity("s", "r", "inpost/1", "shipped", "a", "sms", 1),
    ]
    keys = {key_of(identity, b"secret") for identity in [base, *others]}
    assert len(keys) == 8
    assert key_of(base, b"secret") != key_of(base, b"another")
    assert all(len(key) == 32 and int(key, 16) for key in keys)


@settings(deadline=None)
@given(st.integers(1, 60), st.text(max_size=40))
def test_waits_grow_up_to_a_limit_and_never_undercut_the_provider(attempt: int, key: str) -> None:
    backoff = Backoff()
    wait = backoff.wait(attempt, key)
    assert wait == backoff.wait(attempt, key)
    assert backoff.first <= wait <= backoff.longest * 1.1
    assert backoff.wait(attempt, key, asked=10_000_000) == 10_000_000
