"""Bundles from a folder into the store of a live run: accepted whole, or refused with every finding."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.log.publisher import Entry, Publisher
from connectors.log.store_log import StoreLog
from connectors.mappings import MAPPINGS_FILE, load_mappings
from connectors.shops import SHOP_FILE, accept, versions
from connectors.store.bundles import BundleShelf
from couriers.registry import read
from pipelines.rules.book import book_of
from pipelines.rules.context import Bundles, Configured, LogContext, newest, pack_entry
from pipelines.rules.normalize import Door, normalize
from schemas.errors import BadBundle, BadInput
from schemas.events import SHOP_CONFIGURED
from schemas.mappings import Mappings
from schemas.shops import Bundle
from schemas.streams import SHOPS
from schemas.times import Millis, from_millis
from schemas.wire import name_of


@dataclass(frozen=True)
class Applied:
    """What came of applying a folder: bundles that are new, and shops whose bundle in force changes."""

    accepted: tuple[Bundle, ...]
    configured: tuple[Bundle, ...]


def checked(directory: Path) -> list[Bundle]:
    """Every bundle under a folder (or the one that it is), its fields and words checked. Raises BadBundle with the
    findings of all, BadInput for a folder that holds none."""
    folders = [directory] if (directory / SHOP_FILE).exists() else versions(directory)
    if not folders:
        raise BadInput(f"holds no <shop>/<version>/{SHOP_FILE}", str(directory))
    found, findings = [], list[str]()
    for folder in folders:
        try:
            found.append(accept(folder))
        except BadBundle as error:
            findings += error.findings
    if findings:
        raise BadBundle(directory.name, tuple(findings))
    return found


def put(shelf: BundleShelf, directory: Path, at: Millis) -> list[Bundle]:
    """Keep every bundle of a folder, and the mappings beside them; those that are new. Nothing is in force by that but
    the lowest version of a shop that has none. Raises BadBundle."""
    bundles = checked(directory)
    if (directory / MAPPINGS_FILE).exists():
        loaded = load_mappings(directory)
        shelf.put_mappings(Mappings(version=loaded.version, mappings=loaded.mappings), at)
    return [bundle for bundle in bundles if shelf.put(bundle, at)]


def apply(shelf: BundleShelf, publisher: Publisher, directory: Path, at: Millis) -> Applied:
    """Keep every bundle of a folder and let the newest new version of each shop be in force from now on. Raises
    BadBundle, and LogDown."""
    accepted = put(shelf, directory, at)
    by_shop: dict[str, list[Bundle]] = {}
    for bundle in accepted:
        by_shop.setdefault(bundle.shop, []).append(bundle)
    last = [next(b for b in each if b.version == newest(b.version for b in each)) for each in by_shop.values()]
    configure(publisher, last, at)
    return Applied(tuple(accepted), tuple(last))


def configure(publisher: Publisher, bundles: Iterable[Bundle], at: Millis) -> None:
    """Say in the log that these bundles are in force from now on. Raises LogDown."""
    publisher.publish([Entry(SHOPS, configured(bundle.shop, bundle.version, at)) for bundle in bundles])


def in_force(log: StoreLog, bundles: Bundles, shop: str, now: Millis) -> Bundle | None:
    """The bundle that the log says is in force, also where no run has read it yet."""
    door = Door(book_of(bundles, b""), read)
    entries = [
        pack_entry(item)
        for logged in log.of_stream(SHOPS)
        for item in normalize(logged.event, door, recorded=logged.recorded_at).items
        if isinstance(item, Configured)
    ]
    return LogContext(bundles, entries).bundle(shop, now)


def configured(shop: str, version: str, at: Millis) -> bytes:
    """The structured CloudEvent that switches a shop to a version."""
    event = {
        "specversion": "1.0",
        "type": SHOP_CONFIGURED,
        "source": "/awizo/shops",
        "id": name_of(shop, version, at),
        "time": from_millis(at).isoformat(timespec="milliseconds"),
        "data": {"shop": shop, "version": version},
    }
    return json.dumps(event).encode()


def differences(before: Bundle | None, after: Bundle) -> Sequence[str]:
    """What an accepted bundle and another say otherwise, a line a field; texts by name."""
    old, new = _flat(before.model_dump(mode="json") if before else {}), _flat(after.model_dump(mode="json"))
    lines = []
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            lines += [f"  {name}:", *_side("-", old.get(name)), *_side("+", new.get(name))]
    return lines


def _side(sign: str, value: object) -> list[str]:
    return [] if value is None else [f"    {sign} {line}" for line in str(value).splitlines() or [""]]


def _flat(value: object, path: str = "") -> dict[str, object]:
    """Path of a field -> its value."""
    if not isinstance(value, dict):
        return {path: value}
    found: dict[str, object] = {}
    for key, inner in value.items():
        found |= _flat(inner, f"{path}.{key}" if path else key)
    return found
