"""One-click unsubscribe: for its class of e-mails and its shop alone, by a mailbox provider or by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.store.preferences import Preferences
from pipelines.rules.wishes import pairs_of

Seen = Callable[[str], str]

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def path(world: Any) -> str:
    return f"/u/{world.link('unsubscribe/service')}"


def left(world: Any, shop: str = "sowa") -> frozenset[str]:
    found: frozenset[str] = Preferences(world.store).of(shop, "c1").wishes.left
    return found


def test_a_mailbox_provider_leaves_by_one_post_and_is_answered_without_a_page(world: Any, path: str) -> None:
    answer = world.client().post(path, data=ONE_CLICK)
    assert (answer.status_code, answer.content) == (200, b"")
    (event,) = world.events
    assert event["type"] == "awizo.customer.opted_out.v1"
    assert event["data"] == {"shop": "sowa", "who": {"recipient": "c1"}, "channel": "email", "class": "service"}
    assert left(world) == pairs_of("email", "service")
    assert left(world, "lela") == frozenset()


def test_the_post_may_be_multipart_as_the_rfc_prefers(world: Any, path: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert world.client().post(path, content=body, headers=headers).status_code == 200
    assert left(world) == pairs_of("email", "service")


def test_the_same_post_again_says_nothing_new(world: Any, path: str) -> None:
    client = world.client()
    assert [client.post(path, data=ONE_CLICK).status_code for _ in range(3)] == [200] * 3
    assert len(world.events) == 1


def test_a_webmail_in_a_browser_may_send_it_too(world: Any, path: str) -> None:
    client = world.client(**{"sec-fetch-site": "cross-site", "origin": "https://mail.example"})
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert client.post(path, data={"do": "leave"}).status_code == 403


def test_other_words_leave_nothing(world: Any, path: str) -> None:
    client = world.client()
    for data in ({}, {"List-Unsubscribe": "one-click"}, {"list-unsubscribe": "One-Click"}, {"do": "fly"}):
        assert client.post(path, data=data).status_code == 400
    assert world.events == []


def test_the_page_has_a_button_says_what_stays_and_leads_back(world: Any, path: str, seen: Seen) -> None:
    client = world.client()
    assert "SMS-y oraz potwierdzenia i zwroty zamówień zostają bez zmian." in seen(client.get(path).text)
    answer = client.post(path, data={"do": "leave"})
    assert (answer.status_code, answer.headers["location"]) == (303, "?done=left")
    page = client.get(path + "?done=left").text
    assert "E-maile o paczkach są wyłączone." in seen(page)
    client.post(path, data={"do": "undo"})
    assert left(world) == frozenset()
    client.post(path, data={"do": "leave"})
    client.post(path, data={"do": "revive"})
    assert left(world) == frozenset()
    assert [e["type"].split(".")[2] for e in world.events] == ["opted_out", "opted_in"] * 2


def test_feedback_is_left_apart_from_service(world: Any) -> None:
    path = f"/u/{world.link('unsubscribe/feedback', 'lela')}"
    assert world.client("lela").post(path, data=ONE_CLICK).status_code == 200
    assert left(world, "lela") == pairs_of("email", "feedback")
    assert world.client("sowa").post(path, data=ONE_CLICK).status_code == 404
