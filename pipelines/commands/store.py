"""`awizo store`: look after the store."""

import os
import time
from datetime import datetime

import click

from schemas.errors import BadInput
from schemas.settings import STORE, read
from schemas.times import Millis, from_millis, to_millis


@click.group("store")
def command() -> None:
    """Look after the store (AWIZO_STORE)."""


@command.command("fence")
@click.option("--since", required=True, metavar="TIME", help="To when the store was restored, with its zone.")
@click.option(
    "--until",
    metavar="TIME",
    help="Until when events of the lost time may come in again: what is handed over till then is looked up before it "
    "goes.  [default: in an hour]",
)
@click.option("--store", "url", metavar="URL", help="The store.  [default: AWIZO_STORE]")
@click.option("--now", metavar="TIME", help="The customers' time, if it is not this machine's (sandbox only).")
def fence(since: str, until: str | None, url: str | None, now: str | None) -> None:
    """After a restore: put in doubt whatever may have been sent since.

    Run it before any worker starts. Messages that the restored store believes unsent are looked up at their provider
    first, and so are those that come again from the log: publish its events anew, from a little before the same moment.
    """
    from connectors.store.fencing import AHEAD
    from connectors.store.fencing import fence as put_up
    from connectors.store.opening import SANDBOX, open_stamped

    machine = time.time_ns() // 1_000_000
    store = open_stamped(url or read(STORE, os.environ))
    try:
        if now is not None and store.realm != SANDBOX:
            raise BadInput("real people live by this machine's time", "--now")
        from connectors.store.claims import At

        at = At(_moment(now, "--now") if now else machine, machine)
        begin = _moment(since, "--since")
        if begin > at.now:
            raise BadInput("a store cannot be restored to what is still to come", "--since")
        end = _moment(until, "--until") if until else at.now + AHEAD
        if end < at.now:
            raise BadInput("is over: what comes in again from now on would be sent a second time", "--until")
        with store.transaction() as connection:
            fenced = put_up(connection, begin, at, end - at.now)
    finally:
        store.close()
    click.echo(f"fenced from {from_millis(begin):%Y-%m-%d %H:%M:%S} to {from_millis(at.now):%Y-%m-%d %H:%M:%S} UTC")
    click.echo(
        f"publish the events of that time again, until {from_millis(end):%H:%M:%S} UTC: till then all is looked up"
    )
    click.echo(f"{fenced.doubted} messages are in doubt: they are looked up before they go")
    if fenced.parked:
        click.echo(f"{fenced.parked} parked messages may have been sent: say so before you release them")


@command.command("trim")
@click.option(
    "--before", required=True, metavar="TIME", help="Up to when, with its zone: what was recorded by then goes."
)
@click.option("--go", is_flag=True, help="Do it; without, only say what would be done.")
def trim(before: str, go: bool) -> None:
    """Take old events out of the log in the store: they hold addresses, also of who was erased, and take room.

    Only what the newest states know already (`awizo rebuild`); a run that is under way is not disturbed. States that
    are lost are rebuilt from what is left. What people read of parcels and orders stays, and so does the ledger.
    """
    from connectors.log.trimming import Trimming
    from connectors.store.opening import open_stamped

    store = open_stamped(read(STORE, os.environ))
    try:
        trimming = Trimming(store, _moment(before, "--before"))
        if not go:
            click.echo(f"{trimming.count()} events would be taken out of the log; add --go to do it")
            return
        click.echo(f"{trimming.do()} events were taken out of the log")
    finally:
        store.close()


def _moment(text: str, option: str) -> Millis:
    try:
        return to_millis(datetime.fromisoformat(text))
    except ValueError:
        raise BadInput("not a time with its zone: write it as 2026-10-12T08:00:00+02:00", option) from None
