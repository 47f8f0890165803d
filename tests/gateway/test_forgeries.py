"""Every door, and what is sent to it that nobody genuine sent: none of it is taken."""

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pytest

from connectors.gateway.reception import Reception
from connectors.store.schema import ledger, suppressions
from schemas.envelope import read_structured
from schemas.metrics import GATEWAY_REFUSED
from schemas.times import HOUR
from tests.gateway.asking import NOW, Wire, counts, events, published
from tests.gateway.forging import forged, ways
from tests.gateway.genuine import ALL, SETTINGS, Genuine

Receive = Callable[..., Reception]

NAMES = [genuine.name for genuine in ALL]
A_FEW, MANY = 60, 600
"""Forgeries of each genuine request: together 1,200 and 12,000."""


def rows(reception: Reception) -> int:
    """Whatever a door may have written into the store."""
    with reception.store.reading() as connection:
        return len(connection.execute(ledger.select()).all()) + len(connection.execute(suppressions.select()).all())


def taken(genuine: Genuine, reception: Reception, number: int, seed: int) -> list[str]:
    """The forgeries that were taken, of so many."""
    found = []
    with Wire(reception) as wire:
        assert wire.ask(genuine.asked).status in (200, 204)
        before = len(published(reception))
        for how, asked in islice(forged(genuine, random.Random(seed)), number):
            answered = wire.ask(asked)
            if not 400 <= answered.status < 500 or len(published(reception)) != before:
                found.append(f"{how} -> {answered.status}")
                before = len(published(reception))
    assert rows(reception) == 0
    return found


@pytest.mark.parametrize("genuine", ALL, ids=NAMES)
def test_a_forgery_is_never_taken(genuine: Genuine, receive: Receive) -> None:
    assert taken(genuine, receive(**SETTINGS), max(A_FEW, len(ways(genuine))), seed=1) == []


@pytest.mark.long
@pytest.mark.parametrize("genuine", ALL, ids=NAMES)
def test_none_of_ten_thousand_forgeries_is_taken(genuine: Genuine, receive: Receive) -> None:
    assert taken(genuine, receive(**SETTINGS), MANY, seed=2) == []


@pytest.mark.parametrize("genuine", ALL, ids=NAMES)
def test_the_same_bytes_again_are_the_same_event(genuine: Genuine, receive: Receive) -> None:
    reception = receive(**SETTINGS)
    with Wire(reception) as wire:
        for _ in range(3):
            assert wire.ask(genuine.asked).status in (200, 204)
    names = {(event["source"], event["id"]) for event in events(reception)}
    assert len(names) <= 1
    assert len({read_structured(entry.event)[:2] for entry in published(reception)}) == len(names)


LATE = {"shippo-hmac": HOUR, "ups-oauth": 2 * HOUR, "sendgrid-events": 26 * HOUR, "sendgrid-mail": 26 * HOUR}
"""Who signs a time, and after how long that is a replay."""


@pytest.mark.parametrize("name", LATE)
def test_what_was_signed_long_ago_is_a_replay(name: str, receive: Receive) -> None:
    genuine = next(one for one in ALL if one.name == name)
    reception = receive(now=NOW + LATE[name], **SETTINGS)
    with Wire(reception) as wire:
        assert wire.ask(genuine.asked).status == 403
    assert published(reception) == []


@pytest.mark.parametrize("genuine", ALL, ids=NAMES)
def test_what_is_refused_is_counted_and_says_nothing_of_secrets_or_words(genuine: Genuine, receive: Receive) -> None:
    reception = receive(**SETTINGS)
    bare = replace(genuine.asked, headers={}, query="", path=genuine.asked.path.replace("a-secret", "b"))
    with Wire(reception) as wire:
        answered = wire.ask(bare)
    assert answered.status == 403
    assert counts(reception).total(GATEWAY_REFUSED) == 1
    for said in (b"secret", b"620000000001234567", b"500000123", b"jan@"):
        assert said not in answered.body
