"""`awizo brake`: shops that the volume brake holds."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.opening import Opened
    from connectors.store.shared import Shared

FAILURE = 1


@click.group("brake")
def command() -> None:
    """Show and release shops that suddenly send far more than they usually do. Their messages are parked meanwhile."""


@command.command("show")
def show() -> None:
    """Say which shops are held, why, and how many of their messages are parked. Exit code 0: none; 1: some are."""
    from connectors.braking import BRAKE, peaks
    from connectors.store.parked import Filter, Parking
    from pipelines.rules.brake import BRAKED

    with _opened() as (opened, shared):
        held = shared.flags(BRAKE)
        for flag in held:
            shop = flag.name.removeprefix(BRAKE)
            parked = Parking(opened.delivery.ledger).find(Filter(shop=shop, reason=BRAKED))
            click.echo(f"{shop}: held since {_time(flag.since)}: {flag.reason}; {len(parked)} messages parked")
        now = _now()
        for shop, announced in peaks(shared).items():
            for peak in announced:
                if peak.until > now:
                    most = f"{peak.times:g} times its usual hour" if peak.times else "anything"
                    click.echo(f"{shop}: may send {most} from {_time(peak.since)} to {_time(peak.until)}")
    if held:
        sys.exit(FAILURE)
    click.echo("no shop is held")


@command.command("release")
@click.argument("shop")
@click.option("--drop", is_flag=True, help="Never send what is parked; without, it goes, and every last check holds.")
@click.option("--go", is_flag=True, help="Do it; without, only say what would be done.")
def release_shop(shop: str, drop: bool, go: bool) -> None:
    """Let SHOP go on, and its parked messages go (or drop them). For two hours it may then send anything."""
    from connectors.braking import BRAKE, release
    from connectors.store.claims import At
    from connectors.store.parked import Filter, Parking
    from pipelines.rules.brake import BRAKED
    from schemas.errors import BadInput

    with _opened() as (opened, shared):
        parking = Parking(opened.delivery.ledger)
        rows = parking.find(Filter(shop=shop, reason=BRAKED))
        if not rows and BRAKE + shop not in {flag.name for flag in shared.flags(BRAKE)}:
            raise BadInput("the brake holds no shop of this name; see `awizo brake show`", "SHOP")
        what = "dropped" if drop else "let go"
        if not go:
            click.echo(f"{len(rows)} parked messages of {shop} would be {what}; add --go to do it")
            return
        at = At(_now(), _now())
        if not drop:
            release(shared, shop, at.now)
        else:
            shared.lower_flag(BRAKE + shop)
        moved = parking.drop(rows, at) if drop else parking.release(rows, at)
        click.echo(f"{moved} parked messages of {shop} were {what}")


@command.command("announce")
@click.argument("shop")
@click.option("--from", "since", required=True, metavar="TIME", help="As 2026-11-27T06:00:00+01:00.")
@click.option("--until", required=True, metavar="TIME")
@click.option("--times", type=click.FloatRange(min=0), default=0.0, help="So many times its usual hour; 0: anything.")
def announce_peak(shop: str, since: str, until: str, times: float) -> None:
    """Announce a peak of SHOP, a sale say, so that the brake lets it pass."""
    from connectors.braking import announce
    from pipelines.commands.replay import moment
    from pipelines.rules.brake import Peak
    from schemas.errors import BadInput

    peak = Peak(moment(since, "--from"), moment(until, "--until"), times)
    if peak.until <= peak.since:
        raise BadInput("the peak ends before it begins", "--until")
    with _opened() as (_, shared):
        announce(shared, shop, peak)
    click.echo(f"announced for {shop} from {_time(peak.since)} to {_time(peak.until)}")


@contextmanager
def _opened() -> "Iterator[tuple[Opened, Shared]]":
    from connectors.opening import open_providers
    from connectors.store.shared import Shared

    opened = open_providers(os.environ)
    try:
        yield opened, Shared(opened.store)
    finally:
        opened.close()


def _time(moment: int) -> str:
    from schemas.times import from_millis

    return from_millis(moment).isoformat(timespec="minutes")


def _now() -> int:
    return time.time_ns() // 1_000_000
