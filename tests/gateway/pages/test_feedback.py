"""How was it: one tap, then words; never after a problem."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.gateway.pages.feedback_room import is_troubled
from connectors.store.feedback import Feedback
from schemas.envelope import read_structured

Seen = Callable[[str], str]


@pytest.fixture
def path(world: Any) -> str:
    return f"/p/{world.link('feedback/7702', 'lela')}"


def given(world: Any) -> tuple[int, str] | None:
    found = Feedback(world.store).of("lela", "c1", "7702")
    return None if found is None else (found.mark, found.words)


def test_one_tap_is_kept_and_published(world: Any, path: str, seen: Seen) -> None:
    client = world.client("lela")
    answer = client.post(path, data={"mark": "4"})
    assert (answer.status_code, answer.headers["location"]) == (303, "?done=mark")
    assert given(world) == (4, "")
    (event,) = world.events
    assert read_structured(world.log.entries[0].event).happened == "given"
    assert event["data"] == {"shop": "lela", "who": {"recipient": "c1"}, "order": "7702", "mark": 4}
    page = client.get(path + "?done=mark").text
    assert "Оцінка: 4 (добре)" in seen(page)
    assert "Дякуємо за оцінку." in seen(page)
    assert "undo" not in page


def test_words_follow_and_a_second_tap_changes_the_mark(world: Any, path: str) -> None:
    client = world.client("lela")
    client.post(path, data={"mark": "2"})
    client.post(path, data={"words": " Пакунок\r\nпом'ято.\x00\u202e "})
    assert given(world) == (2, "Пакунок\nпом'ято.")
    world.time[0] += 1_000
    client.post(path, data={"mark": "5"})
    assert given(world) == (5, "Пакунок\nпом'ято.")
    assert [(e["data"]["mark"], e["data"].get("words")) for e in world.events] == [
        (2, None),
        (2, "Пакунок\nпом'ято."),
        (5, "Пакунок\nпом'ято."),
    ]


def test_the_same_tap_again_says_nothing_new(world: Any, path: str) -> None:
    client = world.client("lela")
    for _ in range(3):
        client.post(path, data={"mark": "3"})
    assert len(world.events) == 1


@pytest.mark.parametrize("data", [{"mark": "6"}, {"mark": "0"}, {"mark": ""}, {"mark": "٣"}, {"words": "x"}, {}])
def test_what_is_no_mark_is_not_taken(world: Any, path: str, data: dict[str, str]) -> None:
    assert world.client("lela").post(path, data=data).status_code == 400
    assert given(world) is None


def test_long_words_are_cut_and_too_long_ones_refused(world: Any, path: str) -> None:
    client = world.client("lela")
    client.post(path, data={"mark": "3"})
    client.post(path, data={"words": "я" * 1_500})
    assert given(world) == (3, "я" * 1_000)
    assert client.post(path, data={"words": "я" * 20_000}).status_code == 413


def test_a_low_mark_tells_that_the_shop_will_see_it(world: Any, path: str, seen: Seen) -> None:
    client = world.client("lela")
    client.post(path, data={"mark": "1"})
    assert "Магазин побачить цю оцінку." in seen(client.get(path).text)
    client.post(path, data={"mark": "4"})
    assert "Магазин побачить" not in seen(client.get(path).text)


def test_after_a_problem_it_does_not_ask_and_takes_no_mark(world: Any, path: str, scenes: Any, seen: Seen) -> None:
    scene = scenes["asked"]
    lost = replace(scene.view.parcels[0], status="exception")
    world.add(type(scene)(scene.shop, replace(scene.view, parcels=(lost,)), scene.roles, {}))
    client = world.client("lela")
    page = client.get(path).text
    assert "Оцінка зачекає." in seen(page)
    assert 'name="mark"' not in page
    assert client.post(path, data={"mark": "1"}).headers["location"] == "?done=nothing"
    assert (given(world), world.events) == (None, [])


def test_what_is_no_moment_to_ask(scenes: Any) -> None:
    calm = {name for name, scene in scenes.items() if not is_troubled(scene.record)}
    assert calm == {"delivered", "asked"}


def test_the_order_page_leads_to_the_question_only_if_it_was_asked(world: Any, path: str) -> None:
    order, client = world.order("asked"), world.client("lela")
    assert path in client.get(order).text
    other = world.order("delivered")
    assert "/p/" in world.client().get(other).text
    assert "Ocena dostawy" not in world.client().get(other).text
