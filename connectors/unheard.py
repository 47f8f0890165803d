"""Unheard: what a provider took and said no more of is asked about; its answer is a receipt like any other."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import msgspec

from connectors.connector import Connector
from connectors.log.publisher import Entry, Publisher
from connectors.metering import Meter, NoMeter
from connectors.receipts.receipt import Receipt
from connectors.receipts.resolving import events_of
from connectors.reconcile import NoLookUp, look_ups_of
from connectors.store.claims import At
from connectors.store.evidence import EVENTS, Receiving
from connectors.store.rows import Row
from pipelines.rules.ledger import move
from pipelines.rules.unheard import ask_again
from schemas.errors import ConfigurationError, Transient
from schemas.metrics import ASKED
from schemas.streams import RECEIPTS
from schemas.times import MINUTE, Millis

CLOCKS: Millis = MINUTE
"""How far a provider's clock may be from ours, with its answer's way."""

KNOWN_WITHIN: Millis = 10 * MINUTE
"""How long after it was taken a message in doubt is found, as a rule. The longer, the more logs of others."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A message that a provider has: its id there, the key that it carries, between which moments it was taken, and
    the moment of asking (message time, which live is the wall's)."""

    provider_id: str
    key: str
    since: Millis
    until: Millis
    now: Millis


@runtime_checkable
class LastWords(Protocol):
    """A way to ask one provider what became of a message."""

    def last_words(self, taken: Taken) -> Sequence[Receipt]:
        """What it says of it; nothing if it does not know it.

        Raises Transient (could not be asked now), NoLookUp (never can be), ConfigurationError (call a human).
        """


@dataclass(frozen=True)
class Unheard:
    """Asks for one store's messages. What comes of it is what comes of callbacks, but first in the log and then in the
    ledger: no provider comes again if a worker dies in between, and what the ledger has settled is not asked about."""

    receiving: Receiving
    connectors: Mapping[str, Connector]
    publisher: Publisher
    meter: Meter = field(default_factory=NoMeter)

    def ask(self, leader: str, at: At) -> None:
        """Ask about a message if it is time, and never again if somebody answered. Raises StoreDown, LogDown: the
        same again changes nothing."""
        ledger = self.receiving.ledger
        for row in ledger.unheard(at.machine, 1, leader):
            self._ask(row, at)

    def _ask(self, row: Row, at: At) -> None:
        answers = [_asked(way, _taken(row, at.now)) for way in self._ways(row)]
        receipts = [receipt for answer in answers for receipt in answer or ()]
        entries = list(_entries(row, receipts))
        if entries:
            self.publisher.publish(entries)
        for receipt in receipts:
            self.receiving.take(receipt, at.machine)
        unanswered = not receipts and None in answers
        self.receiving.ledger.asked(row, ask_again(at.machine, row.looks + 1) if unanswered else 0)
        self.meter.count(ASKED, row.channel, "unreachable" if unanswered else "told" if entries else "silent")

    def _ways(self, row: Row) -> list[LastWords]:
        """Of several accounts, whichever may have it."""
        return [way for way in look_ups_of(self.connectors.get(row.channel)) if isinstance(way, LastWords)]


def _entries(row: Row, receipts: Sequence[Receipt]) -> Iterator[Entry]:
    """What the log shall have of a provider's words, in their order."""
    for receipt in receipts:
        row = replace(row, state=move(row.state, EVENTS[receipt.said]) or row.state)
        for event in events_of(receipt, row, receipt.at):
            yield Entry(RECEIPTS, msgspec.json.encode(event))


def _taken(row: Row, now: Millis) -> Taken:
    """What we know of it. One that was adopted, or proved by a callback, was taken some time before we knew."""
    before = KNOWN_WITHIN if json.loads(row.evidence) else CLOCKS
    return Taken(row.provider_id or "", row.leader, row.decided_at - before, row.decided_at + CLOCKS, now)


def _asked(way: LastWords, taken: Taken) -> Sequence[Receipt] | None:
    """What it says; None if it could not be asked."""
    try:
        return way.last_words(taken)
    except NoLookUp:
        return ()
    except Transient:
        return None
    except ConfigurationError as error:
        _log.error("what became of a message cannot be asked: %s", error)
        return None
