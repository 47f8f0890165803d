"""Where is my parcel: what the page shows of what is known, and what it never shows."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.gateway.pages.tracking import Known, OrderShown, order_shown
from connectors.shops import load_bundle
from connectors.store.records import Records
from pipelines.rules.context import Heard, pack_entry
from schemas.orders import Role
from schemas.parcels import Facts, HistoryLine, parcel_key
from schemas.status import Status
from schemas.times import DAY, HOUR, MINUTE
from templates.page_words import page_words

Seen = Callable[[str], str]


def shown(scene: Any, now: int, language: str = "pl", heard: int = 0) -> OrderShown:
    from pathlib import Path

    folder = {"sowa": "sowa/2", "lela": "lela/1"}[scene.shop]
    bundle = load_bundle(Path(__file__).parents[3] / "infra" / "demo" / "shops" / folder)
    parcels = {parcel_key(p.courier, p.number): p for p in scene.parcels}
    couriers = {p.courier: heard for p in scene.view.parcels}
    return order_shown(Known(scene.record, parcels, couriers if heard else {}, now), bundle, language)


@pytest.fixture
def now(at: Any) -> int:
    return int(at("10-24 18:00"))


@pytest.mark.parametrize(
    ("name", "status", "tone"),
    [
        ("on_its_way", "W drodze", "going"),
        ("with_courier", "U kuriera", "good"),
        ("in_locker", "Czeka na odbiór", "good"),
        ("attempted", "Nie udało się doręczyć", "trouble"),
        ("held", "Wstrzymana", "trouble"),
        ("lost", "Przewoźnik zgłosił zaginięcie", "trouble"),
        ("delivered", "Doręczona", "good"),
        ("going_back", "Wraca do sklepu", "still"),
    ],
)
def test_a_status_is_said_in_plain_words(scenes: Any, now: int, name: str, status: str, tone: str) -> None:
    (parcel,) = shown(scenes[name], now).parcels
    assert (parcel.status, parcel.tone) == (status, tone)


def facts(order: OrderShown, place: int = 0) -> dict[str, tuple[str, ...]]:
    return {fact.label: fact.lines for fact in order.parcels[place].facts}


def test_a_locker_says_where_until_when_and_what_is_due_and_never_a_code(scenes: Any, now: int) -> None:
    order = shown(scenes["in_locker"], now)
    assert facts(order) == {
        "Gdzie": ("Paczkomat WAW123M", "ul. Klonowa 5, Warszawa"),
        "Odbiór do": ("26 października (poniedziałek), 18:00",),
        "Do zapłaty przy odbiorze": (
            "129,00\xa0zł",
            "Formy zapłaty: karta, BLIK.",
            "Automat nie przyjmuje gotówki.",
            "Nie wysyłamy linków do płatności.",
        ),
    }
    assert order.parcels[0].advice == ("Kod odbioru podaje przewoźnik.",)


def test_a_point_has_its_hours_and_a_deadline_that_is_reckoned_says_so(scenes: Any, now: int) -> None:
    said = facts(shown(scenes["at_point"], now, "en"))
    assert said["Where"] == ("DPD pickup point PL11222", "Kiosk przy Klonowej", "ul. Klonowa 7, Warszawa")
    assert said["Opening hours"] == ("Mon-Fri 08:00-20:00, Sat 09:00-14:00",)
    assert said["Collect by about"] == ("Tuesday 27 October, 20:00",)
    assert said["To pay when you receive it"][0] == "PLN\xa080.00 plus delivery at the carrier's rate"


def test_the_planned_hours_of_today_are_shown_and_a_plan_that_is_past_is_not(scenes: Any, now: int) -> None:
    assert facts(shown(scenes["with_courier"], now))["Planowana dostawa"] == ("24 października (sobota), 18:00-20:00",)
    assert "Planowana dostawa" not in facts(shown(scenes["with_courier"], now + DAY))


def test_after_a_failed_attempt_the_next_one_is_shown_or_that_it_is_not_known(scenes: Any, now: int) -> None:
    order = shown(scenes["attempted"], now)
    assert facts(order)["Kolejna próba doręczenia"] == ("27 października (wtorek)",)
    assert order.parcels[0].why == "Powód podany przez przewoźnika: nikogo nie zastano."
    assert order.parcels[0].advice == ()
    later = shown(scenes["attempted"], now + 5 * DAY)
    assert later.parcels[0].advice == (page_words("pl")["advice"]["attempt"],)


def test_nobody_is_asked_to_pay_duty_through_the_shop(scenes: Any, now: int) -> None:
    assert "nie wysyła linków do płatności" in shown(scenes["held"], now).parcels[0].advice[0]


def test_a_hold_that_asks_nothing_of_the_recipient_gives_no_advice(scenes: Any, now: int) -> None:
    scene = scenes["held"]
    quiet = replace(scene.view.parcels[0], action="none")
    other = type(scene)(scene.shop, replace(scene.view, parcels=(quiet,)), scene.roles, scene.histories)
    assert shown(other, now).parcels[0].advice == ()


def test_several_parcels_are_numbered_and_counted_and_those_without_a_number_are_named(scenes: Any, now: int) -> None:
    order = shown(scenes["several"], now)
    assert order.lead == "Doręczono 1 z 4 paczek"
    assert [parcel.title for parcel in order.parcels] == ["Paczka 1 z 4", "Paczka 2 z 4", "Paczka 3 z 4"]
    assert order.more == "Pozostałe paczki nie mają jeszcze numerów przesyłek."
    assert ["Do zapłaty przy odbiorze" in facts(order, place) for place in range(3)] == [False, True, False]


def test_a_customers_return_stands_apart_and_is_not_counted(scenes: Any, now: int) -> None:
    order = shown(scenes["return"], now)
    assert (order.lead, order.more) == ("", "")
    assert [parcel.title for parcel in order.parcels] == ["", "Zwrot do sklepu"]


def test_an_order_without_parcels_says_what_the_shop_said(scenes: Any, now: int) -> None:
    order = shown(scenes["no_parcel"], now)
    assert order.lead == "Zamówienie potwierdzone"
    assert {fact.label: fact.lines[0] for fact in order.facts} == {
        "Planowana wysyłka": "do 26 października (poniedziałek)",
        "Planowana dostawa": "28 października (środa)",
    }
    assert not shown(scenes["no_parcel"], now + 3 * DAY).facts[0].label.startswith("Planowana wysyłka")
    assert shown(scenes["cancelled"], now).lead == "Zamówienie anulowane"


def known(scene: Any, now: int, heard: int = 0) -> str:
    return " ".join(shown(scene, now, "en", heard).parcels[0].known)


def test_how_fresh_it_is_is_said_and_silence_is_said_as_ours(scenes: Any, now: int, at: Any) -> None:
    scene = scenes["on_its_way"]
    assert known(scene, at("10-23 05:00")) == "Latest news from the carrier: today at 04:02."
    assert (
        known(scene, now, now - 5 * MINUTE) == "Latest news from the carrier: 23 Oct at 04:02. Checked today at 17:55."
    )
    assert known(scene, now) == (
        "Latest news from the carrier: 23 Oct at 04:02. "
        "We have had no news since then, so the parcel may have moved on."
    )
    assert "no news" not in known(scenes["delivered"], now + 30 * DAY)


def test_a_feed_that_is_pushed_is_silent_after_a_day_and_a_polled_one_after_six_hours(scenes: Any, at: Any) -> None:
    polled, pushed = scenes["with_courier"], scenes["in_locker"]
    assert ["no news" in known(polled, at("10-24 08:10") + hours * HOUR) for hours in (6, 7)] == [False, True]
    assert ["no news" in known(pushed, at("10-24 11:05") + hours * HOUR) for hours in (24, 25)] == [False, True]


def test_a_parcel_of_which_nothing_was_heard_says_so(scenes: Any, now: int) -> None:
    scene = scenes["on_its_way"]
    blank = replace(scene.view.parcels[0], status=Status.REGISTERED, known_at=0, since=0, facts=Facts())
    other = type(scene)(scene.shop, replace(scene.view, parcels=(blank,)), scene.roles, {})
    (parcel,) = shown(other, now).parcels
    assert parcel.known == ("Przewoźnik nie podał jeszcze żadnej informacji o tej paczce.",)
    assert (parcel.status, parcel.at, parcel.course.lines) == ("Czekamy na pierwszą informację od przewoźnika", "", ())


def test_the_course_is_newest_first_one_line_a_status_and_without_what_did_not_apply(
    scenes: Any, now: int, at: Any
) -> None:
    scene = scenes["on_its_way"]
    odd = (
        HistoryLine("delivered", "", at("10-23 09:00"), "x", applied=False),
        HistoryLine("unknown", "", at("10-23 10:00"), "y"),
        HistoryLine("delivered", "", at("10-01 10:00"), "of another parcel with this number"),
    )
    number = scene.view.parcels[0].number
    other = type(scene)(scene.shop, scene.view, scene.roles, {number: (*scene.histories[number], *odd)})
    lines = shown(other, now).parcels[0].course.lines
    assert [(line.words, line.at) for line in lines] == [
        ("W drodze", "22.10 o 21:15"),
        ("Przyjęta przez przewoźnika", "22.10 o 16:40"),
        ("Przygotowana, jeszcze nie u przewoźnika", "22.10 o 10:00"),
    ]
    assert lines[0].moment == "2026-10-22T19:15+00:00"


def test_a_parcel_that_goes_on_under_another_number_keeps_its_history(scenes: Any, now: int) -> None:
    scene = scenes["delivered"]
    old = scene.view.parcels[0]
    new = replace(old, courier="gls", number="99", formerly=(parcel_key(old.courier, old.number),))
    view = replace(scene.view, parcels=(new,))
    bundle_scene = type(scene)(scene.shop, view, scene.roles, {})
    parcels = {parcel_key(p.courier, p.number): p for p in scene.parcels}
    from pathlib import Path

    bundle = load_bundle(Path(__file__).parents[3] / "infra" / "demo" / "shops" / "sowa" / "2")
    order = order_shown(Known(bundle_scene.record, parcels, {}, now), bundle, "pl")
    assert order.parcels[0].course.lines[0].words == "Doręczona"


@pytest.mark.parametrize("language", ["pl", "uk", "en"])
@pytest.mark.parametrize("direction", ["outbound", "return"])
def test_every_status_has_words_in_every_language(scenes: Any, now: int, language: str, direction: str) -> None:
    scene = scenes["on_its_way"]
    for status in Status:
        changed = replace(scene.view.parcels[0], status=str(status), direction=direction)
        other = type(scene)(scene.shop, replace(scene.view, parcels=(changed,)), scene.roles, scene.histories)
        assert shown(other, now, language).parcels[0].status


# Over the door


def test_a_consignee_who_is_not_the_buyer_sees_no_sum_but_what_is_due(world: Any, scenes: Any, seen: Seen) -> None:
    scene = scenes["with_courier"]
    roles = (Role("c1", "buyer", "pl"), Role("c2", "consignee", "en"))
    gift = replace(scene.view, gift=True)
    world.add(type(scene)(scene.shop, gift, roles, scene.histories))
    page = seen(world.client().get(world.order("with_courier", "c2")).text)
    assert "To pay when you receive it PLN\xa0129.00".replace("\xa0", " ") in page
    assert "543" not in page
    assert "c1" not in page
    assert "543" not in seen(world.client().get(world.order("with_courier")).text)  # nor is it of use to the buyer here


def test_the_page_speaks_the_orders_language_and_another_if_asked(world: Any) -> None:
    client, path = world.client("lela"), world.order("ukrainian")
    assert '<html lang="uk">' in client.get(path, headers={"accept-language": "en"}).text
    english = client.get(f"{path}?lang=en")
    assert '<html lang="en">' in english.text
    assert english.headers["content-language"] == "en"
    assert '<html lang="uk">' in client.get(f"{path}?lang=xx").text
    assert f"/p/{world.link('preferences', 'lela')}?lang=en" in english.text


def test_a_heartbeat_of_the_feed_makes_the_page_fresh(world: Any, seen: Seen, at: Any) -> None:
    path = world.order("on_its_way")
    assert "Od tej pory" in seen(world.client().get(path).text)
    beat = pack_entry(Heard(at("10-24 17:30"), at("10-24 17:30"), "dpd_pl", "sowa"))
    world.reception.surroundings.remember([beat], [at("10-24 17:30")])
    assert "Sprawdzone: dziś o 17:30." in seen(world.client().get(path).text)


def test_an_order_that_the_views_do_not_have_yet_is_promised(world: Any, seen: Seen) -> None:
    page = world.client().get(f"/p/{world.link('order/20999')}")
    assert page.status_code == 200
    assert "Szczegóły pojawią się tu wkrótce." in seen(page.text)


def test_what_others_wrote_cannot_become_markup(world: Any, scenes: Any) -> None:
    scene = scenes["at_point"]
    evil = "<script>alert(1)</script>\"'\u202e"
    point = replace(scene.view.parcels[0].facts.point, name=evil, address=evil, id=evil)
    parcel = replace(scene.view.parcels[0], facts=replace(scene.view.parcels[0].facts, point=point), courier="x_<b>y")
    world.add(type(scene)(scene.shop, replace(scene.view, number=evil, parcels=(parcel,)), scene.roles, {}))
    text = world.client().get(world.order("at_point")).text
    assert "<script" not in text
    assert "<b>" not in text.lower()
    assert "\u202e" not in text


def test_the_heaviest_page_stays_under_fifty_kilobytes(world: Any, scenes: Any) -> None:
    scene = scenes["going_back"]
    parcels = tuple(replace(scene.view.parcels[0], number=f"1409991234{n:04}") for n in range(12))
    history = next(iter(scene.histories.values()))
    histories = {parcel.number: history for parcel in parcels}
    world.add(type(scene)("sowa", replace(scene.view, parcels=parcels, expected=13), scene.roles, histories))
    heaviest = world.client().get(f"{world.order('going_back')}?lang=uk")
    assert heaviest.text.count('<article class="parcel"') == 12
    pages = [heaviest]
    for scope, shop in (("preferences", "sowa"), ("feedback/7702", "lela"), ("preferences", "lela")):
        pages.append(world.client(shop).get(f"/p/{world.link(scope, shop)}?lang=uk"))
    assert [page.status_code for page in pages] == [200] * 4
    assert max(len(page.content) for page in pages) < 50_000


def test_records_are_read_by_key_and_not_searched(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Records, "all", None)
    assert world.client().get(world.order("several")).status_code == 200
