"""Runs a log through the rules in plain Python, and lets its messages go as a provider would take them.

It only runs the rules; what they did is judged elsewhere, by code that knows nothing of this.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from checking.run import Outputs

from couriers.registry import read
from pipelines.rules.actor import Actor
from pipelines.rules.book import book_of
from pipelines.rules.context import LogContext, Reached, end_of, pack_entry
from pipelines.rules.gather import GATHER
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.plan import PLAN
from pipelines.rules.routes import route
from pipelines.rules.track import TRACK
from pipelines.rules.unfold import unfold
from pipelines.sinks import run_of
from schemas.messages import DeadLetter, Decision, Message, Notice, Outcome, Route, Slot, Withdraw
from schemas.shops import Bundle
from schemas.times import HOUR, MINUTE, Millis
from schemas.wire import Record, unpack_items, unpack_record

Bundles = dict[str, dict[str, Bundle]]
KEY = b"k" * 32
STAGES: tuple[tuple[str, Actor[Any], str], ...] = (
    ("track", TRACK, "gather"),
    ("gather", GATHER, "plan"),
    ("plan", PLAN, "deliver"),
)


class Said(NamedTuple):
    """What the rules said: packed items by recipient, packed records, and what could not be read."""

    items: dict[str, list[bytes]]
    records: list[bytes]
    dead: list[DeadLetter]


def run_rules(lines: Iterable[bytes], bundles: Bundles) -> Said:
    """The log until all is quiet. Raises RuntimeError for a step that fails."""
    door = Door(book_of(bundles, KEY), read)
    arrivals: dict[str, dict[str, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    entries, dead, last = [], [], 0
    for line in lines:
        recorded, items = normalize(line, door)
        last = max(last, recorded)
        for item in items:
            if isinstance(item, Keyed):
                arrivals[item.to][item.key].append(item.arrival)
            elif isinstance(item, DeadLetter):
                dead.append(item)
            else:
                entries.append(pack_entry(item))
    context = LogContext(bundles, [*entries, pack_entry(Reached(last))])
    return Said(arrivals["deliver"], _act(arrivals, context), dead)


def _act(arrivals: dict[str, dict[str, list[bytes]]], context: LogContext) -> list[bytes]:
    records: list[bytes] = []
    end = end_of("quiet", context)
    for name, actor, onward in STAGES:
        for key, values in arrivals[name].items():
            life = unfold(actor, values, context, end)
            if life.failed:
                raise RuntimeError(f"{name}: {life.failed[0].reason}")
            routed = route(name, key, life.said)
            records += routed.records
            for to, value in routed.onward:
                arrivals[onward][to].append(value)
    return records


class Provider(NamedTuple):
    """From when on it takes a message, and whether it refuses its address."""

    takes: Callable[[Message], Millis]
    refuses: Callable[[Message], bool]


def deliver(said: Said, provider: Provider | None = None) -> list[Record]:
    """Messages and what became of them: some go at once, some only after tries in vain, some find a bad address."""
    done: list[Record] = []
    for packed in said.items.values():
        desk = _Desk([], {}, set(), provider or MOODY)
        for item in (item for value in packed for item in unpack_items(value)):
            desk.let_go(item.at)
            if isinstance(item, Notice):
                desk.take(item)
            elif isinstance(item, Withdraw):
                desk.withdraw(item)
        desk.let_go(None)
        done += desk.done
    return done


class _Desk(NamedTuple):
    """One recipient's messages: what is over, what waits (with when it goes), and where something went."""

    done: list[Record]
    waiting: dict[tuple[str, tuple[Slot, ...], int], tuple[Millis, Message]]
    gone: set[tuple[Slot, str]]
    provider: Provider

    def take(self, notice: Notice) -> None:
        """Composes a message; the ways after its first are kept for a bad address."""
        message = _message(notice, notice.routes)
        self.done.append(message)
        goes = _goes(message, self.provider.takes(message))
        if goes is None:
            self._end(message, "failed", "expired", message.valid_until)
        elif goes == message.at:
            self._send(goes, message)
        else:
            self.waiting[message.channel, message.slots, message.generation] = goes, message

    def withdraw(self, item: Withdraw) -> None:
        """What still waits under these names does not go."""
        for channel in item.channels:
            _goes_at, message = self.waiting.pop((channel, item.slots, item.generation), (0, None))
            if message is not None:
                self._end(message, "failed", "superseded", item.at)

    def let_go(self, until: Millis | None) -> None:
        """Sends what was due before the moment."""
        for name, (goes, message) in sorted(self.waiting.items(), key=lambda entry: entry[1][0]):
            if until is None or goes < until:
                del self.waiting[name]
                self._send(goes, message)

    def _send(self, goes: Millis, message: Message) -> None:
        if any((slot, message.channel) in self.gone for slot in message.slots):
            return self._end(message, "failed", "told_before", goes)
        if message.otherwise is not None and self.provider.refuses(message):
            self._end(message, "failed", "21211", goes)
            later = _goes(message.otherwise, goes)
            return None if later is None or later != goes else self._send(goes, message.otherwise)
        self.gone.update((slot, message.channel) for slot in message.slots)
        return self._end(message, "sent", "", goes)

    def _end(self, message: Message, state: str, reason: str, at: Millis) -> None:
        self.done.append(
            Outcome(
                message.shop, message.recipient, message.order, message.kind, message.channel, message.slots,
                message.generation, state, at, reason,
            )
        )  # fmt: skip


