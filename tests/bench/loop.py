"""The plain-Python loop over the same reducers: the same bytes in, the same decisions out, no Beam."""

from collections import defaultdict
from collections.abc import Iterable

from pipelines.graph import Actors
from pipelines.rules.actor import Actor
from pipelines.rules.context import Bundles, LogContext, Reached, Until, end_of, pack_entry
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.routes import route
from pipelines.rules.unfold import unfold
from schemas.messages import DeadLetter
from schemas.times import Millis

Keys = dict[str, list[bytes]]


def run(
    lines: Iterable[bytes], door: Door, bundles: Bundles, actors: Actors, until: Until = "last"
) -> tuple[Keys, list[bytes]]:
    """Items by recipient, and all records, as `pipelines.graph.Decide` gives them."""
    arrivals: dict[str, Keys] = {"track": defaultdict(list), "gather": defaultdict(list), "plan": defaultdict(list)}
    entries: list[bytes] = []
    last: Millis = 0
    for line in lines:
        recorded, items = normalize(line, door)
        last = max(last, recorded)
        for item in items:
            if isinstance(item, Keyed):
                arrivals[item.to][item.key].append(item.arrival)
            elif not isinstance(item, DeadLetter):
                entries.append(pack_entry(item))
    entries.append(pack_entry(Reached(last)))
    context, records = LogContext(bundles, entries), []
    end = end_of(until, context)
    _act(actors.track, arrivals["track"], context, end, arrivals["gather"], records)
    _act(actors.gather, arrivals["gather"], context, end, arrivals["plan"], records)
    said: Keys = defaultdict(list)
    _act(actors.plan, arrivals["plan"], context, end, said, records)
    return said, records


def _act(
    actor: Actor, arrivals: Keys, context: LogContext, end: Millis | None, onward: Keys, records: list[bytes]
) -> None:
    for key, values in arrivals.items():
        life = unfold(actor, values, context, end)
        if life.failed:
            raise RuntimeError(f"{actor.name}: {life.failed[0].reason}")
        routed = route(actor.name, key, life.said)
        for to, value in routed.onward:
            onward[to].append(value)
        records.extend(routed.records)
