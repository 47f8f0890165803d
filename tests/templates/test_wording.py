"""The rules of wording, each with a text that breaks it and one that keeps it."""

from collections.abc import Callable

import pytest

from templates import sources, wording
from templates.render import built_in, built_in_names
from templates.sources import Source, faults_of_source
from templates.wording import Said, faults_of_said

GOOD_SMS = "Sklep Sowa: zamowienie 10482 w drodze. Szczegoly: https://sowa.example/p/7Kq2mX9bTe"


def _said(text: str, language: str = "pl", channel: str = "sms", two_way: bool = False, subject: str = "") -> Said:
    hosts = frozenset({"sowa.example", "www.sowa-sklep.example"})
    return Said("shipped", channel, language, "Sklep Sowa", subject, text, hosts, two_way)


def _source(text: str, kind: str = "shipped", channel: str = "sms", language: str = "pl") -> Source:
    return Source(kind, channel, language, text)


def test_a_good_sms_breaks_no_rule() -> None:
    assert faults_of_said(_said(GOOD_SMS)) == []


BROKEN_SAID: list[tuple[Callable[[Said], str], Said]] = [
    (wording.without_shop, _said("Zamowienie 10482 w drodze.")),
    (wording.without_shop, _said("sklep Sowa: zamowienie 10482 w drodze.")),
    (wording.too_long, _said("Sklep Sowa: " + "a" * 149)),
    (wording.too_long, _said("Сова: " + "ж" * 129, "uk")),
    (wording.outside_gsm7, _said("Sklep Sowa: zamówienie 10482.")),
    (wording.outside_gsm7, _said("Sklep Sowa: order 10482, ул.", "en")),
    (wording.hard_spaces, _said("Sklep Sowa: 1\u00a0250 zl")),
    (wording.hard_spaces, _said("Сова: 1\u202f250 грн", "uk")),
    (wording.mixed_letters, _said("Сова: замовлення в дорoзі", "uk")),  # a Latin o
    (wording.mixed_letters, _said("Sklep Sowa: zаmowienie")),  # a Cyrillic а
    (wording.mixed_letters, _said("...", "uk", "email", subject="Зaмовлення")),
    (wording.sum_beside_link, _said("Sklep Sowa: do zaplaty 129,00 zl. https://sowa.example/p/x")),
    (wording.sum_beside_link, _said("Сова: 1250 грн https://sowa.example/p/x", "uk")),
    (wording.sum_beside_link, _said("Sklep Sowa: PLN 129.00 www.sowa.example", "en")),
    (wording.asks_to_pay, _said("Sklep Sowa: zaloguj sie: https://sowa.example/p/x")),
    (wording.asks_to_pay, _said("Сова: оплатіть доставку", "uk")),
    (wording.asks_to_pay, _said("Sklep Sowa: update your address", "en")),
    (wording.foreign_hosts, _said("Sklep Sowa: https://bit.example/x")),
    (wording.foreign_hosts, _said("Zobacz https://sowa.example.evil.example/p", channel="email")),
    (wording.foreign_hosts, _said("Zobacz www.evil.example", channel="email")),
    (wording.stop_one_way, _said("Sklep Sowa: odpisz STOP")),
    (wording.stop_one_way, _said("Сова: надішліть СТОП", "uk")),
    (wording.exclaims, _said("Sklep Sowa: paczka jedzie!")),
    (wording.exclaims, _said("Добрий день! Ура!", "uk", "email")),
    (wording.familiar, _said("Prosimy, aby Pan odebrał paczkę", channel="email")),
    (wording.familiar, _said("Jeszcze nie odebrałeś paczki", channel="email")),
    (wording.familiar, _said("Твоя посилка", "uk", "email")),
]


@pytest.mark.parametrize(("rule", "said"), BROKEN_SAID)
def test_a_text_that_breaks_a_rule_is_found(rule: Callable[[Said], str], said: Said) -> None:
    assert rule(said)


