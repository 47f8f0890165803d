"""My messages: each change is told to the log, shown at once, and can be taken back."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.gateway.pages.choosing import GROUPS, LEAVABLE, choosing, chosen, goes_on, is_stopped
from connectors.shops import load_bundle
from connectors.store.preferences import Preferences
from pipelines.rules.kinds import TABLE
from pipelines.rules.wishes import EVERYTHING, pairs_of
from schemas.customers import NO_WISHES, CustomerFact, Wishes
from schemas.envelope import read_structured
from schemas.errors import BadInput
from schemas.streams import CUSTOMERS

Seen = Callable[[str], str]

UNCHANGED = {"do": "save", "opens": "", "closes": "", "language": "", **dict.fromkeys(GROUPS, "usual")}


@pytest.fixture
def path(world: Any) -> str:
    world.order("on_its_way")
    world.order("delivered")
    return f"/p/{world.link('preferences')}"


def wishes(world: Any) -> Wishes:
    return Preferences(world.store).of("sowa", "c1").wishes


def done(answer: Any) -> str:
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_choice_is_published_kept_and_shown_and_can_be_taken_back(world: Any, path: str, seen: Seen) -> None:
    client = world.client()
    form = {**UNCHANGED, "delivery": "sms", "done": "none", "opens": "540", "closes": "1080", "language": "uk"}
    assert done(client.post(path, data=form)) == "?done=saved"
    (event,) = world.events
    assert event["type"] == "awizo.customer.changed.v1"
    assert event["data"] == {
        "shop": "sowa",
        "who": {"recipient": "c1"},
        "kinds": {
            "arriving_tomorrow": ["sms"],
            "out_for_delivery": ["sms"],
            "delivery_attempted": ["sms"],
            "delivered": [],
            "going_back": [],
            "came_back": [],
        },
        "window": {"opens": "09:00", "closes": "18:00"},
        "locale": "uk",
    }
    page = client.get(path + "?done=saved")
    assert '<html lang="uk">' in page.text
    assert "Вибір збережено" in seen(page.text)
    assert '<option value="540" selected>' in page.text
    assert 'value="undo"' in page.text
    assert done(client.post(path, data={"do": "undo"})) == "?done=undone"
    assert wishes(world) == NO_WISHES
    assert set(world.events[1]["data"]["as_usual"]) == {*event["data"]["kinds"], "window", "locale"}
    assert 'value="undo"' not in client.get(path + "?done=undone").text


def test_every_event_is_one_that_normalize_reads_of_the_stream_of_customers(world: Any, path: str) -> None:
    client = world.client()
    for form in (
        {**UNCHANGED, "shipping": "email"},
        {"do": "pause", "order": "10501"},
        {"do": "stop"},
        {"do": "start"},
    ):
        world.time[0] += 1_000
        client.post(path, data=form)
    client.post(path, data={"do": "resume", "order": "10501"})
    read = [read_structured(entry.event) for entry in world.log.entries]
    assert [event.happened for event in read] == ["changed", "changed", "opted_out", "opted_in", "changed"]
    assert {entry.stream for entry in world.log.entries} == {CUSTOMERS}
    assert {event.source for event in read} == {"/awizo/pages/sowa"}
    assert len({event.id for event in read}) == 5


def test_saving_what_is_chosen_already_says_nothing(world: Any, path: str) -> None:
    assert done(world.client().post(path, data=UNCHANGED)) == "?done=nothing"
    assert world.events == []


def test_one_order_is_paused_and_goes_on(world: Any, path: str, seen: Seen) -> None:
    client = world.client()
    assert done(client.post(path, data={"do": "pause", "order": "10501"})) == "?done=paused"
    page = client.get(path).text
    assert "Zamówienie 10501: wiadomości wstrzymane" in seen(page)
    assert "10509" not in seen(page)  # all of it is delivered: nothing more would come
    assert done(client.post(path, data={"do": "resume", "order": "10501"})) == "?done=resumed"
    said = [{key: value for key, value in e["data"].items() if "order" in key} for e in world.events]
    assert said == [{"pause_order": "10501"}, {"resume_order": "10501"}]


def test_an_order_of_somebody_else_cannot_be_paused(world: Any, path: str) -> None:
    world.order("silent", recipient="c2")
    assert world.client().post(path, data={"do": "pause", "order": "10502"}).status_code == 400
    assert world.events == []


def test_stop_is_everything_that_can_be_left_and_start_is_the_way_back(world: Any, path: str, seen: Seen) -> None:
    client = world.client()
    client.post(path, data={"do": "stop"})
    assert [(e["type"].split(".")[2], set(e["data"])) for e in world.events] == [("opted_out", {"shop", "who"})]
    page = client.get(path + "?done=stopped").text
    assert "Wiadomości o paczkach są zatrzymane." in seen(page)
    assert "<select" not in page
    assert 'value="undo"' in page
    client.post(path, data={"do": "start"})
    assert world.events[1]["type"] == "awizo.customer.opted_in.v1"
    assert wishes(world) == NO_WISHES


def test_an_undo_of_stop_leaves_what_had_been_left_before(world: Any, path: str) -> None:
    before = Wishes(left=pairs_of("email", "feedback"))
    Preferences(world.store).change("sowa", "c1", NO_WISHES, before, 1)
    client = world.client()
    client.post(path, data={"do": "stop"})
    client.post(path, data={"do": "undo"})
    assert wishes(world) == before
    assert not any(
        e["data"].get("class") == "feedback" and e["data"].get("channel") == "email" for e in world.events[1:]
    )


def test_what_was_left_elsewhere_shows_and_can_be_revived(world: Any, path: str, seen: Seen) -> None:
    Preferences(world.store).hear([CustomerFact("sowa", "c1", "opted_out", 1, channel="sms")])
    client = world.client()
    assert "SMS-y o paczkach są wyłączone." in seen(client.get(path).text)
    assert done(client.post(path, data={"do": "revive", "pair": "sms/service"})) == "?done=revived"
    assert world.events[0]["data"] == {
        "shop": "sowa",
        "who": {"recipient": "c1"},
        "channel": "sms",
        "class": "service",
    }
    assert wishes(world).left == pairs_of("sms") - {"sms/service"}


def test_the_form_keeps_the_language_asked_for_in_the_address(world: Any, path: str) -> None:
    client = world.client()
    assert 'action="?lang=en"' in client.get(path + "?lang=en").text
    assert done(client.post(path + "?lang=en", data={"do": "stop"})) == "?done=stopped&lang=en"


def test_two_customers_do_not_share_wishes(world: Any, path: str, seen: Seen) -> None:
    world.client().post(path, data={"do": "stop"})
    other = f"/p/{world.link('preferences', recipient='c2')}"
    assert "zatrzymane" not in seen(world.client().get(other).text)


# The choices alone


BUNDLE_PATH = "infra/demo/shops"


@pytest.fixture(scope="module")
def bundles() -> dict[str, Any]:
    from pathlib import Path

    root = Path(__file__).parents[3] / BUNDLE_PATH
    return {"sowa": load_bundle(root / "sowa" / "2"), "lela": load_bundle(root / "lela" / "1")}


def test_every_kind_that_can_be_left_stands_in_one_group() -> None:
    leavable = sorted(kind for kind, row in TABLE.items() if row.cls in LEAVABLE)
    assert sorted(kind for group in GROUPS.values() for kind in group) == leavable


def test_a_mark_is_only_offered_where_the_shop_may_ask(bundles: dict[str, Any]) -> None:
    names = {shop: [group.name for group in choosing(NO_WISHES, b, [], "en").groups] for shop, b in bundles.items()}
    assert "feedback" in names["lela"]
    assert "feedback" not in names["sowa"]


def test_a_shop_without_sms_offers_none(bundles: dict[str, Any]) -> None:
    mute = bundles["sowa"].model_copy(update={"sms": {}})
    assert {o.value for group in choosing(NO_WISHES, mute, [], "en").groups for o in group.options} == {"usual", "none"}


def test_what_was_chosen_kind_by_kind_elsewhere_is_shown_as_various_and_stays(bundles: dict[str, Any]) -> None:
    mixed = Wishes({"shipped": ("sms", "email"), "delayed": ("email",)}, (8 * 60 + 30, 16 * 60))
    page = choosing(mixed, bundles["sowa"], [], "en")
    values = {group.name: next(o.value for o in group.options if o.is_chosen) for group in page.groups}
    assert (values["shipping"], values["delays"], values["trouble"]) == ("mixed", "mixed", "usual")
    assert [o.words for o in page.opens if o.is_chosen] == ["08:30"]
    kept = chosen(mixed, {**values, "opens": "510", "closes": "960"})
    assert kept == mixed


@pytest.mark.parametrize(
    ("opens", "closes", "reason"), [("600", "", "both_hours"), ("", "600", "both_hours"), ("600", "600", "wrong_hours")]
)
def test_hours_that_cannot_be_are_named(opens: str, closes: str, reason: str) -> None:
    with pytest.raises(BadInput) as raised:
        chosen(NO_WISHES, {"opens": opens, "closes": closes})
    assert (raised.value.reason, raised.value.place) == (reason, "hours")


def test_who_left_every_class_that_can_be_left_has_stopped() -> None:
    assert is_stopped(Wishes(left=EVERYTHING))
    assert is_stopped(Wishes(left=pairs_of(cls="service") | pairs_of(cls="feedback")))
    assert not is_stopped(Wishes(left=pairs_of(cls="service")))


def test_an_order_goes_on_while_something_may_still_be_told(scenes: Any) -> None:
    going = {name for name, scene in scenes.items() if goes_on(scene.view)}
    assert going == set(scenes) - {"delivered", "cancelled", "asked", "return"}