def _fate(message: Message, word: str) -> float:
    """A number from 0 to 1 that belongs to the message: the same in every run."""
    name = repr((word, message.recipient, message.slots, message.channel)).encode()
    return int.from_bytes(blake2b(name, digest_size=4).digest()) / 2**32


def _wait(message: Message) -> Millis:
    """When it is first fit to go, as far as the provider is concerned: most at once, some after tries in vain."""
    fate = _fate(message, "wait")
    return message.at + (0 if fate < 0.7 else int(fate * 20) * MINUTE if fate < 0.9 else int(fate * 10) * HOUR)


def _refuses(message: Message) -> bool:
    """Whether the address turns out to be bad."""
    return _fate(message, "address") < 0.05


MOODY = Provider(_wait, _refuses)
"""A provider with its ups and downs, the same in every run."""


def _goes(message: Message, ready: Millis) -> Millis | None:
    """The first open moment from then on; None if it is over before."""
    opens = [max(ready, begins) for begins, ends in message.intervals if ready < ends]
    return opens[0] if opens and opens[0] < message.valid_until else None


def _message(notice: Notice, routes: tuple[Route, ...]) -> Message:
    way, *others = routes
    return Message(
        shop=notice.shop,
        bundle=notice.bundle,
        recipient=notice.recipient,
        order=notice.order.order,
        kind=notice.kind,
        cls=notice.cls,
        priority=notice.priority,
        locale=notice.locale,
        slots=notice.slots,
        generation=notice.generation,
        at=notice.at,
        valid_until=notice.valid_until,
        intervals=way.intervals or notice.intervals,
        channel=way.channel,
        to=way.to,
        country=way.country,
        sender="",
        cause=notice.cause,
        otherwise=_message(notice, tuple(others)) if others else None,
    )


def outputs(said: Said, delivered: Iterable[Record]) -> Outputs:
    """The rows that a replay's files would hold."""
    run = run_of([*map(unpack_record, said.records), *delivered])
    return Outputs(*(_rows(getattr(run, name)) for name in Outputs._fields))


def decisions(said: Said) -> list[bytes]:
    """The packed decisions, sorted."""
    return sorted(record for record in said.records if isinstance(unpack_record(record), Decision))


def _rows(rows: Any) -> list[dict[str, Any]]:
    return list(json.loads(msgspec.json.encode(rows)))
