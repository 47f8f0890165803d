"""The threshold: too much, too slow, too often, too many at once; and what every answer carries."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from connectors.gateway.allowances import ALLOWANCES, ELSEWHERE, KIB, Allowance, allowance_of
from connectors.gateway.outside import HEADERS
from connectors.gateway.rates import Rates
from connectors.gateway.reception import Reception
from connectors.gateway.sources import neighbourhood, seen_by_proxy
from connectors.gateway.threshold import Threshold
from connectors.metering import Counts, NoMeter
from schemas.metrics import GATEWAY_REFUSED, GATEWAY_REQUESTS, GATEWAY_SECONDS
from tests.gateway.asking import Asked, Wire, counts, published
from tests.gateway.genuine import ALL, SETTINGS, Genuine

Receive = Callable[..., Reception]

TIGHT = Allowance("couriers", "/", 1 * KIB, 0.01, 1, 3)


async def door(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of what it was sent."""
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})


def scope_of(path: str = "/couriers/fedex", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "headers": named, "client": ("203.0.113.9", 1), "method": "POST"}


def at(threshold: Threshold, scope: dict[str, Any], *chunks: bytes, ends: bool = True) -> int:
    """The status that this request gets; `ends`: no more of the body is to come."""

    async def asked() -> int:
        sent: list[Any] = []
        waiting = list(chunks)

        async def receive() -> Any:
            if not waiting:
                await asyncio.Event().wait()
            chunk = waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting) or not ends}

        async def send(message: Any) -> None:
            sent.append(message)

        await threshold(scope, receive, send)
        return int(sent[0]["status"])

    return asyncio.run(asked())


def tight(clock: Callable[[], float] = lambda: 0.0, **more: Any) -> Threshold:
    return Threshold(door, Rates(clock), more.pop("meter", NoMeter()), allowance=lambda _path: TIGHT, **more)


def test_a_body_of_just_the_limit_passes_and_a_byte_more_does_not() -> None:
    assert at(tight(), scope_of(), b"x" * 1024) == 200
    assert at(tight(), scope_of(), b"x" * 1024, b"y") == 413
    assert at(tight(), scope_of(content_length="1025"), b"") == 413
    assert at(tight(), scope_of(content_length="a lot"), b"") == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    meter = Counts()
    assert at(tight(meter=meter), scope_of(), b"x", ends=False) == 408
    assert meter.total(GATEWAY_REFUSED, "couriers", "slow") == 1


def test_who_comes_too_often_is_told_when_to_come_again_and_others_are_not() -> None:
    now = [0.0]
    threshold = tight(lambda: now[0])
    assert [at(threshold, scope_of(), b"") for _ in range(4)] == [200, 200, 200, 429]
    other = scope_of() | {"client": ("203.0.113.10", 1)}
    assert at(threshold, other, b"") == 200
    now[0] += 1.0
    assert at(threshold, scope_of(), b"") == 200
    assert at(threshold, scope_of(), b"") == 429


def test_bodies_are_taken_as_they_are() -> None:
    assert at(tight(), scope_of(content_encoding="gzip"), b"x") == 415
    assert at(tight(), scope_of(content_encoding="Identity"), b"x") == 200


def test_too_many_at_once_and_too_many_bytes_at_once_wait_outside() -> None:
    assert at(tight(at_once=0), scope_of(), b"x") == 503
    assert at(tight(held=10), scope_of(), b"x" * 11) == 503
    threshold = tight(held=10)
    assert [at(threshold, scope_of(), b"x" * 9) for _ in range(3)] == [200, 200, 200]  # what is over takes no room