KEPT_SAID: list[tuple[Callable[[Said], str], Said]] = [
    (wording.without_shop, _said("Dzień dobry,", channel="email")),
    (wording.too_long, _said("Sklep Sowa: " + "a" * 148)),
    (wording.too_long, _said("Сова: " + "ж" * 128, "uk")),
    (wording.outside_gsm7, _said("Сова: замовлення", "uk")),
    (wording.hard_spaces, _said("1\u00a0250,00\u00a0zł", channel="email")),
    (wording.mixed_letters, _said("Сова: поштомат WAW123M, кур'єр InPost", "uk")),
    (wording.sum_beside_link, _said("Sklep Sowa: do zaplaty 129,00 zl.")),
    (wording.sum_beside_link, _said(GOOD_SMS)),
    (wording.sum_beside_link, _said("129,00 zł https://sowa.example/p/x", channel="email")),
    (wording.asks_to_pay, _said("Sklep Sowa: Do zaplaty przy odbiorze. Nie prosimy o platnosc przez link.")),
    (wording.foreign_hosts, _said("https://sowa.example/p/x www.sowa-sklep.example".replace("www.", "https://www."))),
    (wording.stop_one_way, _said("Sklep Sowa: odpisz STOP", two_way=True)),
    (wording.stop_one_way, _said("Sklep Sowa: nonstop")),
    (wording.exclaims, _said("Добрий день!\n\nЗамовлення у дорозі.", "uk", "email")),
    (wording.familiar, _said("Потрібна Ваша участь", "uk", "email")),
    (wording.familiar, _said("Panorama, panel, tyle", channel="email")),
]


@pytest.mark.parametrize(("rule", "said"), KEPT_SAID)
def test_a_text_that_keeps_a_rule_is_left_alone(rule: Callable[[Said], str], said: Said) -> None:
    assert rule(said) == ""


def test_every_rule_has_a_text_that_breaks_it() -> None:
    assert {rule for rule, _ in BROKEN_SAID} == set(wording.OF_SAID)
    assert {rule for rule, _ in BROKEN_SOURCES} == {*sources.OF_SOURCE, sources.unreadable}


BROKEN_SOURCES: list[tuple[Callable[[Source], str], Source]] = [
    (sources.unreadable, _source("{{ shop }}: {% if order %}")),
    (sources.unknown_variables, _source("{{ shop }}: {{ order_number }}")),
    (sources.unknown_variables, _source("{{ shop }}: {{ order }} {{ recipient_name }}")),
    (sources.unknown_parts, _source("{{ shop }}: {{ point.code }}")),
    (sources.unknown_parts, _source("{{ shop }}: {{ cod.amount }}")),
    (sources.missing_parts, _source('{% include "parts/parcel.pl.txt" %}', channel="email")),
    (sources.missing_variables, _source("Sklep Sowa: {{ order }} w drodze")),
    (sources.missing_variables, _source("{{ shop }}: paczka w drodze")),
    (sources.missing_variables, _source("{{ shop }}: {{ order }} dzis u kuriera", "out_for_delivery")),
    (
        sources.missing_variables,
        _source("Subject: {{ order }}\n\nOdbiór: {{ point.name }}", "ready_for_pickup", "email"),
    ),
    (sources.inflected, _source("{{ shop }}: paczka od {{ courier }}u")),
    (sources.inflected, _source("{{ shop }}'s order {{ order }}")),
    (sources.inflected, _source("{{ shop | lower }}: {{ order }}")),
    (sources.inflected, _source("{{ shop }}: у {{ point.name }}і")),
    (sources.own_paczkomat, _source("{{ shop }}: {{ order }} czeka w Paczkomacie")),
    (sources.odd_characters, _source("{{ shop }}: zаmowienie {{ order }}")),  # a Cyrillic а
    (sources.odd_characters, _source("{{ shop }}: {{ order }}\u00a0w drodze")),
    (sources.own_paczkomat, _source("{{ shop }}: {{ order }} czeka, PACZKOMAT {{ point.name }}")),
]


@pytest.mark.parametrize(("rule", "source"), BROKEN_SOURCES)
def test_a_source_that_breaks_a_rule_is_found(rule: Callable[[Source], str], source: Source) -> None:
    assert rule(source)
    assert rule(source) in faults_of_source(source)


@pytest.mark.parametrize("name", built_in_names())
def test_our_own_texts_are_written_by_the_rules(name: str) -> None:
    kind, channel, language = name.split(".")
    assert faults_of_source(Source(kind, channel, language, built_in(name) or "")) == []


def test_a_variable_used_in_a_part_counts_as_used() -> None:
    text = 'Subject: {{ order }}\n\n{% include "parts/point.pl.txt" %}{% include "parts/cod.pl.txt" %}'
    assert {"point", "deadline", "cod"} <= sources.used(text)
    assert sources.used("{% for p in parcels %}{{ p.courier }}{{ loop.index }}{% endfor %}") == {"parcels"}
