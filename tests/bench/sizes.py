"""How much is held: bytes of the states, as actors write them."""

from collections.abc import Iterable

from pipelines.graph import ACTORS, Log
from pipelines.rules.actor import Actor
from pipelines.rules.context import LogContext
from pipelines.rules.normalize import Keyed, normalize
from pipelines.rules.routes import route
from pipelines.rules.unfold import unfold
from tests.bench.logs import log as made


def states(log: Log, lines: Iterable[bytes]) -> dict[str, list[int]]:
    """Bytes of each key's state at the end of the log, by actor."""
    waiting: dict[str, dict[str, list[bytes]]] = {"track": {}, "gather": {}, "plan": {}}
    for line in lines:
        for item in normalize(line, log.door).items:
            if isinstance(item, Keyed):
                waiting[item.to].setdefault(item.key, []).append(item.arrival)
    context = LogContext(log.bundles)
    last = max(int.from_bytes(value[1:9]) for keys in waiting.values() for values in keys.values() for value in values)
    sizes = {}
    for actor, following in zip(ACTORS, ("gather", "plan", "end"), strict=True):
        sizes[actor.name] = list(_lives(actor, waiting, following, context, last))
    return sizes


def _lives(actor: Actor, waiting: dict, following: str, context: LogContext, last: int) -> Iterable[int]:
    onward = waiting.setdefault(following, {})
    for key, values in waiting[actor.name].items():
        life = unfold(actor, values, context, last)
        for to, value in route(actor.name, key, life.said).onward:
            onward.setdefault(to, []).append(value)
        if life.state is not None:
            yield len(actor.dump(life.state))


def of_a_parcel(log: Log, scans: int) -> int:
    """Bytes of Track for one parcel with so many scans."""
    return states(log, made(1, scans))["track"][0]


def of_an_open_order(log: Log, orders: int) -> tuple[int, int]:
    """Bytes of Plan for a recipient with so many open orders, and bytes that each further order adds."""
    many = states(log, _of_one_customer(orders))["plan"]
    few = states(log, _of_one_customer(1))["plan"]
    return max(many), (max(many) - max(few)) // max(1, orders - 1)


def _of_one_customer(orders: int) -> list[bytes]:
    """A log whose parcels all are one customer's, under way at its end."""
    under_way = [line for line in made(2 * orders, 8) if b'"status":"delivered"' not in line]
    lines = [line for line in under_way if b'"lela"' not in line or b"courier" in line]
    return [line.replace(customer, b'"customer":"c0"') for line in lines for customer in [_customer(line)]]


def _customer(line: bytes) -> bytes:
    start = line.find(b'"customer":')
    return line[start : line.index(b",", start)] if start >= 0 else b"\0"
