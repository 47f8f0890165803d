"""What a run that is behind its log lets go, and when."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.abreast import BEHIND, Abreast
from connectors.clock import Clock, StoreClock
from connectors.due import Due
from connectors.sandbox.server import Sandbox
from connectors.store.claims import At, Deferred, Settled
from connectors.store.opening import Store
from connectors.store.progress import Progress
from pipelines.rules.ledger import CATCHING_UP, SUPERSEDED
from schemas.times import DAY, HOUR, MINUTE, SECOND

NOW = 100 * DAY


@pytest.fixture
def set_to(store: Store) -> Callable[[int], Abreast]:
    """A run's gate, the clock standing at a moment."""

    def at(now: int) -> Abreast:
        clock = StoreClock(store, lambda: 5_000)
        clock.set(Clock(now, 5_000, 0))
        return Abreast(Progress(store), clock)

    return at


def test_what_was_decided_a_moment_ago_may_go_and_what_a_backlog_brings_waits(set_to: Any) -> None:
    abreast = set_to(NOW)
    assert not abreast.is_stale(NOW - BEHIND)
    assert abreast.is_stale(NOW - BEHIND - 1)


def test_what_falls_due_waits_until_the_run_has_come_to_where_the_clock_was(set_to: Any, store: Store) -> None:
    abreast = set_to(NOW)
    assert not abreast.may_take_up()
    Progress(store).reach(NOW - MINUTE)
    assert not abreast.may_take_up()
    abreast.clock.set(Clock(NOW + HOUR, 5_000, 0))
    assert not abreast.may_take_up()
    Progress(store).reach(NOW)
    assert abreast.may_take_up()
    assert not abreast.may_take_up()  # an hour behind again: the next time it waits for that hour
    Progress(store).reach(NOW + HOUR - BEHIND)
    assert abreast.may_take_up()


def test_a_message_that_waits_for_the_backlog_goes_if_that_says_nothing_and_not_if_it_does(
    open_to: Any, sandbox: Sandbox, say: Any, undo: Any
) -> None:
    opened = open_to(sandbox)
    at = At(2_000, opened.delivery.machine())
    one, other = say("a"), say("b")
    held = [claim for each in (one, other) for claim in opened.delivery.hand_over(each, at, CATCHING_UP)]
    assert all(isinstance(claim, Deferred) and claim.row.reason == CATCHING_UP for claim in held)
    assert sandbox.accepted() == []
    opened.delivery.hand_over(undo("b"), at)
    later = At(2_000 + 2 * SECOND, at.machine)
    due = Due(opened.delivery.ledger, lambda: later)
    assert due.poll(waiting=False) == []
    rows = due.poll()
    done = [opened.delivery.take_up(row.leader, row.channel, row.state, later) for row in rows]
    assert [claim.row.state for claim in done if isinstance(claim, Settled) and claim.row] == ["sent"]
    assert len(sandbox.accepted()) == 1
    gone = opened.delivery.hand_over(other, later)[0]
    assert isinstance(gone, Settled)
    assert gone.row is not None
    assert gone.row.reason == SUPERSEDED
