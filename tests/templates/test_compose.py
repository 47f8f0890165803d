"""Compose: routes, fallbacks, what is said of which facts, and to whom."""

import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from schemas.errors import BadInput
from schemas.messages import Alert, Channel, Kind, Message, Notice, Route
from schemas.parcels import Cod, Eta, Facts
from schemas.shops import AlertTo, Bundle, ContactLines
from schemas.times import DAY
from templates.cases import Case, ordinary
from templates.compose import compose

Say = Callable[..., Message]
Find = Callable[..., Case]
Make = Callable[..., Bundle]


def _with_parcel(notice: Notice, **changed: Any) -> Notice:
    parcel = structs.replace(notice.order.parcels[0], **changed)
    return structs.replace(notice, order=structs.replace(notice.order, parcels=(parcel,)))


def test_a_message_carries_what_delivery_needs(say: Say, case: Find) -> None:
    notice = case("shipped", "sms", "pl").notice
    message = say(notice)
    assert (message.shop, message.bundle, message.recipient, message.order) == ("sowa", "1", "c-1", "10482")
    assert (message.slots, message.generation, message.valid_until) == (notice.slots, 1, notice.valid_until)
    assert (message.channel, message.to, message.country) == ("sms", "+48500000001", "PL")
    assert (message.sender, message.encoding, message.segments) == ("SklepSowa", "GSM-7", 1)
    assert (message.cost, message.currency) == (Decimal("0.09"), "PLN")
    assert message.otherwise is None


@pytest.mark.parametrize(("language", "said"), [("pl", "pn.–pt. 9–17"), ("uk", "пн–пт 9–17"), ("en", "")])
def test_when_the_shop_answers_is_said_in_no_language_but_the_readers(
    language: str, said: str, say: Say, case: Find, make_bundle: Make
) -> None:
    contact = ContactLines(
        phone="220000000", email="pomoc@sowa.example", hours="pn.–pt. 9–17", hours_in={"uk": "пн–пт 9–17"}
    )
    message = say(case("shipped", "email", language).notice, make_bundle(contact=contact))
    (line,) = [line for line in message.text.splitlines() if "220000000, " in line]
    assert line.partition("pomoc@sowa.example")[2].strip(", ") == said


def test_each_segment_of_an_sms_is_paid_for(say: Say, case: Find, make_bundle: Make) -> None:
    notice = case("shipped", "sms", "uk").notice
    notice = structs.replace(notice, routes=(structs.replace(notice.routes[0], country="PL"),))
    message = say(notice, make_bundle())
    assert (message.encoding, message.segments, message.cost) == ("UCS-2", 2, Decimal("0.18"))


def test_an_sms_to_a_country_without_a_price_costs_nothing_known(say: Say, case: Find) -> None:
    message = say(case("shipped", "sms", "uk").notice)
    assert (message.country, message.cost, message.currency) == ("UA", Decimal(0), "")


def test_the_next_route_waits_in_otherwise(say: Say, case: Find) -> None:
    notice = case("delivery_attempted", "sms", "pl").notice
    routes = (*notice.routes, Route("email", "klient@example.com", "PL"), Route("sms", "+48500000002", "PL"))
    first = say(structs.replace(notice, routes=routes))
    assert first.otherwise is not None
    assert first.otherwise.otherwise is not None
    assert [first.channel, first.otherwise.channel, first.otherwise.otherwise.to] == ["sms", "email", "+48500000002"]


def test_a_next_route_that_cannot_be_said_does_not_cost_the_first(say: Say, case: Find, make_bundle: Make) -> None:
    notice = case("shipped", "sms", "pl").notice
    routes = (*notice.routes, Route("email", "klient@example.com", "PL"))
    message = say(structs.replace(notice, routes=routes), make_bundle(texts={"shipped.email.pl": "{{ nothing }}"}))
    assert message.channel == "sms"
    assert message.otherwise is None


def test_each_route_has_hours_of_its_own(say: Say, case: Find) -> None:
    notice = case("shipped", "sms", "pl").notice
    routes = (*notice.routes, Route("email", "klient@example.com", "PL", ((1, 2),)))
    message = say(structs.replace(notice, routes=routes))
    assert message.otherwise is not None
    assert (message.intervals, message.otherwise.intervals) == (notice.intervals, ((1, 2),))


def test_a_parcel_is_known_by_its_former_number(say: Say, case: Find) -> None:
    notice = case("shipped", "sms", "pl").notice
    renamed = _with_parcel(notice, courier="gls", number="777", formerly=notice.parcels)
    assert "GLS, nr 777." in say(renamed).text


def test_a_notice_without_a_route_is_refused(say: Say, case: Find) -> None:
    with pytest.raises(BadInput, match="without a route"):
        say(structs.replace(case("shipped", "sms", "pl").notice, routes=()))


