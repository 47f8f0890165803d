"""Unheard: what a provider took and said no more of is asked about; its answer is a receipt like any other."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import msgspec

from connectors.connector import Connector
from connectors.log.publisher import Entry, Publisher
from connectors.receipts.receipt import Receipt
from connectors.reconcile import NoLookUp, look_ups_of
from connectors.store.claims import At
from connectors.store.evidence import Receiving
from connectors.store.rows import Row
from pipelines.rules.unheard import ask_again
from schemas.errors import ConfigurationError, Transient
from schemas.streams import RECEIPTS
from schemas.times import Millis

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A message that a provider has: its id there, the key that it carries, when it was taken, and the moment of
    asking (message time, which live is the wall's)."""

    provider_id: str
    key: str
    at: Millis
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
    """Asks for one store's messages. What comes of it goes the way of callbacks: the ledger, then the log."""

    receiving: Receiving
    connectors: Mapping[str, Connector]
    publisher: Publisher

    def ask(self, leader: str, at: At) -> None:
        """Ask about a message if it is time, and never again if somebody answered. Raises StoreDown, LogDown: the
        same again changes nothing."""
        row = self.receiving.ledger.unheard_of(leader, at.machine)
        if row is None:
            return
        taken = Taken(row.provider_id or "", row.leader, row.decided_at, at.now)
        answers = [_asked(way, taken) for way in self._ways(row)]
        for receipt in (receipt for answer in answers for receipt in answer or ()):
            self._take(receipt, at.machine)
        unanswered = any(answer is None for answer in answers) and not any(answers)
        self.receiving.ledger.asked(row, ask_again(at.machine, row.looks + 1) if unanswered else 0)

    def _ways(self, row: Row) -> list[LastWords]:
        """Of several accounts, whichever may have it."""
        return [way for way in look_ups_of(self.connectors.get(row.channel)) if isinstance(way, LastWords)]

    def _take(self, receipt: Receipt, machine: Millis) -> None:
        settled = self.receiving.take(receipt, machine)
        entries = [Entry(RECEIPTS, msgspec.json.encode(event)) for event in settled.events]
        if entries:
            self.publisher.publish(entries)


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
