"""What a scan says of its courier's feed: alive, once an hour, never further than the scan itself."""

import json

from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules.context import Heard, LogContext, pack_entry
from pipelines.rules.heartbeats import heartbeat
from schemas.envelope import read_structured
from schemas.events import CourierHeartbeat
from schemas.parcels import ParcelUpdate
from schemas.times import HOUR, MINUTE, Millis

NOON: Millis = 1_792_584_000_000  # 2026-10-21T12:00Z
NOTHING = LogContext({})
moments = st.integers(NOON, NOON + 50 * HOUR)


def update(known_at: Millis, shop: str = "sowa", courier: str = "inpost") -> ParcelUpdate:
    return ParcelUpdate(shop, "7", courier, "N100", version=3, at=known_at + MINUTE, known_at=known_at)


def heard(at: Millis) -> LogContext:
    return LogContext({}, [pack_entry(Heard(at, at, "inpost", "sowa"))])


def test_a_scan_says_that_its_feed_was_alive_in_that_hour_for_its_shop() -> None:
    event = heartbeat(update(NOON + 59 * MINUTE), NOTHING, NOON + 2 * HOUR)
    assert event is not None
    read = read_structured(event)
    assert (read.type, read.source, read.occurred_at) == ("awizo.courier.heartbeat.v1", "/awizo/track/sowa", NOON)
    assert read.data == CourierHeartbeat(courier="inpost", shop="sowa")


def test_the_same_hour_is_one_event_and_another_hour_shop_or_courier_is_another() -> None:
    first, again, later, other, elsewhere = (
        json.loads(heartbeat(each, NOTHING, NOON + 2 * HOUR) or b"")["id"]
        for each in (
            update(NOON),
            update(NOON + 5 * MINUTE),
            update(NOON + HOUR),
            update(NOON, shop="lela"),
            update(NOON, courier="dhl"),
        )
    )
    assert first == again
    assert len({first, later, other, elsewhere}) == 4


@given(at=moments, scan=moments)
def test_what_is_told_is_news_and_never_later_than_the_scan(at: Millis, scan: Millis) -> None:
    event = heartbeat(update(scan), heard(at), max(at, scan))
    told = read_structured(event).occurred_at if event else 0
    assert told <= scan
    assert max(told, at) > scan - HOUR
    assert event is None or told > at


def test_what_the_log_learns_only_later_is_not_known_yet() -> None:
    assert heartbeat(update(NOON), heard(NOON + HOUR), NOON + MINUTE) is not None


def test_a_parcel_without_a_scan_says_nothing_of_its_feed() -> None:
    assert heartbeat(update(0), NOTHING, NOON) is None