def test_a_country_without_a_sender_is_refused(say: Say, case: Find) -> None:
    notice = case("shipped", "sms", "pl").notice
    with pytest.raises(BadInput, match="no SMS sender for FR"):
        say(structs.replace(notice, routes=(Route("sms", "+33600000000", "FR"),)))


def test_the_same_notice_gives_the_same_bytes(say: Say, case: Find) -> None:
    notice = case("ready_for_pickup", "email", "uk").notice
    assert pickle.dumps(say(notice)) == pickle.dumps(say(notice))


@pytest.mark.parametrize(("locale", "language"), [("uk-UA", "uk"), ("PL_pl", "pl"), ("de", "pl"), ("", "pl")])
def test_a_language_that_the_shop_does_not_speak_becomes_its_default(
    say: Say, case: Find, locale: str, language: str
) -> None:
    notice = structs.replace(case("order_received", "email", "pl").notice, locale=locale)
    said = say(notice)
    assert (said.locale, said.wanted) == (language, "de" if locale == "de" else "")


@pytest.mark.parametrize(
    "broken", ["{{ unheard_of }}", "{% if %}", "{{ point.street }}", "{{ 1 / 0 }}", "{{ order.x() }}"]
)
def test_a_broken_text_falls_to_the_shops_default_language(
    say: Say, case: Find, make_bundle: Make, broken: str
) -> None:
    message = say(case("order_received", "sms", "en").notice, make_bundle(texts={"order_received.sms.en": broken}))
    assert (message.locale, message.wanted) == ("pl", "en")
    assert message.text.startswith("Sklep Sowa: zamowienie 10482 przyjete")


def test_a_text_broken_in_the_default_language_too_buries_its_message(say: Say, case: Find, make_bundle: Make) -> None:
    broken = make_bundle(texts={"order_received.sms.pl": "{{ unheard_of }}"})
    with pytest.raises(BadInput) as raised:
        say(case("order_received", "sms", "pl").notice, broken)
    assert raised.value.place == "texts/order_received.sms.pl"
    assert "unheard_of" in raised.value.reason
    assert say(case("shipped", "sms", "pl").notice, broken).locale == "pl"


def test_a_text_cannot_reach_out_of_its_sandbox(say: Say, case: Find, make_bundle: Make) -> None:
    texts = {"order_received.sms.pl": "{{ shop.__class__.__mro__[1].__subclasses__() }}"}
    with pytest.raises(BadInput, match="unsafe"):
        say(case("order_received", "sms", "pl").notice, make_bundle(texts=texts))


def test_a_shop_says_it_in_its_own_words(say: Say, case: Find, make_bundle: Make) -> None:
    own = make_bundle(texts={"shipped.sms.pl": "{{ shop }}: zamówienie {{ order }} już jedzie. {{ link }}"})
    assert say(case("shipped", "sms", "pl").notice, own).text == (
        "Sklep Sowa: zamowienie 10482 juz jedzie. https://sowa.example/p/7Kq2mX9bTe"
    )
    assert "у дорозі" in say(case("shipped", "sms", "uk").notice, own).text


def test_tags_leave_no_space_before_a_mark(say: Say, case: Find, make_bundle: Make) -> None:
    own = make_bundle(texts={"shipped.sms.pl": "{{ shop }}: {{ order }} {% if part %}x{% endif %}, {{ link }} ."})
    assert say(case("shipped", "sms", "pl").notice, own).text == (
        "Sklep Sowa: 10482, https://sowa.example/p/7Kq2mX9bTe."
    )


def test_a_segment_of_customers_is_told_in_its_own_words(say: Say, case: Find, make_bundle: Make) -> None:
    own = make_bundle(
        segments={"wholesale": {}},
        texts={"shipped.sms.pl.wholesale": "{{ shop }}: dostawa {{ order }} w drodze."},
    )
    notice = case("shipped", "sms", "pl").notice
    assert say(structs.replace(notice, segment="wholesale"), own).text == "Sklep Sowa: dostawa 10482 w drodze."
    assert say(structs.replace(notice, segment="loyal"), own).text == say(notice).text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.SHOP_ALERT])
@pytest.mark.parametrize("role", ["consignee", "other"])
def test_nobody_but_the_buyer_is_told_prices(say: Say, bundle: Bundle, kind: str, role: str) -> None:
    for channel in Channel:
        for case in ordinary(kind, channel, "pl", bundle):
            notice = structs.replace(case.notice, role=role)
            if not any(parcel.facts.cod for parcel in notice.order.parcels):
                assert "1250" not in say(notice).text.replace("\u00a0", "")


