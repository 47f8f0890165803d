"""`awizo shops diff`, `apply` and `rollback`: the bundles of a live run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.settings import SANDBOX, STORE, read

if TYPE_CHECKING:
    from connectors.clock import StoreClock
    from connectors.log.store_log import StoreLog
    from connectors.store.bundles import BundleShelf
    from schemas.shops import Bundle

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
URL = click.option("--store", "url", metavar="URL", help="The store of the live run.  [default: AWIZO_STORE]")


@click.command("diff")
@click.argument("directory", type=FOLDER)
@URL
def diff(directory: Path, url: str | None) -> None:
    """Say what the bundles in DIRECTORY that are not accepted yet would change for each shop."""
    from connectors.shelving import checked, differences, in_force

    with _opened(url) as (shelf, log, clock):
        known = shelf.all()
        new = [bundle for bundle in checked(directory) if bundle.version not in known.get(bundle.shop, {})]
        for bundle in new:
            before = in_force(log, known, bundle.shop, clock.now())
            click.echo(f"{bundle.shop}: {before.version if before else 'nothing'} → {bundle.version}")
            click.echo("\n".join(differences(before, bundle)))
        if not new:
            click.echo("nothing new: the store has every bundle of this folder")


@click.command("apply")
@click.argument("directory", type=FOLDER)
@URL
def apply(directory: Path, url: str | None) -> None:
    """Accept the bundles in DIRECTORY, and let the newest new version of each shop be in force from now on.

    Each is checked whole; if one is refused, none is accepted and what was in force stays. A live run takes it up
    within seconds.
    """
    from connectors.shelving import apply as put_in_force

    with _opened(url) as (shelf, log, clock):
        applied = put_in_force(shelf, log, directory, clock.now())
        for bundle in applied.accepted:
            in_force = " and is in force from now on" if bundle in applied.configured else ""
            click.echo(f"{bundle.shop} {bundle.version} is accepted{in_force}")
        if not applied.accepted:
            click.echo("nothing new: the store has every bundle of this folder")


@click.command("rollback")
@click.argument("shop")
@click.option("--to", "version", help="Version to go back to.  [default: the one before]")
@URL
def rollback(shop: str, version: str | None, url: str | None) -> None:
    """Let an earlier accepted version of SHOP's bundle be in force again, from now on."""
    from connectors.shelving import configure, in_force

    with _opened(url) as (shelf, log, clock):
        now, known = clock.now(), shelf.all()
        chosen = _chosen(known.get(shop, {}), shop, version, in_force(log, known, shop, now))
        configure(log, [chosen], now)
        click.echo(f"{shop} {chosen.version} is in force from now on")


def _chosen(known: "dict[str, Bundle]", shop: str, version: str | None, in_force: "Bundle | None") -> "Bundle":
    """The bundle to go back to. Raises BadInput."""
    from pipelines.rules.context import newest
    from schemas.errors import BadInput

    if not known:
        raise BadInput("the store has no bundle of this shop", shop)
    if version is None:
        now = in_force.version if in_force else ""
        before = [each for each in known if newest((each, now)) == now and each != now]
        if not before:
            raise BadInput(f"has no version before {now}; accepted: {', '.join(sorted(known))}", shop)
        return known[newest(before)]
    if version not in known:
        raise BadInput(f"is not accepted; accepted: {', '.join(sorted(known))}", version)
    return known[version]


@contextmanager
def _opened(url: str | None) -> "Iterator[tuple[BundleShelf, StoreLog, StoreClock]]":
    from connectors.clock import StoreClock
    from connectors.log.store_log import StoreLog
    from connectors.store.bundles import BundleShelf
    from connectors.store.opening import SANDBOX as REALM
    from connectors.store.opening import open_any

    store = open_any(url or read(STORE, os.environ), REALM if read(SANDBOX, os.environ) else "")
    try:
        clock = StoreClock(store)
        yield BundleShelf(store), StoreLog(store, clock.now), clock
    finally:
        store.close()
