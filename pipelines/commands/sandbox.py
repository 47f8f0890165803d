"""`awizo sandbox`: Twilio and SendGrid on a port of this machine, with an outbox to look at."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.errors import BadInput

if TYPE_CHECKING:
    from connectors.sandbox.book import Book
    from connectors.sandbox.faults import Fault
    from connectors.sandbox.server import Sandbox, Ways

OUTBOX = Path("out/sandbox.jsonl")
SENT, FINAL = 1_000, 4_000
"""Milliseconds until a message is sent, and until its end is known."""

_TELL_SECONDS = 0.5


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65_535), default=8025, show_default=True, help="0: a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Others can look only if this is opened to them.")
@click.option(
    "--outbox",
    type=click.Path(path_type=Path, dir_okay=False),
    default=OUTBOX,
    show_default=True,
    help="File that keeps what was sent; it is read again at the next start.",
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON or YAML: the sandbox's bad hours, as in `awizo replay`.",
)
@click.option("--status", default="", metavar="URL", help="Post Twilio's status callbacks there, whatever they say.")
@click.option("--events", default="", metavar="URL", help="Post SendGrid's events there.")
@click.option("--replies", default="", metavar="URL", help="Post customers' answers there.")
@click.option("--gateway", default="", metavar="URL", help="Open customers' links there, whatever their host.")
@click.option("--zone", default="Europe/Warsaw", show_default=True, help="Zone of the times on the page.")
@click.option("--ask", metavar="ADDRESS", help="Start nothing: say what this phone or mailbox really got.")
def command(
    port: int,
    host: str,
    outbox: Path,
    faults: Path | None,
    status: str,
    events: str,
    replies: str,
    gateway: str,
    zone: str,
    ask: str | None,
) -> None:
    """Stand in for Twilio and SendGrid until stopped. Nobody real is reached.

    Its page shows every phone and mailbox as customers see them; answer there as a customer would.
    """
    if ask is not None:
        _tell_of(outbox, ask, zone)
        return
    from connectors.sandbox.course import Pace
    from connectors.sandbox.hooks import Listeners
    from connectors.sandbox.journal import open_book
    from connectors.sandbox.server import Ways
    from pipelines.commands.replay import load_faults

    _check_zone(zone)
    listeners = Listeners(status, events, replies)
    ways = Ways(listeners, Pace(SENT, FINAL), zone=zone, gateway=gateway.rstrip("/"))
    book = open_book(outbox)
    sandbox = _start(host, port, ways, book, load_faults(faults) if faults else ())
    with sandbox:
        _introduce(sandbox, outbox)
        _run(sandbox)


def _start(host: str, port: int, ways: "Ways", book: "Book", faults: "tuple[Fault, ...]") -> "Sandbox":
    from connectors.sandbox.server import Sandbox

    try:
        return Sandbox.start(faults, host, port, ways, book)
    except OSError as error:
        reason = f"cannot listen on {host}:{port} ({error.strerror}); choose another port, 0 takes a free one"
        raise BadInput(reason, "--port") from None


def _introduce(sandbox: "Sandbox", outbox: Path) -> None:
    from connectors.sandbox.address import ACCOUNT, API_KEY, EVENT_KEY, TOKEN

    url = sandbox.address.url
    click.echo(f"Twilio and SendGrid are at {url}. Nobody real is reached.")
    click.echo(f"  Twilio    account {ACCOUNT}, token {TOKEN}")
    click.echo(f"  SendGrid  API key {API_KEY}, verification key {EVENT_KEY}")
    click.echo(f"  outbox    {outbox.absolute()}, {len(sandbox.accepted())} messages")
    click.echo(f"Open {url}/ (Ctrl-C stops it)")


def _run(sandbox: "Sandbox") -> None:
    """Post what is due, until somebody stops it."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    while not stopped.wait(_TELL_SECONDS):
        latest = max((message.at for message in sandbox.accepted()), default=0)
        sandbox.tell(max(sandbox.ways.clock(), latest + FINAL), batch=100)


def _tell_of(outbox: Path, address: str, zone: str) -> None:
    from connectors.sandbox.course import Pace
    from connectors.sandbox.journal import read_book
    from connectors.sandbox.page.views import Look, person_of
    from connectors.sandbox.server import machine_time

    _check_zone(zone)
    person = person_of(read_book(outbox), Look(machine_time(), zone, Pace()), address.strip())
    if person is None:
        raise BadInput("nothing was ever sent to this address", "--ask")
    click.echo(f"{person.address} really got {person.got}" + "".join(f"; {note}" for note in person.notes))
    for day in person.days:
        click.echo(f"\n{day.name} ({zone})")
        for one in day.messages:
            if one.is_reply:
                click.echo(f"  {one.time}  answered {one.sender}: {one.text}")
                continue
            click.echo(f"  {one.time}  {one.status}, from {one.sender} ({', '.join(one.notes)})")
            click.echo(f"         {one.subject or one.text}")


def _check_zone(zone: str) -> None:
    from zoneinfo import available_timezones

    if zone not in available_timezones():
        raise BadInput("not an IANA time zone, such as Europe/Kyiv", "--zone")