def test_cash_on_delivery_is_asked_of_whoever_receives_the_parcel(say: Say, case: Find) -> None:
    notice = case("out_for_delivery", "sms", "pl", "cash on delivery to a consignee").notice
    assert "Do zaplaty przy odbiorze: 129,00 zl" in say(notice).text


@pytest.mark.parametrize("state", ["none", "collected", "refused", "transferred", "paid_out"])
def test_cash_that_is_not_due_is_not_asked(say: Say, case: Find, state: str) -> None:
    notice = case("out_for_delivery", "sms", "pl").notice
    paid = Facts(cod=Cod("PLN", total=Decimal(129), state=state))
    assert "Do zaplaty" not in say(_with_parcel(notice, facts=paid)).text


def test_a_sum_of_goods_says_that_delivery_comes_on_top(say: Say, case: Find) -> None:
    shows = "cash on delivery, goods only"
    assert "1250,00 zl plus koszt dostawy wg cennika" in say(case("out_for_delivery", "sms", "pl", shows).notice).text
    assert "1250 грн і доставка за тарифом перевізника" in say(case("out_for_delivery", "sms", "uk", shows).notice).text


def test_sums_of_several_parcels_belong_to_their_parcels_and_are_never_added(say: Say, case: Find) -> None:
    notice = case("out_for_delivery", "email", "pl", "2 of 3 parcels").notice
    first, second = notice.order.parcels
    due = (
        structs.replace(first, facts=Facts(cod=Cod("PLN", total=Decimal(100)))),
        structs.replace(second, facts=Facts(cod=Cod("PLN", total=Decimal(50)))),
    )
    text = say(structs.replace(notice, order=structs.replace(notice.order, parcels=due))).text.replace("\u00a0", " ")
    assert "100,00 zł (nr ..5678), 50,00 zł (nr ..5601)" in text
    assert "150,00" not in text


def test_a_locker_takes_no_cash(say: Say, case: Find) -> None:
    text = say(case("ready_for_pickup", "email", "pl", "cash on delivery").notice).text
    assert "Automat nie przyjmuje gotówki." in text
    assert "Formy zapłaty: karta, BLIK." in text


def test_only_inposts_lockers_are_paczkomats(say: Say, case: Find) -> None:
    notice = case("ready_for_pickup", "sms", "pl").notice
    assert "czeka: Paczkomat WAW123M" in say(notice).text
    other = _with_parcel(notice, courier="dpd_pl")
    parcel = other.order.parcels[0]
    other = structs.replace(other, parcels=(f"dpd_pl/{parcel.number}",))
    assert "czeka: automat paczkowy DPD WAW123M" in say(other).text


def test_a_parcel_that_has_moved_on_gives_no_time_of_delivery(say: Say, case: Find) -> None:
    notice = case("delivered", "sms", "pl").notice
    assert "24.10 o 14:32" in say(notice).text
    assert "14:32" not in say(_with_parcel(notice, status="returning")).text


@pytest.mark.parametrize(
    ("reason", "told"),
    [("", ""), ("consignee_not_home", "nikogo nie zastano"), ("consignee_deceased", ""), ("no_such_reason", "")],
)
def test_a_reason_is_told_only_if_the_courier_gave_one_that_we_tell(
    say: Say, case: Find, reason: str, told: str
) -> None:
    text = say(_with_parcel(case("delivery_attempted", "email", "pl").notice, reason=reason)).text
    assert ("Powód podany przez przewoźnika" in text) == bool(told)
    assert told in text


def test_a_delay_whose_old_date_is_today_names_no_date(say: Say, case: Find) -> None:
    notice = case("delayed", "sms", "pl").notice
    today = Facts(eta=Eta(notice.at, day_only=True))
    assert "Nowego terminu jeszcze nie znamy" in say(_with_parcel(notice, facts=today)).text
    email = case("delayed", "email", "pl").notice
    assert "planowana dostawa" not in say(_with_parcel(email, facts=today)).text


def test_delayed_parcels_with_different_dates_are_not_called_unknown(say: Say, case: Find) -> None:
    notice = case("delayed", "email", "pl", "2 of 3 parcels").notice
    first, second = notice.order.parcels
    parcels = (first, structs.replace(second, facts=Facts(eta=Eta(notice.at + 9 * DAY, day_only=True))))
    text = say(structs.replace(notice, order=structs.replace(notice.order, parcels=parcels))).text
    assert "Nowego terminu" not in text
    assert "planowana dostawa: 27 października" in text
    assert "planowana dostawa: 2 listopada" in text


def test_clocks_are_those_of_the_delivery_country(say: Say, case: Find) -> None:
    notice = case("delivered", "sms", "pl").notice
    abroad = structs.replace(notice, order=structs.replace(notice.order, country="UA"))
    assert "24.10 o 15:32" in say(abroad).text


