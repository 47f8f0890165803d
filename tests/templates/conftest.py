"""Shops to try texts with, and what reads them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.messages import Message, Notice
from schemas.shops import AlertTo, Bundle, ContactLines, EmailSender, Price, Prices, SmsSender
from templates.cases import Case, ordinary
from templates.compose import compose

CODE = "7Kq2mX9bTe"


def _bundle(**changed: Any) -> Bundle:
    fields: dict[str, Any] = {
        "shop": "sowa",
        "version": "1",
        "name": "Sklep Sowa",
        "names": {"uk": "Сова"},
        "legal_name": "Sklep Sowa sp. z o.o.",
        "host": "sowa.example",
        "contact": ContactLines(phone="220000000", email="pomoc@sowa.example"),
        "sms": {"PL": SmsSender(sender="SklepSowa"), "UA": SmsSender(sender="SklepSowa")},
        "email": EmailSender(address="paczki@sowa.example", name="Sklep Sowa"),
        "alerts": AlertTo(email="dyzur@sowa.example"),
        "returns_days": 14,
        "prices": Prices(
            as_of=date(2026, 10, 1),
            invented=True,
            sms=(Price(country="PL", per_segment=Decimal("0.09"), currency="PLN"),),
        ),
    }
    return Bundle(**{**fields, **changed})


@pytest.fixture
def make_bundle() -> Callable[..., Bundle]:
    """A shop, with some fields changed."""
    return _bundle


@pytest.fixture
def bundle() -> Bundle:
    """An ordinary shop."""
    return _bundle()


@pytest.fixture
def longest_bundle() -> Bundle:
    """A shop whose names, host and phone are as long as may be."""
    return _bundle(
        name="Sklep Sowa 1",
        names={"uk": "Магазин Сова"},
        host="sowy.example",
        contact=ContactLines(phone="+48 22 000 00 00", email="pomoc-dla-klientow@sowy.example"),
    )


@pytest.fixture
def case(bundle: Bundle) -> Callable[..., Case]:
    """An ordinary case by what it shows."""

    def find(kind: str, channel: str, language: str, shows: str = "one parcel", shop: Bundle = bundle) -> Case:
        return next(case for case in ordinary(kind, channel, language, shop) if case.shows == shows)

    return find


@pytest.fixture
def say(bundle: Bundle) -> Callable[..., Message]:
    """The message of a notice, with a link code that is easy to see."""

    def speak(notice: Notice, shop: Bundle = bundle) -> Message:
        return compose(notice, shop, lambda _: CODE)

    return speak
