"""Where goes what an actor says: on to the next actor, to Compose as one recipient's items, or to Record."""

from collections.abc import Iterable
from typing import NamedTuple

from pipelines.rules.unfold import Failure, name_in
from schemas.messages import DeadLetter, Decision, Notice, Withdraw
from schemas.orders import News, OrderRecord, order_key, recipient_key
from schemas.parcels import ParcelRecord, ParcelUpdate, ScanRecord
from schemas.times import Millis
from schemas.wire import Arrival, Item, Stream, bundle, pack, pack_items, pack_record

Keyed = tuple[str, bytes]

Said = Iterable[tuple[Millis, object]]


class Routed(NamedTuple):
    """What goes on by key (packed arrivals, or packed items of one recipient), and packed records."""

    onward: list[Keyed]
    records: list[bytes]


def route(producer: str, key: str, said: Said, since: Millis = 0) -> Routed:
    """Sort out what the producer's key has said. Of records that are snapshots only the newest is kept. Notices,
    withdrawals and decisions of before `since` are left out. Raises TypeError for what nobody takes."""
    onward: list[Keyed] = []
    records: list[bytes] = []
    items: list[Item] = []
    newest: dict[type, ParcelRecord | OrderRecord] = {}
    for now, output in said:
        match output:
            case ParcelUpdate() | News():
                onward.append(_arrival(producer, key, now, output))
            case ParcelRecord() | OrderRecord():
                newest[type(output)] = output
            case ScanRecord():
                records.append(pack_record(output))
            case Decision():
                if now >= since:
                    records.append(pack_record(output))
            case Notice() | Withdraw():
                if now >= since:
                    items.append(output)
            case _:
                raise TypeError(f"{producer} said a {type(output).__name__}, which no stage takes")
    records.extend(map(pack_record, newest.values()))
    if items:
        onward.append((key, pack_items(items)))
    return Routed(onward, records)


def bundled(onward: Iterable[Keyed]) -> Iterable[Keyed]:
    """All that goes to one key as one value, so that a whole life costs one element a hearer."""
    by_key: dict[str, list[bytes]] = {}
    for key, value in onward:
        by_key.setdefault(key, []).append(value)
    return ((key, bundle(values)) for key, values in by_key.items())


def _arrival(producer: str, key: str, now: Millis, body: ParcelUpdate | News) -> Keyed:
    """What one actor tells the next, named by producer and version."""
    if isinstance(body, ParcelUpdate):
        to, stream, version = order_key(body.shop, body.order), Stream.PARCELS, body.version
    else:
        to, stream, version = recipient_key(body.shop, body.recipient), Stream.NEWS, body.order.version
    return to, pack(Arrival(now, stream, f"{producer}/{key}", f"{version:010d}", body))


def bury(producer: str, key: str, failure: Failure) -> bytes:
    """The packed dead letter of a step that raised; `place` is the key."""
    source, name = "", ""
    if failure.original:
        source, _, name = name_in(failure.original).decode(errors="replace").partition("\0")
    letter = DeadLetter(producer, failure.reason, key, failure.original, failure.now, source, name)
    return pack_record(letter)