def test_delivered_counts_all_that_have_come_so_far(say: Say, case: Find) -> None:
    notice = case("delivered", "sms", "pl", "2 of 3 parcels").notice
    second_only = structs.replace(notice, parcels=notice.parcels[1:], slots=notice.slots[1:])
    assert "doreczono 2 z 3 paczek" in say(second_only).text


def test_contract_messages_cannot_be_left_and_others_can(say: Say, case: Find) -> None:
    assert say(case("order_received", "email", "pl").notice).unsubscribe == ""
    for kind in ("shipped", "feedback"):
        message = say(case(kind, "email", "pl").notice)
        assert message.unsubscribe == "https://sowa.example/u/7Kq2mX9bTe"
        assert message.unsubscribe in message.text
        assert message.unsubscribe in message.html


def test_each_link_has_a_scope_of_its_own(bundle: Bundle, case: Find) -> None:
    asked: list[str] = []

    def link(scope: str) -> str:
        asked.append(scope)
        return "7Kq2mX9bTe"

    compose(case("feedback", "email", "pl").notice, bundle, link)
    assert set(asked) == {"order/10482", "feedback/10482", "preferences", "unsubscribe/feedback"}


def test_the_shop_is_told_in_its_own_language(say: Say, case: Find, make_bundle: Make) -> None:
    notice = case("shop_alert", "email", "pl").notice
    english = make_bundle(alerts=AlertTo(email="duty@sowa.example", language="en"))
    assert say(notice).subject == "Do sprawdzenia: 3"
    assert say(notice, english).subject == "To check: 3"
    assert "Parcel problem: order 10482, DPD 14099912345678 (lost)" in say(notice, english).text


@pytest.mark.parametrize(
    ("trigger", "detail", "told"),
    [
        ("refused", "out_for_delivery", "(dostawa dziś)"),
        ("problem", "undeliverable", "(nie można doręczyć)"),
        ("problem", "weather_delay", "(warunki pogodowe)"),
        ("low_mark", "2", "(ocena 2)"),
        ("replied", "Gdzie jest\nta paczka?", "(„Gdzie jest ta paczka?”)"),
        ("replied", "7", "(„7”)"),
        ("refused", "E-77", "(E-77)"),
        ("late_to_leave", "", "10482\n"),
    ],
)
def test_an_alert_says_its_detail_in_words(say: Say, case: Find, trigger: str, detail: str, told: str) -> None:
    notice = case("shop_alert", "email", "pl").notice
    text = say(structs.replace(notice, alerts=(Alert(trigger, "10482", "", detail),))).text
    assert f"zamówienie 10482 {told}" in text or (not detail and told in text)


def test_a_long_order_number_keeps_its_end_in_an_sms(say: Say, case: Find) -> None:
    notice = case("order_received", "sms", "pl").notice
    for number, told in [
        ("ALLEGRO/2026/00010482", "00010482"),
        ("X-2026-1234567", "2026-1234567"),
        ("1" * 20, "1" * 12),
    ]:
        long = structs.replace(notice, order=structs.replace(notice.order, number=number))
        assert say(long).text.startswith(f"Sklep Sowa: zamowienie {told} ")


def test_too_long_an_sms_loses_address_courier_and_number_in_that_order(
    say: Say, case: Find, make_bundle: Make
) -> None:
    notice = case("shipped", "sms", "pl").notice
    template = "{{ shop }}: %s{{ order }} {{ point.address }} {{ courier }} {{ tracking }} {{ phone }}."
    facts = case("ready_for_pickup", "sms", "pl").notice.order.parcels[0].facts
    notice = _with_parcel(notice, facts=facts)
    texts = [
        say(notice, make_bundle(texts={"shipped.sms.pl": template % ("x" * n)})).text for n in (1, 105, 117, 125, 140)
    ]
    kept = [[word for word in ("Klonowa", "DPD", "140999", "220000000") if word in text] for text in texts]
    assert kept == [
        ["Klonowa", "DPD", "140999", "220000000"],
        ["DPD", "140999", "220000000"],
        ["140999", "220000000"],
        ["220000000"],
        [],
    ]


def test_what_a_courier_writes_cannot_become_a_button(say: Say, case: Find) -> None:
    notice = case("ready_for_pickup", "email", "pl", "staffed point").notice
    facts = notice.order.parcels[0].facts
    assert facts.point is not None
    evil = structs.replace(facts.point, address="\n\n[Klik](https://evil.example/x)\n\n<b>x</b>")
    message = say(_with_parcel(notice, facts=structs.replace(facts, point=evil)))
    assert 'href="https://evil.example' not in message.html
    assert "<b>x</b>" not in message.html
    assert "&lt;b&gt;x&lt;/b&gt;" in message.html
