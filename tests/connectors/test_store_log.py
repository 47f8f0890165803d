"""The log in the store's table, on every kind of store."""

import threading

import pytest

from connectors.gateway.allowances import ALLOWANCES
from connectors.log.publisher import LARGEST, Entry, entry_of
from connectors.log.store_log import StoreLog
from connectors.store.opening import Store
from schemas.errors import BadEvent, LogDown
from schemas.streams import COURIERS, LOG, ORDERS, RESULTS, stream_of


def entries(*events: str) -> list[Entry]:
    return [Entry(ORDERS, event.encode()) for event in events]


def test_what_is_published_is_read_in_its_order_with_when_it_was_recorded(store: Store) -> None:
    log = StoreLog(store, iter([1_000, 2_000]).__next__)
    log.publish([*entries("a"), Entry(COURIERS, b"\xff")])
    log.publish(entries("b"))
    found = log.read(0)
    assert [(logged.stream, logged.recorded_at, logged.event) for logged in found] == [
        ("orders", 1_000, b"a"),
        ("couriers", 1_000, b"\xff"),
        ("orders", 2_000, b"b"),
    ]
    assert log.read(found[0].position, most=1) == found[1:2]
    assert log.end() == found[-1].position


def test_a_clock_that_goes_back_does_not_take_the_log_along(store: Store) -> None:
    log = StoreLog(store, iter([5_000, 3_000]).__next__)
    log.publish(entries("a"))
    log.publish(entries("b"))
    assert [logged.recorded_at for logged in log.read(0)] == [5_000, 5_000]


def test_an_empty_log_ends_at_nothing(store: Store) -> None:
    log = StoreLog(store, lambda: 1)
    log.publish([])
    assert (log.end(), log.read(0)) == (0, [])


def test_many_publish_at_once_and_none_is_lost_or_read_late(store: Store) -> None:
    log = StoreLog(store, lambda: 7)
    writers = [threading.Thread(target=lambda n=n: log.publish(entries(f"{n}a", f"{n}b"))) for n in range(40)]
    read: list[bytes] = []
    at = 0
    for writer in writers:
        writer.start()
    while len(read) < 80:
        for logged in log.read(at, most=9):
            at = logged.position
            read.append(logged.event)
    for writer in writers:
        writer.join()
    assert sorted(read) == sorted(f"{n}{letter}".encode() for n in range(40) for letter in "ab")
    assert all(read.index(f"{n}b".encode()) == read.index(f"{n}a".encode()) + 1 for n in range(40))


def test_a_store_that_is_gone_is_a_log_that_is_down() -> None:
    from sqlalchemy import create_engine

    gone = StoreLog(Store(create_engine("sqlite:////nowhere/at/all.db"), "sandbox"), lambda: 1)
    with pytest.raises(LogDown):
        gone.publish(entries("a"))


def test_what_no_log_could_take_is_refused_before_it_is_published() -> None:
    with pytest.raises(BadEvent, match="10,000,000 at most"):
        entry_of(b" " * (LARGEST + 1))


def test_whatever_a_door_takes_fits_into_an_event() -> None:
    most = {each.door: each.most for each in ALLOWANCES if each.door != "mail"}  # of mail only the words are published
    assert max(most.values()) * 4 / 3 + 100_000 < LARGEST


def test_every_type_of_event_has_its_stream_and_each_topic_one_name() -> None:
    assert stream_of("awizo.shipment.linked.v1") is ORDERS
    assert stream_of("awizo.weather.changed.v1") is None
    assert stream_of("hello") is None
    topics = [stream.topic for stream in (*LOG, *RESULTS)]
    assert len(set(topics)) == len(topics)
