"""Fencing: a restored store has forgotten what was sent since. Whatever may have gone in that time is in doubt.

Two sorts of messages may: those that wait or were in flight in the restored store, and those whose rows are lost, which
come again from the log. The first are put in doubt at once, the second when they are handed over. All are looked up
before they go, and not before what was sent last can be listed.

Where the log was lost with the rest, its events are published anew after the fence, and are handed over as of then. So
it reaches ahead: what is handed over before `ahead` is over is looked up first, too.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, null, select

from connectors.store.claims import At
from connectors.store.schema import fences, ledger
from pipelines.rules.doubt import first_look
from pipelines.rules.ledger import FENCED, IN_DOUBT, IN_FLIGHT, WAITING, Event, State, move
from schemas.times import HOUR, Millis

_COVERS = select(func.min(fences.c.since), func.max(fences.c.at)).where(fences.c.until >= bindparam("handed_over"))


@dataclass(frozen=True)
class Fenced:
    """How many messages that waited or were in flight are in doubt, and how many parked ones may have been sent."""

    doubted: int
    parked: int


AHEAD: Millis = HOUR
"""For how long the events of the lost time are expected to come in again."""


def fence(connection: Connection, since: Millis, at: At, ahead: Millis = 0) -> Fenced:
    """Put in doubt what may have been sent from `since` (message time: to when the store was restored) to now."""
    connection.execute(fences.insert().values(since=since, until=at.now + ahead, at=at.machine))
    state = {move(State(each), Event.FENCE) for each in WAITING | IN_FLIGHT}
    doubt = {
        "state": state.pop(),
        "reason": FENCED,
        "epoch": ledger.c.epoch + 1,
        "looks": 0,
        "look_after": first_look(at.machine),
        "claimed_at": case((ledger.c.claimed_at == 0, since), else_=ledger.c.claimed_at),
        "due_at": null(),
        "decided_at": at.now,
        "updated": at.machine,
    }
    was_due = ledger.c.state.in_(sorted(WAITING)) & (ledger.c.due_at <= at.now)
    leads = ledger.c.key == ledger.c.leader
    led = select(ledger.c.leader).where(leads, was_due | ledger.c.state.in_(sorted(IN_FLIGHT)))
    doubted = connection.execute(
        ledger.update().where(ledger.c.leader.in_(led)).values(doubt).returning(ledger.c.key, ledger.c.leader)
    ).all()
    parked = connection.execute(
        ledger.update().where(ledger.c.state == State.PARKED).values(reason=IN_DOUBT).returning(leads)
    ).all()
    return Fenced(sum(row.key == row.leader for row in doubted), sum(bool(is_leader) for (is_leader,) in parked))


def doubt_of_new(connection: Connection, handed_over: Millis) -> dict[str, object] | None:
    """The columns of a new row whose message was handed over (message time) in a time that a fence covers: it may have
    been sent then. None if there is no such fence."""
    since, put_up = connection.execute(_COVERS, {"handed_over": handed_over}).one()
    if since is None:
        return None
    return {
        "state": State.UNKNOWN,
        "reason": FENCED,
        "due_at": None,
        "look_after": first_look(put_up),
        "claimed_at": min(handed_over, since),
        "updated": put_up,
    }
