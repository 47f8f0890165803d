"""The rules of wording for a text as it comes out, filled with values, one function each.

A rule answers with what is wrong and what to do, or "" if it has nothing to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from schemas.messages import Channel
from templates.compose import MAX_SEGMENTS
from templates.segments import foreign, size


@dataclass(frozen=True)
class Said:
    """A text filled with some values. `hosts` are those that it may link to."""

    kind: str
    channel: str
    language: str
    shop: str
    subject: str
    text: str
    hosts: frozenset[str]
    two_way: bool


_GREETING = "Добрий день!"
_FAMILIAR = {
    "pl": re.compile(r"\b(?:Pan|Pani|Pana|Panu|Pań\w+|ty|ciebie|tobie|tw[oó]j\w*|\w+ł[ea]ś)\b", re.IGNORECASE),
    "uk": re.compile(r"\b(?:ти|тебе|тобі|тво[яєїйю]\w*)\b", re.IGNORECASE),
}
_FRAUD = {
    "pl": re.compile(r"\b(?:(?:za|do|o)?płać|zapłacić|dopłat\w+|zaloguj|zalogować|zaktualizuj|aktualizacj\w+)\b", re.I),
    "uk": re.compile(r"\b(?:сплатіть|оплатіть|доплат\w+|увійдіть|оновіть|оновити)\b", re.I),
    "en": re.compile(r"\b(?:pay (?:now|here|by link)|log in|sign in|update (?:your|the))\b", re.I),
}
_MONEY = re.compile(r"\d[\d\s]*(?:[.,]\d{2})?\s?(?:zl|zł|PLN|грн|UAH|EUR|₴|€)\b|\b(?:PLN|UAH|EUR)\s?\d", re.UNICODE)
_URL = re.compile(r"(?:https?://|www\.)([^/\s)\]]+)", re.IGNORECASE)
_STOP = re.compile(r"\b(?:STOP|СТОП)\b")
MIXED = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0400-\u04ff])[^\W\d_]+\b")
"""A word of Latin and Cyrillic letters."""

HARD_SPACES = ("\u00a0", "\u202f")
"""Spaces that do not break, and that GSM-7 does not have."""


def without_shop(said: Said) -> str:
    """An SMS that does not begin with the shop's name."""
    if said.channel == Channel.SMS and not said.text.startswith(f"{said.shop}: "):
        return "an SMS begins with the shop's name and a colon: '{{ shop }}: '"
    return ""


def too_long(said: Said) -> str:
    """An SMS of more segments than its language may have."""
    counted, most = size(said.text), MAX_SEGMENTS[said.language]
    if said.channel == Channel.SMS and counted.segments > most:
        return f"{counted.segments} segments ({counted.encoding}, {counted.length} characters), at most {most}: shorten"
    return ""


def outside_gsm7(said: Said) -> str:
    """A Polish or English SMS that one character makes three times as long."""
    outside = foreign(said.text) if said.channel == Channel.SMS and said.language != "uk" else ""
    return f"characters outside GSM-7: {outside}; replace them" if outside else ""


def hard_spaces(said: Said) -> str:
    """A space that looks ordinary and is not."""
    found = said.channel == Channel.SMS and any(space in said.text for space in HARD_SPACES)
    return "a non-breaking space (U+00A0 or U+202F) in an SMS; use an ordinary one" if found else ""


def mixed_letters(said: Said) -> str:
    """A word of Latin and Cyrillic letters: it looks right and is not."""
    found = MIXED.search(f"{said.subject} {said.text}")
    return f"Latin and Cyrillic letters in one word ({found.group()}); type it in one alphabet" if found else ""


def sum_beside_link(said: Said) -> str:
    """A sum and a link in one SMS: what fraud looks like."""
    if said.channel == Channel.SMS and _MONEY.search(said.text) and _URL.search(said.text):
        return "a sum beside a link in an SMS; keep one of them"
    return ""


def asks_to_pay(said: Said) -> str:
    """An SMS that asks to pay, to log in or to update something."""
    found = _FRAUD[said.language].search(said.text) if said.channel == Channel.SMS else None
    return f"asks what fraud asks ({found.group()}); an SMS never does" if found else ""


def foreign_hosts(said: Said) -> str:
    """A link to somebody else."""
    hosts = {found.lower() for found in _URL.findall(said.text)} - said.hosts
    return (
        f"links to {', '.join(sorted(hosts))}, not a host of the shop; use its own or add it to `hosts`"
        if hosts
        else ""
    )


def stop_one_way(said: Said) -> str:
    """STOP offered where no reply can be read."""
    if said.channel == Channel.SMS and not said.two_way and _STOP.search(said.text):
        return "offers STOP, but this sender reads no replies; remove it, or ask `two_way` first"
    return ""


def exclaims(said: Said) -> str:
    """An exclamation mark; only the Ukrainian greeting has one."""
    found = "!" in f"{said.subject} {said.text}".replace(_GREETING, "")
    return "an exclamation mark; say it calmly" if found else ""


def familiar(said: Said) -> str:
    """The reader is called ty, Pan or Pani, or is given a sex."""
    rule = _FAMILIAR.get(said.language)
    found = rule.search(f"{said.subject} {said.text}") if rule else None
    return f"addresses the reader ({found.group()}); say it without a person" if found else ""


OF_SAID: tuple[Callable[[Said], str], ...] = (
    without_shop,
    too_long,
    outside_gsm7,
    hard_spaces,
    mixed_letters,
    sum_beside_link,
    asks_to_pay,
    foreign_hosts,
    stop_one_way,
    exclaims,
    familiar,
)


def faults_of_said(said: Said) -> list[str]:
    """What is wrong with a text as it comes out."""
    return [fault for rule in OF_SAID if (fault := rule(said))]
