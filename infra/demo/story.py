"""The stories of the demo as a person wrote them down (`tests/demo/stories.yaml`), read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml


class Told(NamedTuple):
    """A message: minute on the recipient's clock, kind, channel, language; the address only where the story says it."""

    at: str
    kind: str
    channel: str
    language: str
    to: str = ""


class Unsaid(NamedTuple):
    """What is not said, and why; on any channel if it names none."""

    kind: str
    channel: str
    reason: str


class Became(NamedTuple):
    """What became of a message that was handed over."""

    kind: str
    channel: str
    state: str
    reason: str


@dataclass(frozen=True)
class Part:
    """One recipient's part in the story of an order. `recipient` "guest" is the order's only one."""

    title: str
    shop: str
    order: str
    recipient: str
    clock: ZoneInfo
    told: tuple[Told, ...]
    unsaid: tuple[Unsaid, ...]
    became: tuple[Became, ...]

    def __str__(self) -> str:
        return f"{self.order}, {self.recipient}: {self.title}"


class Alert(NamedTuple):
    """A shop is told of trouble, on its own clock."""

    shop: str
    at: str


class Book(NamedTuple):
    """All stories. `clocks` are the shops'."""

    parts: tuple[Part, ...]
    alerts: tuple[Alert, ...]
    clocks: dict[str, ZoneInfo]


def read_stories(path: Path) -> Book:
    """The stories of a file."""
    book = yaml.safe_load(path.read_text(encoding="utf-8"))
    clocks = {shop: ZoneInfo(name) for shop, name in book["clocks"].items()}
    parts = tuple(part for story in book["stories"] for part in _parts(story, clocks))
    alerts = tuple(Alert(shop, at) for shop, times in book["alerts"].items() for at in times)
    return Book(parts, alerts, clocks)


def minute(at: str, clock: ZoneInfo) -> str:
    """An ISO moment as stories write it: "14.10 08:00"."""
    return datetime.fromisoformat(at).astimezone(clock).strftime("%d.%m %H:%M")


def _parts(story: Mapping[str, Any], clocks: Mapping[str, ZoneInfo]) -> Iterator[Part]:
    for recipient, given in story["recipients"].items():
        clock = given.get("clock") or story.get("clock")
        yield Part(
            story["title"],
            story["shop"],
            story["order"],
            recipient,
            ZoneInfo(clock) if clock else clocks[story["shop"]],
            tuple(map(_told, given["told"])),
            tuple(map(_unsaid, given.get("unsaid", ()))),
            tuple(Became(*line.split()) for line in given.get("became", ())),
        )


def _told(text: str) -> Told:
    """ "12.10 09:16 order_received email pl", perhaps with "to" and an address."""
    day, clock, kind, channel, language, *to = text.split()
    return Told(f"{day} {clock}", kind, channel, language, to[1] if to else "")


def _unsaid(text: str) -> Unsaid:
    """ "kind reason" or "kind channel reason"."""
    kind, *channel, reason = text.split()
    return Unsaid(kind, channel[0] if channel else "", reason)
