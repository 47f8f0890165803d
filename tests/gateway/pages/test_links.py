"""A link opens its own page at its own shop's host until it expires; anything else opens nothing."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.log.publisher import Entry
from connectors.store.links import Links
from schemas.errors import LogDown
from schemas.metrics import PAGES
from templates.links import ALPHABET, LIVES

Seen = Callable[[str], str]


def refusal(world: Any, shop: str = "sowa") -> Any:
    """What nobody's code is answered."""
    return world.client(shop).get("/p/0000000000")


def same(one: Any, other: Any) -> bool:
    """Whether two answers cannot be told apart."""
    return (one.status_code, one.content, dict(one.headers)) == (other.status_code, other.content, dict(other.headers))


def test_a_link_that_opens_nothing_is_explained_in_the_shops_name(world: Any, seen: Seen) -> None:
    answer = refusal(world)
    assert answer.status_code == 404
    assert "Ten link nie działa" in seen(answer.text)
    assert "Sklep Sowa" in seen(answer.text)
    assert "220000000" in seen(answer.text)


def test_tampered_expired_and_foreign_links_are_answered_alike(world: Any) -> None:
    path = world.order("several")
    opened = world.client().get(path)
    assert opened.status_code == 200
    tampered = [path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :] for place in range(3, 13)]
    strange = ["/p/" + code for code in ("1", "A" * 9, "A" * 11, "A" * 400, "%00", "żółw", "' OR 1=1 --", "..%2e")]
    of_another_shop = world.order("ukrainian")
    for wrong in [*tampered, *strange, of_another_shop, path.lower(), path.upper().replace("/P/", "/p/")]:
        assert same(world.client().get(wrong), refusal(world)), wrong
    assert same(world.client("lela").get(path), refusal(world, "lela"))
    world.time[0] += LIVES["order"]
    assert same(world.client().get(path), refusal(world))


def test_hundreds_of_guesses_learn_nothing(world: Any) -> None:
    chance, client, expected = random.Random(7), world.client(), refusal(world)
    world.order("several")
    for number in range(600):
        world.time[0] += 1_000  # at the rate that one source is allowed
        code = "".join(chance.choices(ALPHABET, k=10))
        assert same(client.get(f"/p/{code}" if number % 2 else f"/u/{code}"), expected)


def test_a_source_that_guesses_fast_is_stopped_with_a_page(world: Any, seen: Seen) -> None:
    client, good = world.client(**{"accept-language": "pl"}), world.order("several")
    answers = [client.get(f"/p/{number:010}") for number in range(60)]
    assert {answer.status_code for answer in answers[:39]} == {404}
    assert {answer.status_code for answer in answers[40:]} == {429}
    assert "Za dużo prób" in seen(answers[-1].text)
    assert same(client.get(good), answers[-1])  # whether the link opens anything is not told
    world.time[0] += 60_000
    assert client.get(good).status_code == 200


def test_a_code_at_the_wrong_door_opens_nothing(world: Any) -> None:
    client, expected = world.client(), refusal(world)
    assert same(client.get(f"/u/{world.link('order/10501')}"), expected)
    assert same(client.get(f"/u/{world.link('preferences')}"), expected)
    assert same(client.get(f"/p/{world.link('unsubscribe/service')}"), expected)


def test_another_recipient_of_the_order_has_a_link_of_their_own_and_a_stranger_none(world: Any, scenes: Any) -> None:
    stranger = world.order("in_locker", recipient="c9")
    assert same(world.client().get(stranger), refusal(world))
    shown = scenes["in_locker"]
    removed = replace(shown.record, at=shown.record.at + 1, recipients=())
    from connectors.store.records import Records

    path = world.order("in_locker")
    assert world.client().get(path).status_code == 200
    Records(world.store).write([removed])
    assert same(world.client().get(path), refusal(world))


def test_who_is_forgotten_is_as_if_there_had_never_been_a_link(world: Any) -> None:
    path = world.order("in_locker")
    Links(world.store).forget("sowa", "c1", world.time[0])
    assert same(world.client().get(path), refusal(world))


def test_an_unknown_host_shows_no_shop_and_opens_nothing(world: Any, seen: Seen) -> None:
    path, client = world.order("in_locker"), world.client("nobody")
    answers = [client.get(path), client.get("/p/0000000000"), client.get(path, headers={"host": "[::"})]
    assert all(same(answer, answers[0]) for answer in answers)
    assert answers[0].status_code == 404
    assert "Sowa" not in seen(answers[0].text)
    assert "does not work" in seen(answers[0].text)


