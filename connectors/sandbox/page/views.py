"""What the outbox page shows: addresses, and what each of them got, as plain data for the template."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from connectors.sandbox.book import Accepted, Book, Said
from connectors.sandbox.course import Pace, has_reached, step_at
from connectors.sandbox.page.links import Piece, pieces, way_out
from schemas.times import Millis, local
from templates.segments import size

STATUSES: dict[str, str] = {
    "queued": "queued",
    "scheduled": "scheduled",
    "sent": "sent, never confirmed",
    "processed": "sent, never confirmed",
    "delivered": "delivered",
    "undelivered": "not delivered",
    "failed": "failed",
    "canceled": "called off",
    "bounced": "bounced",
    "blocked": "blocked for now",
    "dropped": "dropped",
    "deferred": "deferred",
}
"""A provider's status in words."""


@dataclass(frozen=True)
class Line:
    """An address in the list."""

    address: str
    channel: str
    count: int
    last: str
    gist: str
    is_open: bool


@dataclass(frozen=True)
class Shown:
    """One message, or one reply (`is_reply`), as it looks."""

    number: str
    time: str
    sender: str
    text: str
    pieces: tuple[Piece, ...] = ()  # of the text, with what its links open
    subject: str = ""
    status: str = ""
    tone: str = ""  # good | bad | wait
    notes: tuple[str, ...] = ()
    is_reply: bool = False
    has_html: bool = False
    way_out: str = ""  # where its one-click unsubscribe posts


@dataclass(frozen=True)
class Day:
    """Messages of one day."""

    name: str
    messages: Sequence[Shown]


@dataclass(frozen=True)
class Person:
    """A phone or a mailbox."""

    address: str
    channel: str
    days: Sequence[Day]
    got: int
    senders: Sequence[str]  # numbers that take replies
    notes: Sequence[str]


@dataclass(frozen=True)
class Look:
    """How one looks: message time, zone, and what is searched. `gateway`: where customers' links open, "" nowhere."""

    now: Millis
    zone: str
    pace: Pace
    search: str = ""
    channel: str = ""
    gateway: str = ""


def lines_of(book: Book, look: Look, opened: str = "") -> list[Line]:
    """Every address that something was sent to and that matches, the latest first."""
    found: dict[str, list[Accepted]] = {}
    for message in book.taken():
        if look.channel in ("", message.channel) and _matches(message, look.search):
            found.setdefault(message.to, []).append(message)
    lines = [_line(address, messages, look, opened) for address, messages in found.items()]
    times = {address: messages[-1].at for address, messages in found.items()}
    return sorted(lines, key=lambda line: (-times[line.address], line.address))


def person_of(book: Book, look: Look, address: str) -> Person | None:
    """A phone or a mailbox, whole; None if nothing was ever sent there."""
    messages = [message for message in book.taken() if message.to == address]
    said = [one for one in book.said() if one.phone == address]
    if not messages and not said:
        return None
    both: list[Accepted | Said] = sorted([*messages, *said], key=_moment)
    return Person(
        address=address,
        channel=messages[0].channel if messages else "sms",
        days=list(_days(both, look)),
        got=sum(has_reached(message, look.now) for message in messages),
        senders=sorted({message.sender for message in messages if message.sender.startswith("+")}),
        notes=_person_notes(book, look, address, messages),
    )


def _moment(entry: Accepted | Said) -> Millis:
    return entry.at


def _matches(message: Accepted, search: str) -> bool:
    wanted = search.strip().lower()
    places = (message.to, message.text, message.subject, message.sender, message.sender_name, message.key)
    return not wanted or any(wanted in place.lower() for place in (*places, message.provider_id))


def _line(address: str, messages: Sequence[Accepted], look: Look, opened: str) -> Line:
    last = messages[-1]
    when = local(last.at, look.zone)
    gist = last.subject or last.text
    return Line(address, last.channel, len(messages), f"{when:%-d %b, %H:%M}", gist, address == opened)


def _days(entries: Iterable[Accepted | Said], look: Look) -> Iterable[Day]:
    for day, of_day in groupby(entries, key=lambda one: local(one.at, look.zone).date()):
        yield Day(f"{day:%A, %-d %B %Y}", [_shown(one, look) for one in of_day])


def _shown(entry: Accepted | Said, look: Look) -> Shown:
    when = f"{local(entry.at, look.zone):%H:%M}"
    if isinstance(entry, Said):
        return Shown(entry.provider_id, when, entry.to, entry.text, is_reply=True)
    status = step_at(entry, look.now, look.pace).status
    return Shown(
        number=entry.provider_id,
        time=when,
        sender=f"{entry.sender_name} <{entry.sender}>" if entry.sender_name else entry.sender,
        text=entry.text,
        pieces=pieces(entry.text, look.gateway),
        subject=entry.subject,
        status=STATUSES.get(status, status),
        tone=_tone(entry, status, look),
        notes=tuple(_notes(entry, look)),
        has_html=bool(entry.html),
        way_out=way_out(dict(entry.headers), look.gateway),
    )


def _tone(message: Accepted, status: str, look: Look) -> str:
    if status in ("scheduled", "queued", "deferred"):
        return "wait"
    return "good" if has_reached(message, look.now) else "bad"


def _notes(message: Accepted, look: Look) -> Iterable[str]:
    if message.channel == "sms" and message.text:
        counted = size(message.text)
        yield f"{counted.encoding}, {counted.segments} segment{'s' if counted.segments != 1 else ''}"
    if message.attempt > 1:
        yield f"attempt {message.attempt}"
    if message.send_at:
        yield f"scheduled for {local(message.send_at, look.zone):%-d %b, %H:%M}"
    if message.error_code:
        yield f"error {message.error_code}"
    if message.reason:
        yield message.reason
    if not message.reaches and message.status in ("sent", "processed"):
        yield "the customer never got it"
    yield f"key {message.key[:8]}"


def _person_notes(book: Book, look: Look, address: str, messages: Sequence[Accepted]) -> list[str]:
    stopped = [sender for sender in {one.sender for one in messages} if book.has_stopped(address, sender, look.now)]
    notes = [f"said STOP to {', '.join(sorted(stopped))}"] if stopped else []
    tool = book.blocking(address, look.now)
    return notes + ([f"on SendGrid's list of {tool.replace('_', ' ')}"] if tool else [])
