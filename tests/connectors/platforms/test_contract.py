"""What every platform in the registry keeps, tried on every golden webhook. A new platform is found by its files."""

import json
from typing import Any

import pytest

from connectors.platforms.guessing import guess
from connectors.platforms.platform import Platform
from connectors.platforms.registry import LONGEST, PLATFORMS, read, shop_of
from schemas.envelope import read_structured
from schemas.errors import BadPayload
from schemas.webhooks import Unread


def tried(golden: Any, body: bytes) -> list[Any]:
    """What a body reads as; nothing for one that cannot be taken apart at all."""
    try:
        return list(golden.read(body))
    except BadPayload:
        return []


def test_every_topic_of_a_platform_is_met_by_a_golden_webhook(platform: Platform, goldens: list[Any]) -> None:
    met = {golden.topic for golden in goldens if golden.platform == platform.id}
    readers = {reader for topic, reader in platform.topics.items() if topic in met}
    assert readers == set(platform.topics.values())
    assert met >= set(platform.silent)


def test_a_golden_webhook_reads_as_written(golden: Any) -> None:
    assert golden.said() == {name: golden.expected[name] for name in ("events", "unread")}


def test_all_that_is_read_are_events_of_the_shop(golden: Any) -> None:
    for one in golden.read():
        if not isinstance(one, Unread):
            event = read_structured(one)
            assert event.source == f"/shops/sowa/{golden.platform}"
            assert event.data.shop == "sowa"  # type: ignore[union-attr]


def test_the_same_webhook_again_tells_the_same_events(golden: Any) -> None:
    assert golden.read() == golden.read()


def test_a_payload_that_is_written_otherwise_tells_the_same_events(golden: Any) -> None:
    again = json.dumps(json.loads(golden.body), indent=3, sort_keys=True).encode()
    if golden.topic != "customers/redact":  # without a time and a name of its own, it is named by its bytes
        assert list(map(_said, golden.read(again))) == list(map(_said, golden.read()))


def _said(one: Any) -> Any:
    return one[:2] if isinstance(one, Unread) else one


def test_damage_in_one_place_yields_only_events_and_words_on_what_was_not_read(golden: Any) -> None:
    """The words say why, and are none of the customer's."""
    number = 0
    for body in golden.damaged():
        for one in tried(golden, body):
            number += 1
            if isinstance(one, Unread):
                assert one.reason
                said = f"{one.reason} {one.place}"
                assert not any(word in said for word in ("anna", "Anna", "500 000", "example.com", "Sowi\u0144ska"))
            else:
                read_structured(one)
    assert number or not golden.read()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"7", b'"x"', b"[]", b"\xff\xfe", b"webhook_id=7", b"[" * 200_000]
)
def test_what_cannot_be_taken_apart_is_refused_at_the_call(platform: Platform, body: bytes) -> None:
    with pytest.raises(BadPayload):
        read(shop_of("sowa", "pl", platform.id), next(iter(platform.topics)), body, 0)


def test_a_webhook_of_an_absurd_size_is_refused(platform: Platform) -> None:
    body = b'{"id": 1, "note": "' + b"x" * LONGEST + b'"}'
    with pytest.raises(BadPayload, match="bytes"):
        read(shop_of("sowa", "pl", platform.id), next(iter(platform.topics)), body, 0)


def test_a_topic_that_is_not_read_is_refused_with_those_that_are(platform: Platform) -> None:
    with pytest.raises(BadPayload, match=next(iter(platform.topics))):
        read(shop_of("sowa", "pl", platform.id), "products/update", b"{}", 0)


def test_an_absurd_number_of_parcels_ends_in_a_word() -> None:
    fulfilment = {"id": 1, "order_id": 7, "updated_at": "2026-10-12T10:00:00Z", "tracking_company": "InPost"}
    numbers = [f"6{number:023}" for number in range(2_000)]
    body = json.dumps(fulfilment | {"tracking_numbers": numbers}).encode()
    told = list(read(shop_of("sowa", "pl", "shopify"), "fulfillments/update", body, 0))
    assert len(told) == 1_001
    assert isinstance(told[-1], Unread)


def test_a_golden_webhook_is_recognised(golden: Any) -> None:
    found = guess(golden.body)
    assert found.door == golden.platform
    platform = PLATFORMS[golden.platform]
    if golden.topic in platform.silent or golden.topic not in platform.topics:
        assert found.topic == golden.topic
    else:
        assert platform.topics[found.topic] == platform.topics[golden.topic]
