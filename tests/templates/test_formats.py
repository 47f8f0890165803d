"""Dates, times, hours and money as each language says them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from schemas.parcels import Eta, Money
from schemas.times import HOUR, to_millis
from templates.formats import Manner
from templates.phrases import counted


def _at(*clock: int) -> int:
    return to_millis(datetime(*clock, tzinfo=UTC))  # type: ignore[arg-type]


PARCELS = {
    "pl": ["1 paczka", "2 paczki", "5 paczek", "12 paczek", "22 paczki"],
    "uk": ["1 посилка", "2 посилки", "5 посилок", "12 посилок", "22 посилки"],
    "en": ["1 parcel", "2 parcels", "5 parcels", "12 parcels", "22 parcels"],
}


@pytest.mark.parametrize("language", PARCELS)
def test_parcels_take_the_plural_form_of_their_number(language: str) -> None:
    assert [counted("parcels", number, language) for number in (1, 2, 5, 12, 22)] == PARCELS[language]


@pytest.mark.parametrize(
    ("language", "total", "said"),
    [
        ("pl", 3, "2 z 3 paczek"),
        ("uk", 3, "2 з 3 посилок"),
        ("uk", 21, "2 з 21 посилки"),
        ("en", 3, "2 of 3 parcels"),
    ],
)
def test_some_of_the_parcels_are_said_in_the_genitive(language: str, total: int, said: str) -> None:
    assert counted("some_of", total, language, some=2) == said


@pytest.mark.parametrize(
    ("language", "short", "said"),
    [
        ("pl", True, "24.10 o 14:32"),
        ("uk", True, "24.10 о 14:32"),
        ("en", True, "24 Oct at 14:32"),
        ("pl", False, "24 października (sobota) o 14:32"),
        ("uk", False, "24 жовтня (субота) о 14:32"),
        ("en", False, "Saturday 24 October at 14:32"),
    ],
)
def test_a_moment_is_digits_in_an_sms_and_words_in_an_email(language: str, short: bool, said: str) -> None:
    assert Manner(language, "Europe/Warsaw", short).moment(_at(2026, 10, 24, 12, 32)) == said


def test_eleven_takes_another_preposition_in_ukrainian() -> None:
    assert Manner("uk", "Europe/Kyiv", True).moment(_at(2026, 10, 24, 8, 5)) == "24.10 об 11:05"


def test_clocks_follow_the_change_of_25_october() -> None:
    manner = Manner("pl", "Europe/Warsaw", True)
    before, after = _at(2026, 10, 24, 22, 30), _at(2026, 10, 25, 22, 30)
    assert manner.until(before) == "25.10, 0:30"
    assert manner.until(after) == "25.10, 23:30"
    assert after - before == 24 * HOUR


def test_midnight_is_the_end_of_the_day_before() -> None:
    assert Manner("pl", "Europe/Warsaw", True).until(_at(2026, 10, 26, 23, 0)) == "26.10, 24:00"


def test_a_plan_that_is_over_is_not_said() -> None:
    manner = Manner("pl", "Europe/Warsaw", True)
    now = _at(2026, 10, 24, 13)
    assert manner.eta(Eta(_at(2026, 10, 22, 22), day_only=True), now) == ""
    assert manner.eta(Eta(_at(2026, 10, 23, 22), day_only=True), now) == "24.10"
    assert manner.eta(None, now) == ""


def test_a_plan_says_as_much_as_the_courier_did() -> None:
    manner, now = Manner("pl", "Europe/Warsaw", True), _at(2026, 10, 24, 13)
    hours = Eta(_at(2026, 10, 27, 13), _at(2026, 10, 27, 15))
    days = Eta(_at(2026, 10, 27, 13), _at(2026, 10, 28, 15))
    assert manner.eta(Eta(_at(2026, 10, 27, 13)), now) == "27.10"
    assert manner.eta(hours, now) == "27.10, 14:00-16:00"
    assert manner.eta(days, now) == "27.10 – 28.10"
    assert manner.hours_of(hours) == "14:00-16:00"
    assert manner.hours_of(days) == ""


@pytest.mark.parametrize(
    ("language", "amount", "currency", "said"),
    [
        ("pl", "129", "PLN", "129,00 zł"),
        ("pl", "1250.5", "PLN", "1250,50 zł"),
        ("pl", "30", "EUR", "30,00 EUR"),
        ("uk", "1250", "UAH", "1250 грн"),
        ("uk", "1250.5", "UAH", "1250,50 грн"),
        ("uk", "129", "PLN", "129 PLN"),
        ("en", "129", "PLN", "PLN 129.00"),
    ],
)
def test_a_sum_in_an_sms_has_ordinary_spaces(language: str, amount: str, currency: str, said: str) -> None:
    assert Manner(language, "UTC", True).money(Money(Decimal(amount), currency)) == said


@pytest.mark.parametrize(
    ("language", "currency", "said"),
    [
        ("pl", "PLN", "1\u00a0250,00\u00a0zł"),
        ("uk", "UAH", "1\u00a0250,00\u00a0₴"),
        ("en", "PLN", "PLN\u00a01,250.00"),
    ],
)
def test_a_sum_in_an_email_is_as_the_cldr_has_it(language: str, currency: str, said: str) -> None:
    assert Manner(language, "UTC", False).money(Money(Decimal(1250), currency)) == said


def test_opening_hours_join_days_that_are_alike() -> None:
    week = tuple((day, 480, 1200) for day in range(5))
    assert Manner("pl", "UTC", True).opening_hours((*week, (5, 540, 840))) == "pn-pt 8:00-20:00, sb 9:00-14:00"
    assert Manner("en", "UTC", True).opening_hours(week[:1]) == "Mon 08:00-20:00"
    assert Manner("uk", "UTC", True).opening_hours(()) == ""


def test_opening_hours_keep_a_gap_and_a_break_apart() -> None:
    hours = ((0, 480, 720), (0, 780, 1020), (2, 480, 720))
    assert Manner("pl", "UTC", True).opening_hours(hours) == "pn 8:00-12:00, 13:00-17:00, śr 8:00-12:00"
