"""Courses that parcels take: statuses with what their couriers may say beside them, likely ones and odd ones."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.status import MOVES, Status

_S = Status


class Step(NamedTuple):
    """A scan to come: its status, what qualifies it, and about how many hours after the one before."""

    status: str
    hours: float
    more: Mapping[str, Any] = MappingProxyType({})


_START = (Step(_S.LABEL_CREATED, 2), Step(_S.ACCEPTED, 5), Step(_S.IN_TRANSIT, 8))
_DEPOT = Step(_S.AT_DELIVERY_DEPOT, 12)
_OUT = Step(_S.OUT_FOR_DELIVERY, 5)
_READY = Step(_S.READY_FOR_PICKUP, 4, {"deadline": 48})
_BACK = (Step(_S.RETURNING, 20), Step(_S.RETURNED, 40))
_ATTEMPT = Step(_S.DELIVERY_ATTEMPTED, 5, {"reason": "consignee_not_home"})
_DAMAGED = Step(_S.EXCEPTION, 10, {"reason": "damaged_in_transit"})
_READY_AGAIN = Step(_S.READY_FOR_PICKUP, 6, {"deadline": 72})
_EXPIRED = Step(_S.PICKUP_EXPIRED, 49)
_WAIT = Step(_S.HELD, 10, {"reason": "customs_documentation", "action": "recipient"})

COURSES: tuple[tuple[Step, ...], ...] = (
    (*_START, _DEPOT, _OUT, Step(_S.DELIVERED, 4)),
    (*_START, _OUT, Step(_S.DELIVERED, 6)),
    (*_START, _DEPOT, _OUT, _ATTEMPT, Step(_S.OUT_FOR_DELIVERY, 18), Step(_S.DELIVERED, 5)),
    (*_START, _OUT, _ATTEMPT, Step(_S.OUT_FOR_DELIVERY, 18), _ATTEMPT, _READY, Step(_S.DELIVERED, 20)),
    (*_START, _OUT, _READY, Step(_S.DELIVERED, 15)),
    (*_START, _DEPOT, _READY, Step(_S.DELIVERED, 40)),
    (*_START, _OUT, _READY, _EXPIRED, *_BACK),
    (*_START, _READY, _EXPIRED, _READY_AGAIN, Step(_S.DELIVERED, 9)),
    (*_START, Step(_S.IN_CUSTOMS, 20), _WAIT, Step(_S.IN_TRANSIT, 30), _OUT, Step(_S.DELIVERED, 4)),
    (*_START, Step(_S.DELAYED, 10, {"eta": 60}), _DEPOT, _OUT, Step(_S.DELIVERED, 4)),
    (*_START, _DAMAGED, Step(_S.IN_TRANSIT, 1.5), _OUT, Step(_S.DELIVERED, 4)),
    (*_START, Step(_S.EXCEPTION, 10), Step(_S.UNDELIVERABLE, 10), *_BACK),
    (*_START, Step(_S.LOST, 70), Step(_S.IN_TRANSIT, 20), _OUT, Step(_S.DELIVERED, 4)),
    (*_START, _OUT, Step(_S.DELIVERED, 4), Step(_S.DELIVERY_ATTEMPTED, 2), Step(_S.DELIVERED, 20)),
    (Step(_S.LABEL_CREATED, 2), Step(_S.CANCELLED, 20)),
    (Step(_S.LABEL_CREATED, 2, {"reason": "handover_failed"}), *_START[1:], _DEPOT, _OUT, Step(_S.DELIVERED, 3)),
    (*_START, _DEPOT),
)  # fmt: skip


def course(chance: Random) -> list[Step]:
    """A course: mostly one of the likely ones, now and then a walk at random."""
    return _walk(chance) if chance.random() < 0.2 else list(chance.choice(COURSES))


def _walk(chance: Random) -> list[Step]:
    """Any legal moves, with a few that are not."""
    steps = [Step(_S.ACCEPTED, 3)]
    for _ in range(chance.randint(2, 9)):
        legal = sorted(MOVES[steps[-1].status]) or sorted(_S)
        status = chance.choice(sorted(_S)[1:]) if chance.random() < 0.15 else chance.choice(legal)
        more = {"deadline": chance.choice((20, 48, 72))} if status == _S.READY_FOR_PICKUP else {}
        action = {"action": "recipient"} if status == _S.HELD and chance.random() < 0.6 else {}
        steps.append(Step(status, chance.choice((0.3, 2, 6, 14, 30)), {**more, **action}))
    return steps
