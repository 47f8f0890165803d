"""`awizo publish`: events into the log of a live run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from schemas.settings import SANDBOX, STORE, read

if TYPE_CHECKING:
    from connectors.log.publisher import Entry, Publisher

BAD_INPUT = 2
_AT_ONCE = 500


@click.command("publish")
@click.argument("events", nargs=-1, required=True)
@click.option("--store", "url", metavar="URL", help="The store that holds the log.  [default: AWIZO_STORE]")
@click.option("--as-is", is_flag=True, help="Publish what cannot be read too; the run buries it.")
def command(events: tuple[str, ...], url: str | None, as_is: bool) -> None:
    """Append EVENTS (files of JSON lines, plain or .gz; - is standard input) to the log (AWIZO_LOG).

    Each event is checked first. One that is wrong is named with its line and left out, the others go in; exit code 2
    then. The same event twice is one event: publishing a file again does no harm.
    """
    published, refused, waiting = 0, 0, list["Entry"]()
    with _log(url) as log:
        for found in _entries(events, as_is):
            if isinstance(found, str):
                click.echo(found, err=True)
                refused += 1
                continue
            waiting.append(found)
            if len(waiting) >= _AT_ONCE:
                log.publish(waiting)
                published, waiting = published + len(waiting), []
        log.publish(waiting)
    click.echo(f"{published + len(waiting)} events published" + (f", {refused} refused" if refused else ""))
    if refused:
        sys.exit(BAD_INPUT)


@contextmanager
def _log(url: str | None) -> "Iterator[Publisher]":
    """What takes events into the log that the environment names; a store that is named goes before it."""
    from connectors.clock import StoreClock
    from connectors.live import log_of
    from connectors.log.pubsub import PubSub
    from connectors.log.store_log import StoreLog
    from connectors.store.opening import SANDBOX as SANDBOX_REALM
    from connectors.store.opening import open_any

    place = None if url else log_of(os.environ)
    if place is not None:
        yield PubSub(place)
        return
    store = open_any(url or read(STORE, os.environ), SANDBOX_REALM if read(SANDBOX, os.environ) else "")
    try:
        yield StoreLog(store, StoreClock(store).now)
    finally:
        store.close()


def _entries(patterns: tuple[str, ...], as_is: bool) -> "Iterator[Entry | str]":
    """Each line as an entry, or the words about what is wrong with it."""
    from connectors.log.publisher import Entry, entry_of
    from schemas.errors import BadInput
    from schemas.streams import ORDERS

    for place, line in _lines(patterns):
        try:
            yield entry_of(line)
        except BadInput as error:
            yield Entry(ORDERS, line) if as_is else f"{place}: {error}"


def _lines(patterns: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    from pipelines.lines import files, lines

    for path in () if patterns == ("-",) else files(patterns):
        for place, _, line in lines(path):
            yield place, line
    if patterns == ("-",):
        yield from ((f"-:{number}", line.strip()) for number, line in enumerate(sys.stdin.buffer, 1) if line.strip())
