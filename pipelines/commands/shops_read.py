"""`awizo shops read`: the events that a shop's webhook, table or file of events becomes. `awizo shops key`: its key."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from schemas.shops import Bundle
    from schemas.webhooks import Unread

    Told = bytes | Unread

BAD_INPUT = 2
DOORS = ("auto", "shopify", "woocommerce", "csv", "cloudevents")


@click.command("read")
@click.argument("shop", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("file", type=click.File("rb"))
@click.option("--door", type=click.Choice(DOORS), default="auto", help="Whose it is; its keys tell if that is clear.")
@click.option("--topic", default="", help="The webhook's topic, e.g. orders/create; else as its keys say.")
def read_file(shop: Path, file: Any, door: str, topic: str) -> None:
    """Read FILE (`-`: standard input) as the bundle SHOP says: DIR/<shop>, its newest version, or DIR/<shop>/<version>.

    Prints a JSON line for each event, as `awizo publish` and `awizo replay` take them. What could not be read, which
    fields are missing and what that costs goes to standard error. Exit code 2 if nothing could be taken apart.
    """
    from connectors.shops import newest_bundle
    from schemas.errors import BadInput
    from schemas.webhooks import Unread

    body: bytes = file.read()
    bundle = newest_bundle(shop)
    try:
        found, named = _guessed(body, door, topic)
        told = list(_told(bundle, found, named, body))
    except BadInput as error:
        click.echo(f"not read: {error}", err=True)
        sys.exit(BAD_INPUT)
    events = [one for one in told if not isinstance(one, Unread)]
    for one in events:
        click.echo(one.decode())
    _report(bundle, events, [one for one in told if isinstance(one, Unread)])


def _guessed(body: bytes, door: str, topic: str) -> tuple[str, str]:
    from connectors.platforms.guessing import guess

    if door != "auto" and (topic or door in ("csv", "cloudevents")):
        return door, topic
    found = guess(body)
    named = topic or found.topic
    click.echo(f"read as {found.door} {named}".rstrip(), err=True)
    return (found.door if door == "auto" else door), named


def _told(bundle: "Bundle", door: str, topic: str, body: bytes) -> Iterator["Told"]:
    from connectors.platforms.registry import PLATFORMS, read, shop_of
    from connectors.platforms.sheets import read_sheet, sheet_shop

    if door == "csv":
        return read_sheet(sheet_shop(bundle.shop, bundle.default_language, bundle.webhooks), body)
    if door == "cloudevents":
        return _lines(bundle, body)
    platform = PLATFORMS[door]
    if topic in platform.silent:
        click.echo(f"{topic} tells nothing of its own: {platform.silent[topic]}", err=True)
    if bundle.webhooks is None or bundle.webhooks.platform != door:
        click.echo(f"the bundle says nothing of {door}: read by its preset alone", err=True)
    shop = shop_of(bundle.shop, bundle.default_language, platform.id, bundle.webhooks)
    return read(shop, topic, body, time.time_ns() // 1_000_000)


def _lines(bundle: "Bundle", body: bytes) -> Iterator["Told"]:
    """CloudEvents, one a line; each that is not one of this shop's is told with its line."""
    from schemas.envelope import read_structured
    from schemas.errors import BadEvent
    from schemas.webhooks import Unread

    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            event = read_structured(line)
            if getattr(event.data, "shop", bundle.shop) != bundle.shop:
                raise BadEvent(f"another shop than {bundle.shop}", "data.shop")
        except BadEvent as problem:
            yield Unread(problem.reason, f"line {number}, {problem.place}", line)
        else:
            yield line


def _report(bundle: "Bundle", events: list[bytes], unread: Iterable["Unread"]) -> None:
    from connectors.platforms.missing import missing

    failed = list(unread)
    for one in failed:  # not its original: it may hold a person's data
        click.echo(f"not read: {f'{one.place}: ' if one.place else ''}{one.reason}", err=True)
    for lack in missing(events):
        number = f" ({lack.lacking} of {lack.of})" if lack.of > 1 else ""
        click.echo(f"missing: {lack.type.split('.', 1)[1][:-3]} {lack.field}{number}: {lack.without}", err=True)
    click.echo(f"{bundle.shop} {bundle.version}: {len(events)} events, {len(failed)} not read", err=True)


@click.command("key")
@click.argument("shop")
def make_key(shop: str) -> None:
    """Make a key by which SHOP publishes its events over HTTP.

    The key goes to the shop and is kept nowhere here; what goes into AWIZO_SHOP_KEYS is its hash. To renew a key, add
    the new entry, give the new key to the shop, and take the old entry away when it is no longer used.
    """
    from secrets import token_urlsafe

    from connectors.gateway.shop_keys import hash_of, is_shop

    if not is_shop(shop):
        raise click.UsageError("a shop's id is 2 to 32 small letters, digits and hyphens")
    key = token_urlsafe(32)
    click.echo(f"for the shop:        {key}")
    click.echo(f"for AWIZO_SHOP_KEYS: {shop}={hash_of(key)}")