def test_on_this_machine_a_sandboxs_links_open_whatever_their_shop(world: Any) -> None:
    path, client = world.order("ukrainian"), world.client()
    assert client.get(path, headers={"host": "127.0.0.1:8080"}).status_code == 200
    world.store.realm = "twilio:AC"
    assert client.get(path, headers={"host": "127.0.0.1:8080"}).status_code == 404


@pytest.mark.parametrize(
    ("accepts", "words"), [("uk,en;q=0.5", "не працює"), ("de, en;q=0.1", "does not"), ("", "nie")]
)
def test_a_refusal_speaks_the_browsers_language(world: Any, seen: Seen, accepts: str, words: str) -> None:
    answer = world.client().get("/p/0000000000", headers={"accept-language": accepts})
    assert words in seen(answer.text)


SCOPES = ("order/10511", "preferences", "feedback/10509", "unsubscribe/service", "unsubscribe/feedback")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_never_changes_anything(world: Any, scope: str, method: str) -> None:
    door = "u" if scope.startswith("unsubscribe") else "p"
    path = f"/{door}/{world.link(scope)}"
    before = list(world.store.engine.raw_connection().driver_connection.iterdump())
    guesses = (
        "",
        "?do=stop",
        "?mark=5",
        "?do=leave&List-Unsubscribe=One-Click",
        "?done=stopped",
        "?do=save&shipping=none",
    )
    for guess in guesses:
        assert world.client().request(method, path + guess).status_code == 200
    assert list(world.store.engine.raw_connection().driver_connection.iterdump()) == before
    assert world.events == []


def test_other_methods_are_refused(world: Any) -> None:
    path = world.order("several")
    assert {world.client().request(method, path).status_code for method in ("PUT", "DELETE", "PATCH")} == {405}


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://sowa.example"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "https://sowa.example.evil.example"},
        {"origin": "https://sowa.example:444"},
        {"origin": "null"},
        {"origin": "https://[sowa.example"},
    ],
)
def test_a_form_of_another_site_is_refused(world: Any, seen: Seen, headers: dict[str, str]) -> None:
    path = f"/p/{world.link('preferences')}"
    answer = world.client(**headers).post(path, data={"do": "stop"})
    assert answer.status_code == 403
    assert "Niczego nie zmieniono" in seen(answer.text)
    assert world.events == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"origin": "https://sowa.example"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
    ],
)
def test_a_form_of_the_page_itself_is_taken(world: Any, headers: dict[str, str]) -> None:
    path = f"/p/{world.link('preferences')}"
    assert world.client(**headers).post(path, data={"do": "stop"}).status_code == 303
    assert len(world.events) == 1


class DownLog:
    """A log that takes nothing."""

    def publish(self, entries: list[Entry]) -> None:
        raise LogDown("away")


def test_what_the_log_does_not_take_is_not_shown_as_done(world: Any, seen: Seen) -> None:
    path = f"/p/{world.link('preferences')}"
    world.reception.intake.publisher = DownLog()
    answer = world.client().post(path, data={"do": "stop"})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "nic nie zostało zmienione" in seen(answer.text)
    assert "zatrzymane" not in seen(world.client().get(path).text)


def test_what_cannot_be_read_changes_nothing(world: Any, seen: Seen) -> None:
    path = f"/p/{world.link('preferences')}"
    wrongs: list[dict[str, Any]] = [
        {"data": {"do": "fly"}},
        {"data": {"do": "save", "shipping": "pigeon"}},
        {"data": {"do": "save", "opens": "9999", "closes": "1"}},
        {"data": {"do": "save", "opens": "９", "closes": "600"}},
        {"data": {"do": "save", "language": "xx"}},
        {"data": {"do": "pause", "order": "77777"}},
        {"content": b'{"do": "stop"}', "headers": {"content-type": "application/json"}},
        {"content": b"\xff=1&do=stop", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"content": b"do=stop", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ]
    for wrong in wrongs:
        answer = world.client().post(path, **wrong)
        assert answer.status_code == 400, wrong
        assert "Nie udało się odczytać" in seen(answer.text)
    assert world.client().post(world.order("several"), data={"do": "stop"}).status_code == 400
    assert world.events == []


def test_every_answer_is_counted_by_door_and_status(world: Any) -> None:
    world.client().get(world.order("several"))
    refusal(world)
    counts = world.reception.meter
    assert (counts.total(PAGES, "p", "200"), counts.total(PAGES, "p", "404")) == (1, 1)


def test_a_page_may_load_nothing_be_framed_by_nobody_and_be_kept_by_nobody(world: Any) -> None:
    answer = world.client().get(world.order("several"))
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in answer.headers
