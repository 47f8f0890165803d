"""Heeding what customers answer: a STOP holds before anything more is sent, other words reach the shop.

A STOP to a sender that several shops use mutes them all. Nothing is published here: what comes of an answer is handed
back, so that it is durable before the provider hears 2xx.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.log.publisher import Entry
from connectors.receipts.receipt import Reply
from connectors.replies.wishes import Wish, Wished, wish_of
from connectors.replies.writers import (
    SMS,
    Address,
    Writer,
    address_of,
    is_heeded,
    mute,
    remember,
    shops_of_sender,
    unmute,
    writers,
)
from connectors.store.ledger import Ledger
from connectors.surroundings import Surroundings
from schemas.shops import Bundle
from schemas.streams import CUSTOMERS
from schemas.times import Millis, from_millis
from templates.answers import answer, language_of

NOBODY, WORDS = "nobody", "words"
OPTED = {Wish.STOP: "opted_out", Wish.START: "opted_in"}


@dataclass(frozen=True)
class Heard:
    """What an answer came to. `name` tells it apart from all others; `what`: stop, start, help, words, nobody (none of
    the shops has this sender); `entries` for the log; `answer`: what to say, "" for nothing."""

    name: str
    what: str
    entries: tuple[Entry, ...] = ()
    answer: str = field(default="", repr=False)


@dataclass(frozen=True)
class Said:
    """An answer, whichever way it came. `by_provider`: the provider understood the command itself, and answers it."""

    name: str
    source: str
    channel: str
    address: str = field(repr=False)
    words: str = field(repr=False)
    at: Millis
    wished: Wished | None = None
    by_provider: bool = False


@dataclass(frozen=True)
class Heeding:
    """Answers, heeded in one store."""

    ledger: Ledger
    surroundings: Surroundings

    def sms(self, reply: Reply, provider: str) -> Heard:
        """What comes of a customer's SMS. Raises StoreDown."""
        wished = Wished(Wish(reply.opt), "") if reply.opt else wish_of(reply.text)
        said = Said(
            name=f"{provider}/{reply.provider_id}",
            source=f"/providers/{provider}",
            channel=SMS,
            address=reply.phone,
            words=reply.text,
            at=reply.at,
            wished=wished,
            by_provider=bool(reply.opt),
        )
        return self.heed(said, shops_of_sender(self.surroundings.bundles(), reply.to))

    def heed(self, said: Said, shops: Sequence[str]) -> Heard:
        """What comes of an answer to these shops. The same answer again changes nothing and comes to the same."""
        addresses = [address_of(self.ledger.keyring, shop, said.channel, said.address) for shop in shops]
        wish = said.wished.wish if said.wished else None
        with self.ledger.store.transaction() as connection:
            is_again = is_heeded(connection, said.name)
            for address in addresses if wish in OPTED and not is_again else ():
                self._set(connection, wish, address, said.at)
            known = [writer for address in addresses for writer in writers(connection, address)]
        known.sort(key=lambda writer: (-writer.at, writer.shop, writer.recipient))
        if not addresses:
            return Heard(said.name, NOBODY)
        if said.wished is None:
            return Heard(said.name, WORDS, _words(said, known, shops))
        is_new = said.wished.wish in OPTED and not is_again
        entries = _opted(said, OPTED[said.wished.wish], known, shops) if is_new else ()
        return Heard(said.name, said.wished.wish, entries, self._answer(said, said.wished, known, shops))

    def done(self, heard: Heard, at: Millis) -> None:
        """All of it is in the log: a repetition, however late, undoes nothing that came after. Raises StoreDown."""
        if heard.what in set(OPTED):
            with self.ledger.store.transaction() as connection:
                remember(connection, heard.name, at)

    def _set(self, connection: Any, wish: Wish | None, address: Address, at: Millis) -> None:
        if wish == Wish.STOP:
            mute(connection, address, self.ledger.keyring.current, at)
        else:
            unmute(connection, address)

    def _answer(self, said: Said, wished: Wished, known: Sequence[Writer], shops: Sequence[str]) -> str:
        """From the shops that wrote to this address, the latest first; else from all that share the sender."""
        if said.by_provider or said.channel != SMS:
            return ""
        names = dict.fromkeys([writer.shop for writer in known] or shops)
        bundles = [bundle for shop in names if (bundle := self._bundle(shop, said.at))]
        if not bundles:
            return ""
        return answer(wished.wish, language_of(wished.language, said.address, bundles[0]), bundles)

    def _bundle(self, shop: str, now: Millis) -> Bundle | None:
        return self.surroundings.bundle(shop, now)


def _opted(said: Said, happened: str, known: Sequence[Writer], shops: Sequence[str]) -> tuple[Entry, ...]:
    """An event for each recipient, and for each shop where nobody is known by this address yet."""
    whose = [(writer.shop, {"recipient": writer.recipient}) for writer in known]
    strangers = [shop for shop in shops if shop not in {shop for shop, _ in whose}]
    whose += [(shop, {_ADDRESSES[said.channel]: said.address}) for shop in strangers]
    return tuple(
        _event(said, f"customer.{happened}", {"shop": shop, "who": who, "channel": said.channel}, who.get("recipient"))
        for shop, who in whose
    )


def _words(said: Said, known: Sequence[Writer], shops: Sequence[str]) -> tuple[Entry, ...]:
    """Words go to the one shop that spoke to this address last; what one shop is told is no other's business."""
    words = said.words.strip()[:2_000]
    if not words or (not known and len(shops) > 1):
        return ()
    data: dict[str, Any] = {"channel": said.channel, "words": words}
    if known:
        data |= {"shop": known[0].shop, "who": {"recipient": known[0].recipient}, "order": known[0].order}
    else:
        data |= {"shop": shops[0], "who": {_ADDRESSES[said.channel]: said.address}}
    return (_event(said, "customer.replied", data, "words"),)


_ADDRESSES = {"sms": "phone", "email": "email"}


def _event(said: Said, what: str, data: dict[str, Any], whose: str | None) -> Entry:
    event = {
        "specversion": "1.0",
        "type": f"awizo.{what}.v1",
        "source": said.source,
        "id": "/".join((said.name.partition("/")[2], data["shop"], whose or "stranger")),
        "time": from_millis(said.at).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Entry(CUSTOMERS, json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
