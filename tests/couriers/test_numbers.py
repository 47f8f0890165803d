"""Whose a tracking number may be: published test numbers, damaged ones, and those that are anybody's."""

from collections.abc import Callable

import pytest

from couriers.numbers import FORMS, certain, fedex_12, gs1, identify, mod_7, mod_37, s10, ups_mod_10
from couriers.registry import COURIERS

CHECKED: list[tuple[Callable[[str], bool], str]] = [
    (ups_mod_10, "1Z5R89390357567127"),
    (ups_mod_10, "1Z879E930346834440"),
    (ups_mod_10, "1Z410E7W0392751591"),
    (ups_mod_10, "1ZCIETST0111111114"),
    (ups_mod_10, "1ZCIETST0422222228"),
    (fedex_12, "986578788855"),
    (fedex_12, "477179081230"),
    (gs1, "041441760228964"),
    (gs1, "568283610012000"),
    (gs1, "00340434161094015902"),
    (mod_7, "3318810025"),
    (mod_7, "8487135506"),
    (mod_37, "09980000020033F"),
    (mod_37, "008182709980000020033350276C"),
    (s10, "RR473124829PL"),
    (s10, "RB123456785UA"),
]
"""Published test numbers (the S10 ones are the worked example of the standard with our countries)."""


@pytest.mark.parametrize(("check", "number"), CHECKED, ids=lambda value: getattr(value, "__name__", value))
def test_the_check_digit_of_a_published_number_holds_and_of_a_mistyped_one_does_not(
    check: Callable[[str], bool], number: str
) -> None:
    assert check(number)
    place = -3 if check is s10 else -1
    digit = number[place]
    other = "7" if digit != "7" else "4"
    assert not check(number[:place] + other + number[len(number) + place + 1 :])


@pytest.mark.parametrize(
    ("number", "theirs"),
    [
        ("1Z5R89390357567127", "ups"),
        (" 1z 5r8 939 03 5756 7127 ", "ups"),
        ("600000000000000000000001", "inpost"),
        ("Z 999 8887 776", "packeta"),
        ("PX1234567890", "poczta_polska"),
        ("00340434161094015902", "dhl"),
        ("008182709980000020033350276C", "dpd"),
    ],
)
def test_a_form_that_is_one_courier_s_alone_is_certain(number: str, theirs: str) -> None:
    assert [candidate.courier for candidate in identify(number)] == [theirs]
    assert certain(number) == theirs


@pytest.mark.parametrize(
    ("number", "couriers"),
    [
        ("20450000000001", {"nova_poshta", "dpd", "gls", "dhl", "orlen_paczka"}),
        ("10000000000009", {"nova_poshta", "dpd", "gls", "dhl", "orlen_paczka"}),
        ("24333892874", {"gls", "dhl"}),
        ("0500100031143", {"gls", "orlen_paczka", "ukrposhta"}),
        ("986578788855", {"fedex", "gls"}),
        ("3318810025", {"dhl", "packeta"}),
        ("RB123456785UA", {"ukrposhta", "poczta_polska", "meest"}),
        ("JD0000000000000001", {"inpost", "dhl"}),
    ],
)
def test_a_form_that_several_couriers_use_is_never_answered_by_one(number: str, couriers: set[str]) -> None:
    found = identify(number)
    assert {candidate.courier for candidate in found} == couriers
    assert certain(number) is None
    assert all(candidate.why for candidate in found)


def test_one_weak_candidate_is_not_certain() -> None:
    """Twelve digits that are not FedEx's look like GLS's; that alone proves nothing."""
    assert [candidate.courier for candidate in identify("996578788855")] == ["gls"]
    assert certain("996578788855") is None


def test_a_check_digit_that_holds_comes_before_a_mere_length() -> None:
    assert identify("986578788855")[0].courier == "fedex"
    assert identify("RB123456785UA")[0].courier == "ukrposhta"
    assert identify("8487135506")[0].courier == "dhl"


@pytest.mark.parametrize(
    "number", ["", " ", "2Z5R89390357567127", "1Z5R89390357567128", "x" * 10_000, "１２３４", "ПХ1"]
)
def test_nobody_s_number_has_no_candidate(number: str) -> None:
    assert identify(number) == ()
    assert certain(number) is None


def test_digits_of_other_alphabets_are_no_digits() -> None:
    assert identify("٣٣١٨٨١٠٠٢٥") == ()


def test_every_form_belongs_to_a_courier_that_is_read() -> None:
    assert {form.courier for form in FORMS} <= set(COURIERS)
    assert {form.confidence for form in FORMS} == {"high", "medium", "low"}


def test_leading_zeros_count() -> None:
    assert identify("0500100031143") != identify("500100031143")