def test_one_who_hangs_up_is_not_answered_and_leaves_nothing_behind() -> None:
    threshold = tight(held=10)

    async def hung_up() -> list[Any]:
        sent: list[Any] = []
        messages = [{"type": "http.request", "body": b"x" * 9, "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        await threshold(scope_of(), receive, send)
        return sent

    assert asyncio.run(hung_up()) == []
    assert at(threshold, scope_of(), b"x" * 10) == 200


@pytest.mark.parametrize(
    ("forwarded", "proxies", "source"),
    [
        ((), 0, "203.0.113.9"),
        (("198.51.100.1",), 0, "203.0.113.9"),  # nobody stands in front: the header is an invention
        (("198.51.100.1",), 1, "198.51.100.1"),
        (("6.6.6.6, 198.51.100.1",), 1, "198.51.100.1"),
        (("6.6.6.6", "198.51.100.1"), 1, "198.51.100.1"),
        (("198.51.100.1, 10.0.0.2",), 2, "198.51.100.1"),
        (("198.51.100.1",), 2, "203.0.113.9"),
        ((" ",), 1, "203.0.113.9"),
    ],
)
def test_the_sender_is_whom_the_last_trusted_proxy_saw(forwarded: tuple[str, ...], proxies: int, source: str) -> None:
    scope = scope_of() | {"headers": [(b"x-forwarded-for", value.encode()) for value in forwarded]}
    assert seen_by_proxy(scope, proxies) == source


def test_an_ipv6_sender_is_its_network_and_a_mapped_one_its_ipv4() -> None:
    assert neighbourhood("2001:db8:1:2:3::4") == neighbourhood("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert neighbourhood("::ffff:203.0.113.9") == neighbourhood("203.0.113.9")
    assert neighbourhood("x" * 500) == "x" * 64


def test_an_operator_may_let_sources_come_more_often_or_without_limit() -> None:
    for times, passed in ((1.0, 3), (2.0, 6), (0.1, 1), (0.0, 20)):
        rates = Rates(lambda: 0.0, times)
        assert sum(not rates.wait("door", "a", 1, 3) for _ in range(20)) == passed


def test_sources_that_were_not_seen_for_longest_are_forgotten_first() -> None:
    rates = Rates(lambda: 0.0, most=2)
    for source in ("a", "b", "a", "c"):
        rates.wait("door", source, 1, 10)
    assert sorted(source for _door, source in rates._full_at) == ["a", "c"]


def test_every_path_has_an_allowance_and_an_unknown_one_the_least() -> None:
    assert {allowance.door for allowance in ALLOWANCES} >= {"couriers", "providers", "shops", "pages"}
    assert allowance_of("/couriers/fedex").door == "couriers"
    assert allowance_of("/providers/sendgrid/mail").door == "mail"
    assert allowance_of("/.env") == ELSEWHERE


def test_every_answer_carries_the_headers_and_is_counted(receive: Receive) -> None:
    reception = receive(**SETTINGS)
    with Wire(reception) as wire:
        for path in ("/healthz", "/readyz", "/nowhere", "/couriers/fedex"):
            answered = wire.ask(Asked(path, method="GET"))
            for name, value in HEADERS:
                assert answered.headers[name.decode()] == value.decode()
            assert "max-age" in answered.headers["strict-transport-security"]
    assert counts(reception).total(GATEWAY_REQUESTS, "elsewhere", "4xx") == 1
    assert len(counts(reception).values(GATEWAY_SECONDS, "health")) == 2


@pytest.mark.parametrize("genuine", ALL, ids=[one.name for one in ALL])
def test_every_door_refuses_what_is_too_large(genuine: Genuine, receive: Receive) -> None:
    reception = receive(**SETTINGS)
    most = allowance_of(genuine.asked.path).most

    async def endless() -> Any:
        return {"type": "http.request", "body": b"x" * (most // 4), "more_body": True}

    with Wire(reception) as wire:
        assert wire.ask_slowly(genuine.asked, endless).status == 413
    assert published(reception) == []


@pytest.mark.parametrize("genuine", ALL, ids=[one.name for one in ALL])
def test_every_door_refuses_what_comes_byte_by_byte_for_ever(genuine: Genuine, receive: Receive) -> None:
    reception = receive(**SETTINGS)
    given = iter(genuine.asked.body)

    async def dripping() -> Any:
        await asyncio.sleep(0)
        if (byte := next(given, None)) is None or byte == genuine.asked.body[-1]:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": bytes([byte or 0]), "more_body": True}

    with Wire(reception, lambda path: allowance_of(path)._replace(seconds=0.05)) as wire:
        assert wire.ask_slowly(genuine.asked, dripping).status == 408
    assert published(reception) == []
